"""Hashing passwords: slow for whoever guesses, bounded for us.

A sign-in takes its place before anything is read or written, and has it until its password was
checked: one that finds no place costs next to nothing.
"""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, Lock
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.accounts.errors import TooBusy
from domain.accounts.password_rules import as_bytes, check_new_password

T = TypeVar("T")

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Each who waits holds a thread of the server, of which there are few.
MOST_WAITING = 2
WAIT_SECONDS = 1.0
NICENESS = 10  # of 19: a tenth of the processor beside a thread that answers buyers


class Places:
    """Places to hash in this process: one that hashes, and a few that wait for it."""

    def __init__(self) -> None:
        self._places = BoundedSemaphore(1 + MOST_WAITING)
        self._turn = Lock()

    @property
    def are_taken(self) -> bool:
        is_free = self._places.acquire(blocking=False)
        if is_free:
            self._places.release()
        return not is_free

    @contextmanager
    def take(self) -> Iterator[None]:
        """Waits a little for its turn, and has it until the end. Raises TooBusy."""
        with _taken(self._places, 0), _taken(self._turn, WAIT_SECONDS):
            yield


@contextmanager
def _taken(lock: "BoundedSemaphore | Lock", seconds: float) -> Iterator[None]:
    """Raises TooBusy when it is not free within so long."""
    if not lock.acquire(timeout=seconds):
        raise TooBusy
    try:
        yield
    finally:
        lock.release()


# Those who proved before that they are the admin have places that no crowd can take from them.
OF_STRANGERS, OF_KNOWN = Places(), Places()


def hash_new_password(password: str, *known: str) -> str:
    """The hash to keep for the new `password`; `known` as for `check_new_password`.

    Raises UnfitPassword, TooBusy.
    """
    prepared = check_new_password(password, *known)
    with OF_KNOWN.take():
        return HASHER.hash(prepared)


def is_right(password: str, password_hash: str | None) -> bool:
    """Whether `password` belongs to the hash; works as long when there is none to compare with.

    For who has a place, as `renewed_hash`.
    """
    prepared = as_bytes(password)
    if prepared is None:
        prepared, password_hash = b"", None
    try:
        return HASHER.verify(password_hash or _hash_of_nothing(), prepared)
    except (VerificationError, InvalidHashError):
        return False


def renewed_hash(password: str, password_hash: str) -> str | None:
    """A hash of the right `password` with today's settings when the kept one has older ones."""
    prepared = as_bytes(password)
    if prepared is None or not HASHER.check_needs_rehash(password_hash):
        return None
    return HASHER.hash(prepared)


def in_background(work: Callable[[], T]) -> T:
    """What `work` returns or raises; done by a thread that the system lets wait for all others."""
    return _background.submit(work).result()


def _step_back() -> None:
    """Threads have a niceness of their own on Linux alone. Where a container forbids to set it,
    hashing goes on without."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.nice(NICENESS)


_background = ThreadPoolExecutor(1, "hashing", initializer=_step_back)


def _hash_of_nothing() -> str:
    """A well-formed hash that costs as much as a real one and that no password has."""
    settings = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    return f"$argon2id$v=19${settings}${'A' * 22}${'A' * 43}"

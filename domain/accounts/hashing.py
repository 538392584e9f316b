"""Hashing passwords: slow for attackers, bounded for the server.

A sign-in takes a slot before anything is read or written, and has it until its password was
checked: one that finds no slot costs next to nothing.
"""

import os
import sys
import time
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


class HashingSlots:
    """Of this process: one that hashes, and a few that wait for it. So many seconds lie at least
    between two turns: what comes with a sign-in, its page and its statements, costs others too."""

    def __init__(self, seconds_apart: float = 0) -> None:
        self._slots = BoundedSemaphore(1 + MOST_WAITING)
        self._turn = Lock()
        self._seconds_apart, self._next_turn = seconds_apart, 0.0

    @property
    def are_full(self) -> bool:
        is_free = self._slots.acquire(blocking=False)
        if is_free:
            self._slots.release()
        return not is_free

    @contextmanager
    def take(self) -> Iterator[None]:
        """Waits a little for its turn, and has it until the end. Raises TooBusy."""
        with _taken(self._slots, 0), _taken(self._turn, WAIT_SECONDS):
            time.sleep(max(0, self._next_turn - time.monotonic()))
            self._next_turn = time.monotonic() + self._seconds_apart
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


# Who proved before to be the admin has slots of their own, which strangers cannot fill.
STRANGERS_SLOTS, KNOWN_SLOTS = HashingSlots(seconds_apart=0.2), HashingSlots()


def hash_new_password(password: str, *known: str) -> str:
    """The hash to keep for the new `password`; `known` as for `check_new_password`.

    Raises UnfitPassword, TooBusy.
    """
    prepared = check_new_password(password, *known)
    with KNOWN_SLOTS.take():
        return HASHER.hash(prepared)


def is_right(password: str, password_hash: str | None) -> bool:
    """Whether `password` belongs to the hash; works as long when there is none to compare with.

    For who has a slot, as `renewed_hash`.
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


def at_low_priority(work: Callable[[], T]) -> T:
    """What `work` returns or raises; done by a thread that comes after those of buyers' pages."""
    return _low_priority.submit(work).result()


def _lower_priority() -> None:
    """Threads have a niceness of their own on Linux alone. Where a container forbids to set it,
    hashing goes on without."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.nice(NICENESS)


_low_priority = ThreadPoolExecutor(1, "hashing", initializer=_lower_priority)


def _hash_of_nothing() -> str:
    """A well-formed hash that costs as much as a real one and that no password has."""
    settings = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    return f"$argon2id$v=19${settings}${'A' * 22}${'A' * 43}"

"""Hashing passwords: slow for whoever guesses, bounded for us."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.accounts.errors import TooBusy
from domain.accounts.password_rules import as_bytes, check_new_password
from domain.messages import message

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
HASHINGS_AT_ONCE = 2
WAIT_SECONDS = 5

_hashing = BoundedSemaphore(HASHINGS_AT_ONCE)


def hash_new_password(password: str, email: str) -> str:
    """The hash to keep for the new `password` of `email`. Raises UnfitPassword."""
    prepared = check_new_password(password, email)
    with _turn():
        return HASHER.hash(prepared)


def is_right(password: str, password_hash: str | None) -> bool:
    """Whether `password` belongs to the hash; works as long when there is none to compare with."""
    prepared = as_bytes(password)
    if prepared is None:
        prepared, password_hash = b"", None
    with _turn():
        try:
            return HASHER.verify(password_hash or _hash_of_nothing(), prepared)
        except (VerificationError, InvalidHashError):
            return False


def renewed_hash(password: str, password_hash: str) -> str | None:
    """A hash of the right `password` with today's settings when the kept one has older ones."""
    prepared = as_bytes(password)
    if prepared is None or not HASHER.check_needs_rehash(password_hash):
        return None
    with _turn():
        return HASHER.hash(prepared)


def _hash_of_nothing() -> str:
    """A well-formed hash that costs as much as a real one and that no password has."""
    settings = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    return f"$argon2id$v=19${settings}${'A' * 22}${'A' * 43}"


@contextmanager
def _turn() -> Iterator[None]:
    """One of the few hashings at once: more would take the machine from everyone else."""
    if not _hashing.acquire(timeout=WAIT_SECONDS):
        raise TooBusy(
            message("Too many people are signing in right now. Try again in a few seconds.")
        )
    try:
        yield
    finally:
        _hashing.release()

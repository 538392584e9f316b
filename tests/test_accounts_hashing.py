"""Passwords: which may be set, how they are compared, what an attempt costs."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from threading import Lock
from typing import Literal

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from domain.accounts import hashing
from domain.accounts.errors import TooBusy, UnfitPassword

EMAIL = "ana@example.com"
GOOD = "lantern orbit walnut ferry"
LONG_AND_FOREIGN = [GOOD + "x" * 998, "köpek-密码-🔑-limon-gemi", "a nul\0inside glacier violin"]

pytestmark = pytest.mark.usefixtures("cheap_hashing")


def test_a_password_is_right_for_its_own_hash_only() -> None:
    kept = hashing.hash_new_password(GOOD, EMAIL)
    assert hashing.is_right(GOOD, kept)
    assert not hashing.is_right(GOOD + "!", kept)
    assert not hashing.is_right("", kept)


@pytest.mark.parametrize("password", LONG_AND_FOREIGN)
def test_whole_long_and_foreign_passwords_count(password: str) -> None:
    kept = hashing.hash_new_password(password, EMAIL)
    assert hashing.is_right(password, kept)
    assert not hashing.is_right(password[:-1], kept)


def test_an_unfit_new_password_is_not_hashed() -> None:
    for password in ("", GOOD[:14], EMAIL * 2, f"{GOOD} \ud800"):
        with pytest.raises(UnfitPassword):
            hashing.hash_new_password(password, EMAIL)


def test_the_same_text_typed_on_another_keyboard_is_the_same_password() -> None:
    """Seeded bug: no normalising; "é" as one character or as two gave two passwords."""
    kept = hashing.hash_new_password("cafe\u0301 glacier violin", EMAIL)
    assert hashing.is_right("caf\u00e9 glacier violin", kept)


@pytest.mark.parametrize("password", ["\ud800", "x" * 100_000, "\0"])
def test_text_that_is_no_password_is_simply_wrong(password: str) -> None:
    assert not hashing.is_right(password, hashing.hash_new_password(GOOD, EMAIL))


def test_a_damaged_hash_lets_nobody_in() -> None:
    assert not hashing.is_right(GOOD, "not a hash")


def test_an_unknown_account_costs_what_a_known_one_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeded bug: returning early without a hash; answers then tell who has an account."""
    compared: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            compared.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(hashing, "HASHER", Watched(time_cost=2, memory_cost=64, parallelism=1))
    kept = hashing.hash_new_password(GOOD, EMAIL)
    assert not hashing.is_right("a wrong one", kept)
    assert not hashing.is_right("a wrong one", None)
    known, unknown = map(extract_parameters, compared)
    assert known == unknown


def test_the_settings_are_the_documented_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    found = extract_parameters(hashing.hash_new_password(GOOD, EMAIL))
    assert (found.type, found.time_cost, found.memory_cost) == (Type.ID, 2, 19 * 1024)
    assert found.parallelism == 1


def test_a_hash_with_older_settings_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = hashing.hash_new_password(GOOD, EMAIL)
    assert hashing.renewed_hash(GOOD, kept) is None
    monkeypatch.setattr(hashing, "HASHER", PasswordHasher(2, 64, 1))
    renewed = hashing.renewed_hash(GOOD, kept)
    assert renewed
    assert hashing.is_right(GOOD, renewed)
    assert hashing.renewed_hash(GOOD, renewed) is None


def test_one_hashes_and_a_few_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caught: no turns, so that a crowd takes the machine; no end of those who wait, so that it
    takes every thread of the server."""
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 60)
    slots, alone, crowd = hashing.HashingSlots(), Lock(), 10

    def hash_once() -> bool:
        try:
            with slots.take():
                assert alone.acquire(blocking=False)
                alone.release()
        except TooBusy:
            return False
        return True

    with ThreadPoolExecutor(crowd) as pool:
        with slots.take(), alone:
            tries = [pool.submit(hash_once) for _ in range(crowd)]
            soon = islice(as_completed(tries), crowd - hashing.MOST_WAITING)
            assert not any(refused.result() for refused in soon)
        assert sum(waited.result() for waited in tries) == hashing.MOST_WAITING


def test_who_would_wait_too_long_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 0.01)
    slots = hashing.HashingSlots()
    with slots.take():
        with pytest.raises(TooBusy) as refused, slots.take():
            pass
        assert 0 < refused.value.wait_seconds < 10


def test_a_slot_is_given_back_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caught: given back after a success alone; a few wrong passwords then stopped all sign-ins."""
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 0)
    slots = hashing.HashingSlots()
    for _ in range(10):
        with pytest.raises(ZeroDivisionError), slots.take():
            raise ZeroDivisionError
        with slots.take(), pytest.raises(TooBusy), slots.take():
            pass


def test_work_at_low_priority_steps_back_for_all_others() -> None:
    """Caught: strangers' passwords hashed with the priority of threads that answer buyers."""

    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    own = niceness()
    behind = min(own + hashing.NICENESS, 19) if sys.platform == "linux" else own
    assert hashing.at_low_priority(niceness) == behind
    assert niceness() == own
    with pytest.raises(ZeroDivisionError):
        hashing.at_low_priority(lambda: 1 // 0)

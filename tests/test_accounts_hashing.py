"""Passwords: which may be set, how they are compared, what an attempt costs."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from domain.accounts import hashing
from domain.accounts.errors import TooBusy, UnfitPassword

EMAIL = "ana@example.com"
GOOD = "correct horse battery staple"

pytestmark = pytest.mark.usefixtures("cheap_hashing")


def test_a_password_is_right_for_its_own_hash_only() -> None:
    kept = hashing.hash_new_password(GOOD, EMAIL)
    assert hashing.is_right(GOOD, kept)
    assert not hashing.is_right(GOOD + "!", kept)
    assert not hashing.is_right("", kept)


@pytest.mark.parametrize("password", ["8 chars!", "x" * 1024, "şifre-密码-🔑", "nul\0inside"])
def test_whole_long_and_foreign_passwords_count(password: str) -> None:
    kept = hashing.hash_new_password(password, EMAIL)
    assert hashing.is_right(password, kept)
    assert not hashing.is_right(password[:-1], kept)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "too short"),
        ("7 chars", "too short"),
        ("x" * 1025, "too long"),
        ("é" * 513, "too long"),
        ("\ud800" * 9, "too long"),
        (EMAIL, "is the email"),
        (f" {EMAIL.upper()}", "is the email"),
    ],
)
def test_unfit_new_passwords_are_refused_with_a_sentence(password: str, sentence: str) -> None:
    with pytest.raises(UnfitPassword, match=sentence):
        hashing.hash_new_password(password, EMAIL)


def test_the_same_text_typed_on_another_keyboard_is_the_same_password() -> None:
    """Seeded bug: no normalising; "é" as one character or as two gave two passwords."""
    kept = hashing.hash_new_password("cafe\u0301 au lait", EMAIL)
    assert hashing.is_right("caf\u00e9 au lait", kept)


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


class SlowHasher(PasswordHasher):
    """Counts how many hashings run at the same moment."""

    running, most = 0, 0
    lock = threading.Lock()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(0.02)
        with self.lock:
            self.running -= 1
        return super().hash(password, salt=salt)


def test_only_two_hashings_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeded bug: no turns; a handful of sign-ins then takes all of the machine."""
    hasher = SlowHasher(1, 8, 1)
    monkeypatch.setattr(hashing, "HASHER", hasher)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: hashing.hash_new_password(GOOD, EMAIL), range(8)))
    assert hasher.most == hashing.HASHINGS_AT_ONCE


def test_who_would_wait_too_long_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 0.01)
    with hashing._turn(), hashing._turn(), pytest.raises(TooBusy):
        hashing.is_right(GOOD, None)

"""Guessing passwords over HTTP: what is stopped, and that the owner is not."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app import create_app
from domain.accounts import hashing
from domain.accounts.models import FailedSignIn
from domain.accounts.sign_in_limits import Try, count_failure
from domain.database import writing
from extensions import db
from tests.conftest import ADMIN, PASSWORD, config_for, csrf_token, sign_in
from tests.counting import watching
from tests.html import texts

pytestmark = pytest.mark.usefixtures("admin")

HOME, ATTACKER = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def hashings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that reached the comparison."""
    tried: list[str] = []
    is_right = hashing.is_right

    def watched(password: str, password_hash: str | None) -> bool:
        tried.append(password)
        return is_right(password, password_hash)

    monkeypatch.setattr(hashing, "is_right", watched)
    return tried


def guess(app: Flask, times: int, email: str = ADMIN, address: str = ATTACKER) -> list[int]:
    client = app.test_client()
    return [sign_in(client, email, "wrong", address=address).status_code for _ in range(times)]


@pytest.mark.parametrize("email", [ADMIN, "nobody@example.com"])
def test_guessing_is_stopped_and_says_for_how_long(
    app: Flask, hashings: list[str], email: str
) -> None:
    assert guess(app, 7, email) == [422] * 5 + [429] * 2
    answer = sign_in(app.test_client(), email, PASSWORD, address=ATTACKER)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "<title>Error: Sign in</title>" in answer.text
    assert "Try again in 1 minute." in answer.text
    assert f'value="{email}"' in answer.text
    assert len(hashings) == 5


def test_guesses_at_the_same_moment_cannot_slip_past(
    database: str, hashings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seeded bug: counting after the hashing, or before it without the write lock.

    Two applications on one database, as two worker processes are; 30 guesses in parallel.
    """
    monkeypatch.setattr(hashing.HashingSlots, "take", nullcontext)  # as many processes have them
    apps = [create_app(config_for(database)) for _ in range(2)]
    start = threading.Barrier(10)

    def attack(n: int) -> list[int]:
        start.wait()
        return guess(apps[n % 2], 3)

    with ThreadPoolExecutor(10) as pool:
        statuses = [status for found in pool.map(attack, range(10)) for status in found]
    assert sorted(statuses) == [422] * 5 + [429] * 25
    assert len(hashings) == 5


def test_two_hundred_guesses_from_fifty_addresses(database: str, hashings: list[str]) -> None:
    """Caught: counted by account and address, as it was: all 200 were hashed, and the right
    password would have been let in. Counted without devices: the owner was kept out as well."""
    apps = [create_app(config_for(database)) for _ in range(2)]
    owner, newcomer = (app.test_client() for app in apps)
    assert sign_in(owner, address=HOME).status_code == 303
    forget_sign_in(owner)
    hashings.clear()

    def attack(n: int) -> list[int]:
        client = apps[n % 2].test_client()
        form = {"csrf_token": csrf_token(client), "email": ADMIN, "password": "wrong"}
        address = [f"2001:db8:1:{n:x}::9", f"198.51.100.{n}", f"198.51.{n}.9"][n % 3]
        place = {"REMOTE_ADDR": address}
        return [client.post("/login", data=form, environ_base=place).status_code for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        statuses = [status for found in pool.map(attack, range(50)) for status in found]
    # Newcomers have turns of their own: at most as many again, by who comes first.
    assert 5 <= len(hashings) <= 10
    assert sorted(statuses) == [422] * len(hashings) + [429] * (200 - len(hashings))
    assert sign_in(newcomer, address=ATTACKER).status_code == 429
    assert sign_in(owner, address=HOME).status_code == 303


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All slots of strangers are taken, for as long as the test goes on."""
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 0)
    with hashing.STRANGERS_SLOTS.take():
        yield


@pytest.mark.on_both
@pytest.mark.usefixtures("full")
def test_a_sign_in_that_finds_no_slot_costs_nothing(
    app: Flask, client: FlaskClient, engine: Engine, hashings: list[str]
) -> None:
    """Caught: the slot taken after the try was counted; a crowd filled the table, and each of
    it waited for the write lock."""
    with app.app_context(), watching(db.engine) as asked:
        answer = sign_in(client)
    assert (answer.status_code, asked.statements, hashings) == (429, [], [])
    assert 0 < int(answer.headers["Retry-After"]) < 10
    assert "so your password was not checked." in texts(answer.text, "#refused")[0]
    assert f'value="{ADMIN}"' in answer.text
    with Session(engine) as session:
        assert session.scalar(select(func.count(FailedSignIn.id))) == 0


def test_a_known_browser_has_slots_of_its_own(
    app: Flask, admin: str, request: pytest.FixtureRequest
) -> None:
    """Caught: the same slots for all; a crowd kept the owner out for as long as it liked. And
    slots for each device cookie, of whatever account or none."""
    owner, other, forger = app.test_client(), app.test_client(), app.test_client()
    assert sign_in(owner, admin).status_code == 303
    kept = owner.get_cookie("scrip-device")
    assert kept
    other.set_cookie("scrip-device", kept.value)
    forger.set_cookie("scrip-device", forge(kept.value))
    forget_sign_in(owner)
    request.getfixturevalue("full")
    assert sign_in(forger, admin).status_code == 429
    assert sign_in(other, "bob@example.com").status_code == 429
    assert sign_in(owner, admin).status_code == 303


def test_a_forged_forwarding_header_changes_nothing(app: Flask, hashings: list[str]) -> None:
    """Seeded bug: the address read from X-Forwarded-For."""
    client = app.test_client()
    for n in range(12):
        client.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.{n}.113.1"
        sign_in(client, ADMIN, "wrong", address=ATTACKER)
    assert len(hashings) == 5


def test_behind_a_trusted_proxy_each_visitor_has_an_address(database: str) -> None:
    app = create_app(config_for(database, proxies=1))
    client = app.test_client()
    client.environ_base["HTTP_X_FORWARDED_FOR"] = ATTACKER
    assert [sign_in(client, password="wrong").status_code for _ in range(6)][-1] == 429
    client.environ_base["HTTP_X_FORWARDED_FOR"] = HOME
    assert sign_in(client).status_code == 303


def test_the_owner_gets_in_during_an_attack_from_the_same_address(
    app: Flask, session: Session
) -> None:
    """Seeded bug: no counter of its own for a known browser; anyone could lock the owner out."""
    owner, newcomer = app.test_client(), app.test_client()
    assert sign_in(owner, address=HOME).status_code == 303
    forget_sign_in(owner)
    assert guess(app, 6, address=HOME)[-1] == 429
    with writing(session):
        for n in range(95):
            count_failure(session, Try(f"admin{n}@example.com", HOME))
    assert guess(app, 1, "one-more@example.com", address=HOME) == [429]
    assert sign_in(newcomer, address=HOME).status_code == 429
    assert sign_in(owner, address=HOME).status_code == 303


def test_a_known_browser_is_limited_too(app: Flask, hashings: list[str]) -> None:
    """Seeded bug: no limit at all for known browsers; a borrowed laptop could guess for ever."""
    client = app.test_client()
    sign_in(client)
    forget_sign_in(client)
    hashings.clear()
    statuses = [sign_in(client, password="wrong").status_code for _ in range(7)]
    assert statuses == [422] * 5 + [429] * 2
    assert len(hashings) == 5
    assert sign_in(client, address=HOME).status_code == 429


def forge(value: str) -> str:
    head, _, tail = value.rpartition(".")
    return f"{head}.{'A' if tail[0] != 'A' else 'B'}{tail[1:]}"


@pytest.mark.parametrize(
    "change", [forge, lambda _: "", lambda _: "x" * 3000, lambda _: "WzEsMl0.aaaaaa.bbbbbb"]
)
def test_a_forged_device_cookie_is_ignored(app: Flask, change: Callable[[str], str]) -> None:
    """Seeded bug: loads_unsafe instead of loads; a made-up cookie opened five more guesses."""
    client = app.test_client()
    sign_in(client)
    cookie = client.get_cookie("scrip-device")
    assert cookie
    forget_sign_in(client)
    client.set_cookie("scrip-device", change(cookie.value))
    guess(app, 5)
    assert sign_in(client, address=ATTACKER).status_code == 429


def test_a_device_cookie_is_good_for_its_own_account_only(app: Flask, admin: str) -> None:
    """Seeded bug: the account not compared; any admin's browser could attack all the others."""
    client = app.test_client()
    sign_in(client, admin)
    forget_sign_in(client)
    assert guess(app, 6, "bob@example.com")[-1] == 429
    assert sign_in(client, "bob@example.com", address=ATTACKER).status_code == 429


def test_a_browser_stays_the_same_device(app: Flask) -> None:
    """Seeded bug: a new id at each sign-in; each then brings five new guesses."""
    client = app.test_client()
    proofs = []
    for _ in range(2):
        sign_in(client)
        cookie = client.get_cookie("scrip-device")
        assert cookie
        proofs.append(cookie.value.split(".")[0])
        forget_sign_in(client)
    assert proofs[0] == proofs[1]


def forget_sign_in(client: FlaskClient) -> None:
    """As if the browser had been closed; what it keeps for a year stays."""
    client.delete_cookie("scrip")

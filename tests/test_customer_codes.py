"""Codes by mail: guessing, reuse, expiry, other browsers, floods, all at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.orm import Session

from domain.customers import code_limits, codes
from domain.customers.codes import Asked, Attempt, CodeRequest, Proof, Wrong
from domain.customers.errors import (
    CodeEnded,
    CodeUsed,
    NoCode,
    TooManyCodes,
    TooManyGuesses,
)
from domain.customers.models import SignInCode
from domain.database import write, writing
from domain.networks import network, wide_network
from domain.outbox.models import OutboxMessage
from tests.clock import Clock

KEY = "k" * 32
EMAIL = "ayse@posta.example"


def ask(session: Session, browser: str = "phone", email: str = EMAIL, **changes: str) -> str:
    """The code that is sent."""
    fields: dict[str, Any] = {
        "language": "tr",
        "address": "203.0.113.7",
        "before": "",
        "secret_key": KEY,
    }
    request = CodeRequest(email=email, browser=browser, **fields | changes)
    write(session, partial(codes.send_code, request=request))
    newest = select(OutboxMessage.secrets).order_by(OutboxMessage.id.desc()).limit(1)
    return str((session.scalar(newest) or {})["code"])


def type_in(session: Session, code: str, browser: str = "phone", key: str = KEY) -> Proof | Wrong:
    return write(session, partial(codes.prove, attempt=Attempt(browser, code, key)))


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08}"


def put_codes(session: Session, clock: Clock, number: int, address: str) -> None:
    """Codes that were asked for from there, each for a mailbox of its own."""
    place = {"network": network(address), "wide_network": wide_network(address)}
    names = [f"{n}.{address.replace(':', '-')}" for n in range(number)]
    rows = [
        {"email": f"{name}@posta.example", "email_key": f"{name}@posta.example"}
        | {"browser_hash": sha256(name.encode()).hexdigest(), "code_hash": "0" * 64}
        | {"created_at": clock.now, **place}
        for name in names
    ]
    with writing(session):
        session.execute(insert(SignInCode), rows)


def count_codes(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(SignInCode)) or 0


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits on all that a test can reach."""
    limits = code_limits.LIMITS
    in_all, with_newcomers = limits.in_all._replace(free=7), limits.in_all._replace(free=14)
    fewer = limits._replace(in_all=in_all, in_all_with_newcomers=with_newcomers)
    monkeypatch.setattr(code_limits, "LIMITS", fewer)
    monkeypatch.setattr(code_limits, "GUESSES", code_limits.GUESSES._replace(most=7))
    monkeypatch.setattr(code_limits, "GUESSES_WITH_NEWCOMERS", 14)


def test_the_code_proves_the_address_once(session: Session) -> None:
    """Caught: `proven_at` not looked at."""
    code = ask(session)
    assert len(code) == 8
    assert code.isdigit()
    proof = type_in(session, code)
    assert isinstance(proof, Proof)
    assert proof.email == EMAIL
    with pytest.raises(CodeUsed):
        type_in(session, code)
    with writing(session):
        codes.use(session, proof)
    with pytest.raises(CodeUsed), writing(session):
        codes.use(session, proof)


def test_five_wrong_tries_end_a_code(session: Session) -> None:
    """Caught: `tries <= TRIES`; tries counted in a transaction that a wrong code undoes."""
    code = ask(session)
    left = [type_in(session, other_than(code)) for _ in range(5)]
    assert left == [Wrong(4), Wrong(3), Wrong(2), Wrong(1), Wrong(0)]
    with pytest.raises(CodeEnded):
        type_in(session, code)
    assert codes.find_code(session, "phone") == Asked(EMAIL, is_over=True, is_proven=False)


def test_a_code_lasts_ten_minutes_and_a_proof_as_long_again(clock: Clock, session: Session) -> None:
    """Caught: `>=` for `>`; no end of a proof that nobody used."""
    early, late = ask(session, "early"), ask(session, "late")
    clock.go_on(seconds=599)
    assert isinstance(type_in(session, early, "early"), Proof)
    clock.go_on(seconds=1)
    with pytest.raises(CodeEnded):
        type_in(session, late, "late")
    clock.go_on(seconds=598)
    assert codes.find_proof(session, "early").email == EMAIL
    clock.go_on(seconds=1)
    session.rollback()
    with pytest.raises(CodeUsed):
        codes.find_proof(session, "early")


def test_a_code_is_of_no_use_in_another_browser(session: Session) -> None:
    """Caught: the row found by its code alone, whatever the browser."""
    mine, theirs = ask(session, "mine"), ask(session, "theirs", "eve@posta.example")
    with pytest.raises(NoCode):
        type_in(session, mine, "new")
    assert type_in(session, mine, "theirs") == Wrong(4)
    assert type_in(session, theirs, "mine") == Wrong(4)
    assert isinstance(type_in(session, mine, "mine"), Proof)


def test_a_new_code_ends_the_one_before_in_this_browser_alone(session: Session) -> None:
    """Caught: the former code left good, which doubles the tries."""
    laptop, first = ask(session, "laptop"), ask(session, "first")
    second = ask(session, "second", before="first")
    assert type_in(session, first, "first") == Wrong(4)
    assert isinstance(type_in(session, laptop, "laptop"), Proof)
    assert isinstance(type_in(session, second, "second"), Proof)


def test_who_reads_the_database_cannot_try_codes(session: Session) -> None:
    """Caught: a plain SHA-256 of the code, which is guessed in a second."""
    code = ask(session)
    row = session.scalars(select(SignInCode)).one()
    assert "phone" not in (row.browser_hash, row.code_hash)
    assert type_in(session, code, key="x" * 32) == Wrong(4)


@pytest.mark.parametrize("email", [EMAIL, "a@münchen.example"])
def test_a_mailbox_has_pauses_that_grow(clock: Clock, session: Session, email: str) -> None:
    """Caught: addresses counted as typed, not by their key, and each +tag by itself; a limit of a
    day, by which anybody could keep an owner out for a day."""
    others = [email.replace("münchen", "xn--mnchen-3ya"), email.replace("@", "+tag@")]
    for n in range(5):
        ask(session, f"b{n}", [email, *others][n % 3], address=f"203.0.{n}.1")
    for n, minutes in enumerate([1, 2, 4, 8, 15, 15]):
        with pytest.raises(TooManyCodes, match=rf"Try again in {minutes} minutes?\.") as refused:
            ask(session, "late", email, address=f"203.0.{n}.1")
        assert refused.value.wait_seconds == minutes * 60
        clock.go_on(minutes=minutes)
        ask(session, f"late{n}", email, address=f"198.51.{n}.1")
    assert count_codes(session) == 11
    ask(session, "bora", "bora@posta.example")


def test_a_known_browser_has_pauses_of_its_own(clock: Clock, session: Session) -> None:
    """Caught: no limit at all; a borrowed browser could fill the mailbox."""
    for n in range(10):
        ask(session, f"b{n}", device="laptop")
    with pytest.raises(TooManyCodes):
        ask(session, "late", device="laptop")
    ask(session, "stranger")
    ask(session, "known", device="phone")
    clock.go_on(minutes=1)
    ask(session, "late", device="laptop")


def test_a_clock_that_was_set_back_keeps_nobody_out(clock: Clock, session: Session) -> None:
    """Caught: codes of a time to come counted, for as long as the clock was ahead."""
    for n in range(5):
        ask(session, f"b{n}")
    clock.go_on(hours=-20)
    ask(session, "back")


def test_networks_have_limits(clock: Clock, session: Session) -> None:
    """Caught: no limit of wide networks; each /64 of a /48 sent thirty mails an hour."""
    put_codes(session, clock, 30, "2001:db8:0:1::1")
    with pytest.raises(TooManyCodes, match="1 minute"):
        ask(session, "late", address="2001:db8:0:1::ffff")
    for n in range(2, 9):
        put_codes(session, clock, 10, f"2001:db8:0:{n}::1")
    with pytest.raises(TooManyCodes, match="1 minute"):
        ask(session, "late", address="2001:db8:0:ffff::1")
    ask(session, "elsewhere", address="2001:db8:1::1")
    ask(session, "known", address="2001:db8:0:ffff::1", device="laptop")
    clock.go_on(hours=1)
    ask(session, "late", address="2001:db8:0:ffff::1")


@pytest.mark.usefixtures("few")
def test_all_codes_together_have_a_limit(clock: Clock, session: Session) -> None:
    """Caught: newcomers let through without end."""
    for n in range(7):
        put_codes(session, clock, 1, f"203.0.113.{n}")
    with pytest.raises(TooManyCodes):
        ask(session, "late", address="203.0.113.99")
    for n in range(7):
        ask(session, f"new{n}", f"new{n}@posta.example", address=f"198.51.{n}.1")
    with pytest.raises(TooManyCodes):
        ask(session, "late", address="192.0.2.1")
    ask(session, "known", address="192.0.2.1", device="laptop")
    clock.go_on(seconds=600)
    ask(session, "late", address="203.0.113.99")


@pytest.mark.usefixtures("few")
def test_all_guesses_together_have_a_limit(clock: Clock, session: Session) -> None:
    """Caught: tries counted for each code alone; a few wrong codes of one network kept all
    customers out, also in browsers that are known."""
    wrong = {browser: other_than(ask(session, browser)) for browser in ("a", "b")}
    for browser in "aaaabbb":
        assert isinstance(type_in(session, wrong[browser], browser), Wrong)
    with pytest.raises(TooManyGuesses, match="15 minutes"):
        type_in(session, wrong["b"], "b")
    known = ask(session, "known", device="laptop")
    assert isinstance(type_in(session, known, "known"), Proof)
    newcomer = ask(session, "new", address="198.51.100.1")
    assert isinstance(type_in(session, newcomer, "new"), Proof)
    clock.go_on(minutes=15)
    assert isinstance(type_in(session, ask(session, "c"), "c"), Proof)


@pytest.mark.usefixtures("few")
def test_newcomers_guess_no_more_than_as_many_again(session: Session) -> None:
    """Caught: newcomers let through without end; each bot had its guesses."""
    passed = 0
    for n in range(5):
        wrong = other_than(ask(session, f"b{n}", address=f"198.51.{n}.1"))
        with suppress(CodeEnded, TooManyGuesses):
            for _ in range(6):
                passed += isinstance(type_in(session, wrong, f"b{n}"), Wrong)
    assert passed == 14


def test_old_rows_go_and_their_numbers_send_no_old_mail(clock: Clock, session: Session) -> None:
    """Caught: the mail's key from the row's number, which SQLite gives again: no mail was put."""
    ask(session)
    clock.go_on(days=1, seconds=1)
    ask(session, "again")
    assert count_codes(session) == 1
    clock.go_on(days=-3)  # a clock that was set back
    ask(session, "back")
    assert count_codes(session) == 1
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 3


def at_once(engine: Engine, work: Callable[[Session, int], object], times: int) -> list[object]:
    start = threading.Barrier(times)

    def run(n: int) -> object:
        with Session(engine) as session:
            start.wait()
            try:
                return work(session, n)
            except (CodeEnded, CodeUsed, TooManyCodes) as error:
                return type(error)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def test_tries_at_the_same_moment_cannot_slip_past(engine: Engine, session: Session) -> None:
    """Caught: the tries read, compared, and written one higher, without a lock."""
    wrong = other_than(ask(session))
    found = at_once(engine, lambda own, _n: type_in(own, wrong), 20)
    assert sum(isinstance(one, Wrong) for one in found) == 5
    assert found.count(CodeEnded) == 15


def test_a_right_code_at_the_same_moment_proves_once(engine: Engine, session: Session) -> None:
    """Caught: `proven_at` read, and then written, without a lock."""
    code = ask(session)
    found = at_once(engine, lambda own, _n: type_in(own, code), 5)
    assert sum(isinstance(one, Proof) for one in found) == 1
    assert found.count(CodeUsed) == 4


def test_codes_asked_for_at_the_same_moment_cannot_slip_past(
    engine: Engine, session: Session
) -> None:
    """Caught: the limits read without the lock."""
    found = at_once(engine, lambda own, n: ask(own, f"b{n}"), 20)
    assert found.count(TooManyCodes) == 15
    assert count_codes(session) == 5

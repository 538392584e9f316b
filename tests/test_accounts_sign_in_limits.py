"""How often a sign-in may fail: the counting. test_accounts_attacks.py tries it over HTTP."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.orm import Session

from domain.accounts import sign_in_limits
from domain.accounts.errors import TooManyCodesTried, TooManyTries
from domain.accounts.models import Factor, FailedSignIn
from domain.accounts.sign_in_limits import Try, account_key, count_failure, forget_codes, refuse
from domain.database import lock, utc_now, writing
from domain.networks import network, wide_network
from tests.clock import Clock

ANA, HOME, OFFICE = "ana@example.com", "203.0.113.7", "198.51.100.9"
# Everywhere else: of a botnet, each in a wide network of its own.
BOTS = [f"100.{64 + n // 256}.{n % 256}.1" for n in range(16384)]


def fail(
    session: Session,
    email: str = ANA,
    address: str | None = HOME,
    device: str | None = None,
    factor: Factor = "password",
) -> int:
    with writing(session):
        return count_failure(session, Try(email, address, device, factor))


def wait_of(session: Session, tried: Try) -> int:
    """How many minutes it has to wait; 0 when it may go on, which is not counted."""
    session.rollback()
    try:
        refuse(session, tried)
    except TooManyTries as refusal:
        return -(-refusal.wait_seconds // 60)
    finally:
        session.rollback()
    return 0


def attack(session: Session, addresses: Iterable[str], email: str = ANA) -> int:
    """How many tries are let through, one from each address."""
    passed = 0
    for address in addresses:
        with suppress(TooManyTries):
            fail(session, email, address)
            passed += 1
    return passed


def put(session: Session, tries: Iterable[Try], **changes: object) -> None:
    """Failures that were counted, a hundred times as fast."""
    rows = [
        {
            "account": account_key(tried.email),
            "factor": tried.factor,
            **tried.source._asdict(),
            **changes,
        }
        for tried in tries
    ]
    with writing(session):
        session.execute(insert(FailedSignIn), rows)


def count_failures(session: Session) -> int:
    return session.scalar(select(func.count(FailedSignIn.id))) or 0


def test_an_account_has_pauses_that_grow(clock: Clock, session: Session) -> None:
    """Caught: tries that are refused counted as well, so that the pause began again with each."""
    waits = []
    for _ in range(11):
        waits.append(wait_of(session, Try(ANA, HOME)))
        clock.go_on(minutes=waits[-1] / 2)
        if waits[-1]:
            with pytest.raises(TooManyTries):
                fail(session)
        clock.go_on(minutes=waits[-1] / 2)
        fail(session)
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 15, 15]
    assert count_failures(session) == 11


@pytest.mark.parametrize(
    "address",
    [
        lambda n: f"2001:db8:1:{n:x}::1",
        lambda n: f"198.51.100.{n}",
        lambda n: f"2002:c633:6409:{n:x}::1",
        lambda n: f"64:ff9b::198.51.100.{n}",
    ],
    ids=["/64s of a /48", "a /24", "6to4", "NAT64"],
)
def test_another_address_is_no_new_chance(
    clock: Clock, session: Session, address: Callable[[int], str]
) -> None:
    """Caught: counted by account and address, as it was: 48 tries from as many /64s were let
    through, and so was the right password."""
    assert attack(session, map(address, range(1, 51))) == 5
    assert wait_of(session, Try(ANA, address(60))) > 0
    assert wait_of(session, Try("bob@example.com", address(60))) == 0
    clock.go_on(minutes=15)
    assert wait_of(session, Try(ANA, address(60))) == 0


def test_a_botnet_has_two_tries_in_a_quarter_of_an_hour(clock: Clock, session: Session) -> None:
    """Caught: newcomers without pauses; each of the bots had its first tries."""
    put(session, [Try(ANA, bot) for bot in BOTS[:12]], is_newcomer=True)
    put(session, [Try(ANA, OFFICE)] * 3, is_newcomer=False)
    for n in range(20, 60, 20):
        clock.go_on(minutes=15)
        assert attack(session, [OFFICE, *BOTS[n : n + 3], OFFICE]) == 2
        clock.go_on(minutes=15)
        assert attack(session, [*BOTS[n + 3 : n + 6], OFFICE]) == 1


def test_an_attacker_who_asks_all_the_time_does_not_take_every_turn(
    clock: Clock, session: Session
) -> None:
    """Caught: no turns of their own for newcomers; an owner with a new browser never got in."""
    for _ in range(9):
        attack(session, ["2001:db8:1:7::1"])
        clock.go_on(minutes=15)
    attack(session, ["2001:db8:1:7::1"])
    assert wait_of(session, Try(ANA, "2001:db8:1:8::1")) == 15
    assert wait_of(session, Try(ANA, HOME)) == 0


def test_one_password_for_many_accounts(clock: Clock, session: Session) -> None:
    """Caught: no limit per wide network, and none in all."""

    def spray(times: int, address: Callable[[int], str], whose: str) -> None:
        put(session, [Try(f"{whose}{n}@example.com", address(n)) for n in range(times)])

    spray(100, lambda _n: OFFICE, "a")
    assert wait_of(session, Try("new@example.com", OFFICE)) == 1
    assert wait_of(session, Try("new@example.com", "198.51.100.10")) == 0
    spray(200, lambda n: f"198.51.100.{10 + n % 100}", "b")
    assert wait_of(session, Try("new@example.com", "198.51.100.222")) == 1
    spray(700, lambda n: BOTS[n % 200], "c")
    assert wait_of(session, Try("new@example.com", BOTS[1])) == 1
    assert wait_of(session, Try("new@example.com", HOME)) == 0
    spray(1000, lambda n: BOTS[200 + n], "d")
    assert wait_of(session, Try("new@example.com", HOME)) == 1
    assert wait_of(session, Try(ANA, HOME, "laptop")) == 0
    clock.go_on(hours=1)
    assert wait_of(session, Try("new@example.com", OFFICE)) == 0


def test_a_known_device_is_counted_by_itself(clock: Clock, session: Session) -> None:
    """Caught: devices not left out of the counts of networks; each then blocked the other."""
    put(session, [Try(ANA, HOME)] * 5 + [Try(ANA, HOME, "laptop")] * 4)
    assert wait_of(session, Try(ANA, HOME)) == 1
    fail(session, device="laptop")
    for address in (HOME, OFFICE):
        assert wait_of(session, Try(ANA, address, "laptop")) == 1
    clock.go_on(minutes=1)
    assert wait_of(session, Try(ANA, HOME)) == 0
    fail(session)
    assert wait_of(session, Try(ANA, HOME, "laptop")) == 0
    assert wait_of(session, Try(ANA, HOME, "phone")) == 0
    assert wait_of(session, Try("bob@example.com", HOME, "laptop")) == 0
    clock.go_on(days=1)
    assert wait_of(session, Try(ANA, HOME, "laptop")) == 0


def test_codes_are_counted_apart_and_stricter(clock: Clock, session: Session) -> None:
    """Caught: one count for both; the owner who mistyped the password had no try of a code left."""
    put(session, [Try(ANA, HOME)] * 5)
    for _ in range(3):
        fail(session, factor="code")
    assert wait_of(session, Try(ANA, HOME)) == 1
    assert wait_of(session, Try(ANA, HOME, factor="code")) == 1
    clock.go_on(days=1)
    assert wait_of(session, Try(ANA, HOME, factor="code")) == 0


def test_a_hundred_wrong_codes_in_a_month_are_too_many(clock: Clock, session: Session) -> None:
    """Caught: pauses alone, with which codes are guessed with odds of one to five in a year."""
    put(session, [Try(ANA, bot, factor="code") for bot in BOTS[:100]])
    clock.go_on(days=29)
    fail(session, "bob@example.com")
    with pytest.raises(TooManyCodesTried, match="somebody seems to have your password"):
        fail(session, address=OFFICE, factor="code")
    fail(session, device="laptop", factor="code")
    with writing(session):
        forget_codes(session, ANA)
    fail(session, address=OFFICE, factor="code")


def test_a_flood_is_refused_without_the_lock(engine: Engine, session: Session) -> None:
    """Caught: refused only after the lock, for which all sign-ins then waited."""
    for _ in range(5):
        fail(session)
    with Session(engine) as other, writing(other):
        lock(other, "failed sign-ins")
        assert wait_of(session, Try(ANA, HOME)) > 0


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("203.0.113.7", "64:ff9b::203.0.113.7", True),
        ("64:ff9b::203.0.113.7", "64:ff9b::203.0.113.8", False),
        ("203.0.113.7", "2002:cb00:7107:5::1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        (None, "no address", True),
    ],
)
def test_an_address_is_what_its_sender_cannot_change(
    one: str | None, other: str, are_one: bool
) -> None:
    """Caught: whole IPv6 addresses; every home has 2^64 of them to try from. NAT64 as one /64:
    all visitors with IPv4 were one."""
    assert (network(one) == network(other)) is are_one
    assert len(network(one)) <= 45


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("203.0.113.7", "203.0.113.8", True),
        ("203.0.113.7", "203.0.114.7", False),
        ("203.0.113.7", "::ffff:203.0.113.9", True),
        ("203.0.113.7", "64:ff9b::203.0.113.9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", True),
        ("2001:db8:1:2::1", "2001:db8:2:2::1", False),
        (None, "no address", True),
    ],
)
def test_a_wide_network_is_what_one_customer_may_have(
    one: str | None, other: str, are_one: bool
) -> None:
    assert (wide_network(one) == wide_network(other)) is are_one
    assert len(wide_network(one)) <= 45


def test_old_failures_are_forgotten_in_portions(
    clock: Clock, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: none ever forgotten; all at once, which took seconds after an attack."""
    monkeypatch.setattr(sign_in_limits, "MOST_FORGOTTEN", 2)
    put(session, [Try(ANA, HOME)] * 3 + [Try(ANA, HOME, factor="code")])
    clock.go_on(days=1, seconds=1)
    fail(session)
    assert count_failures(session) == 3
    fail(session)
    assert count_failures(session) == 3
    clock.go_on(days=30)
    fail(session)
    fail(session)
    assert count_failures(session) == 2
    clock.go_on(days=-100)
    fail(session)
    assert count_failures(session) == 1


def test_a_clock_that_was_set_back_locks_nobody_out(clock: Clock, session: Session) -> None:
    """Caught: failures of a time to come counted, for as long as the clock was ahead."""
    put(session, [Try(ANA, HOME)] * 50)
    clock.go_on(hours=-2)
    assert wait_of(session, Try(ANA, HOME)) == 0


def test_what_was_typed_is_not_kept(session: Session) -> None:
    fail(session, email="my secret password@example.com")
    (row,) = session.scalars(select(FailedSignIn))
    assert "secret" not in row.account
    assert abs(row.at - session.scalars(select(utc_now())).one()) < timedelta(minutes=1)

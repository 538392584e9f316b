"""Credits given and taken by hand: once, for a reason, within limits, never below zero."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.accounts.admins import find_admin, save_admin
from domain.customers.claims import Claims
from domain.customers.customers import add_by_hand, enter_from_platform
from domain.customers.errors import (
    CustomerNotFound,
    GivingRefused,
    LedgerRefused,
    NotThatMany,
    OverDailyLimit,
    OverLimit,
)
from domain.customers.giving import Given, Giving, give_or_take
from domain.customers.limits import USUAL, Limits, change_limits, given_today
from domain.customers.models import CustomerNote, GivenCredits
from domain.database import AnySession, write, writing
from domain.ledger.chain import fits
from domain.ledger.errors import KeyReused
from domain.ledger.models import entry, lot, wallet
from domain.ledger.queries import balance
from domain.ledger.validity import last_usable_day
from domain.ledger.verify import Verified
from domain.ledger.wallets import close_wallet, find_wallet
from domain.outbox.models import OutboxMessage
from domain.platforms.models import Platform
from tests.clock import Clock
from tests.meeting import Meeting

ISTANBUL = ZoneInfo("Europe/Istanbul")
ANA = "ana@example.com"
GIFT = Giving(50, "gift", "The call dropped", True, None, ISTANBUL, 1, ANA, "k" * 32)
TRIES, THREADS = 20, 4


@pytest.fixture
def ayse(session: Session) -> int:
    """Customer 1, of ours; Ana is admin 1."""
    with writing(session):
        save_admin(session, ANA, "hash")
        admin = find_admin(session, ANA)
        assert admin
        assert admin.id == 1
        return add_by_hand(session, email="ayse@posta.example", name="Ayşe", language="tr")


def do(session: Session, customer_id: int, asked: Giving = GIFT, **changes: Any) -> Given:  # noqa: ANN401
    return write(session, asking(customer_id, asked, **changes))


def asking(customer_id: int, asked: Giving = GIFT, **changes: Any) -> Callable[..., Given]:  # noqa: ANN401
    """Under a key of its own, if something else is asked for."""
    if changes and "key" not in changes:
        changes["key"] = f"{abs(hash(repr(sorted(changes.items())))):032x}"
    asked = replace(asked, **changes)
    return partial(give_or_take, customer_id=customer_id, asked=asked, mode="test")


def rows(session: Session, *columns: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401
    session.rollback()
    return [tuple(row) for row in session.execute(select(*columns).order_by(columns[0]))]


def free(session: Session, customer_id: int) -> int:
    session.rollback()
    wallet_id = find_wallet(session, customer_id)
    return 0 if wallet_id is None else balance(session, wallet_id).free


def clean(session: Session) -> bool:
    session.rollback()
    return not list(Verified(session).differences())


def test_a_gift_comes_with_its_end_its_reason_and_a_mail(session: Session, ayse: int) -> None:
    given = do(session, ayse, last_day=date(2099, 12, 31))
    assert given == Given(seq=1, free=50, is_new=True)
    made = rows(session, entry.c.kind, entry.c.actor, entry.c.reason, entry.c.credits)
    assert made == [("grant", "admin:1", "gift", 50)]
    midnight = datetime(2099, 12, 31, 21, tzinfo=UTC)
    assert rows(session, lot.c.kind, lot.c.expires_at) == [("gift", midnight)]
    note = session.scalars(select(CustomerNote)).one()
    assert (note.customer_id, note.seq, note.text) == (ayse, 1, "The call dropped")
    assert (note.is_shown, note.author) == (True, ANA)
    assert note.salt
    assert fits(session.scalar(select(entry.c.note_digest)), note.salt, note.text)
    assert clean(session)
    mail = session.scalars(select(OutboxMessage)).one()
    assert (mail.topic, mail.recipient) == ("credits_given", "ayse@posta.example")
    assert (mail.data["language"], mail.data["credits"]) == ("tr", 50)
    assert (mail.data["last_day"], mail.data["reason"]) == ("2099-12-31", "The call dropped")


def test_what_is_taken_is_a_correction_and_counts_for_no_limit(session: Session, ayse: int) -> None:
    do(session, ayse)
    do(session, ayse, credits=7, kind="correction")
    taken = do(session, ayse, credits=-20, is_shown=False)
    assert taken == Given(seq=3, free=37, is_new=True)
    made = rows(session, entry.c.seq, entry.c.kind, entry.c.reason, entry.c.credits)
    assert made[1:] == [(2, "adjust", "correction", 7), (3, "adjust", "correction", 20)]
    assert rows(session, CustomerNote.seq, CustomerNote.is_shown)[2] == (3, False)
    assert given_today(session, 1, ISTANBUL) == 57
    assert len(rows(session, OutboxMessage.id)) == 2
    assert clean(session)


def test_nothing_is_taken_below_zero(session: Session, ayse: int) -> None:
    """And no wallet is opened for what is refused."""
    with pytest.raises(NotThatMany) as refused:
        do(session, ayse, credits=-1)
    assert str(refused.value) == "This customer has no free credits to take."
    assert rows(session, wallet.c.id) == []
    do(session, ayse)
    with pytest.raises(NotThatMany) as refused:
        do(session, ayse, credits=-51)
    assert str(refused.value) == "Only 50 credits are free. You can take no more than that."
    assert free(session, ayse) == 50
    assert len(rows(session, CustomerNote.id)) == 1


def test_one_key_gives_once_and_only_what_it_was_for(session: Session, ayse: int) -> None:
    """Caught: a request without its key; a fingerprint without the end."""
    first, again = do(session, ayse), do(session, ayse)
    assert again == first._replace(is_new=False)
    for changes in (
        *({"credits": 51}, {"kind": "correction"}, {"reason": "Other"}, {"is_shown": False}),
        {"last_day": date(2099, 1, 1)},
    ):
        with pytest.raises(KeyReused):
            do(session, ayse, key=GIFT.key, **changes)
    counts = [rows(session, table) for table in (entry.c.seq, CustomerNote.id, GivenCredits.seq)]
    assert [len(found) for found in counts] == [1, 1, 1]
    assert len(rows(session, OutboxMessage.id)) == 1


def test_what_was_refused_can_be_asked_for_again_under_its_key(session: Session, ayse: int) -> None:
    with pytest.raises(NotThatMany):
        do(session, ayse, credits=-5, key="a" * 32)
    do(session, ayse)
    assert do(session, ayse, credits=-5, key="a" * 32).free == 45


@pytest.mark.usefixtures("ayse")
def test_two_presses_that_meet_give_once(engine: Engine, session: Session) -> None:
    """Also the first ever, when there is no wallet to lock yet. Caught: a request without its
    key."""
    first, second = Meeting(engine).of(asking(1), asking(1))
    assert second == first._replace(is_new=False)
    assert free(session, 1) == 50
    assert clean(session)


def test_an_admin_gives_no_more_at_once_and_in_a_day(session: Session, ayse: int) -> None:
    with pytest.raises(OverLimit) as refused:
        do(session, ayse, credits=USUAL.at_once + 1)
    assert str(refused.value) == "You can give at most 1,000 credits at once."
    write(session, partial(change_limits, limits=Limits(60, 100), version=USUAL.version))
    do(session, ayse)
    with pytest.raises(OverDailyLimit) as refused_today:
        do(session, ayse, credits=51)
    assert str(refused_today.value).startswith("You can give 50 more credits today")
    do(session, ayse, credits=50, reason="The rest")
    do(session, ayse, credits=-100)
    with pytest.raises(OverDailyLimit):
        do(session, ayse, credits=1)
    with writing(session):
        save_admin(session, "bob@example.com", "hash")
    do(session, ayse, credits=1, admin_id=2)
    assert free(session, ayse) == 1


def test_a_day_ends_at_midnight_of_the_platform(session: Session, clock: Clock, ayse: int) -> None:
    """Caught: a day of UTC."""
    write(session, partial(change_limits, limits=Limits(60, 60), version=USUAL.version))
    clock.set(datetime(2027, 3, 1, 20, 59, 59, tzinfo=UTC))
    do(session, ayse)
    with pytest.raises(OverDailyLimit):
        do(session, ayse, credits=11)
    clock.go_on(seconds=1)
    assert do(session, ayse, credits=11).free == 61


def test_two_gifts_of_one_admin_that_meet_keep_the_limit_of_a_day(
    engine: Engine, session: Session, ayse: int
) -> None:
    """In wallets of two customers. Caught: no lock of the admin (PostgreSQL)."""
    with writing(session):
        other = add_by_hand(session, email="bo@example.com", name="", language="en")
    write(session, partial(change_limits, limits=Limits(60, 60), version=USUAL.version))
    for customer_id in (ayse, other):
        do(session, customer_id, credits=1)
    works = [refusing(asking(one, credits=50, reason="More")) for one in (ayse, other)]
    done, refused = Meeting(engine).of(*works)
    assert isinstance(done, Given)
    assert str(refused).startswith("You can give 8 more credits today")
    assert given_today(session, 1, ISTANBUL) == 52


def refusing(work: Callable[..., Given]) -> Callable[..., Given | GivingRefused]:
    """The refusal as an answer."""

    def answer(session: AnySession) -> Given | GivingRefused:
        try:
            return work(session)
        except GivingRefused as refusal:
            return refusal

    return answer


def test_many_gifts_at_once_never_pass_the_limit(
    engine: Engine, session: Session, ayse: int
) -> None:
    with writing(session):
        others = [
            add_by_hand(session, email=f"c{n}@example.com", name="", language="en")
            for n in range(4)
        ]
    write(session, partial(change_limits, limits=Limits(10, 70), version=USUAL.version))

    def give(number: int) -> None:
        with Session(engine) as own, suppress(OverDailyLimit):
            do(own, [ayse, *others][number % 5], credits=10, reason=f"Gift {number}")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(give, range(TRIES)))
    assert given_today(session, 1, ISTANBUL) == 70
    assert session.scalar(select(func.sum(entry.c.credits))) == 70
    assert clean(session)


@pytest.mark.parametrize("zone", ["Europe/Istanbul", "America/New_York", "Pacific/Apia"])
@pytest.mark.parametrize("day", ["2026-11-01", "2027-02-28", "2028-02-29", "2026-12-31"])
def test_credits_are_good_for_all_of_their_last_day(zone: str, day: str) -> None:
    """Caught: an end at midnight of UTC, and the day before its end."""
    there, last_day = ZoneInfo(zone), date.fromisoformat(day)
    end = replace(GIFT, last_day=last_day, zone=there).expires_at
    assert end
    assert last_usable_day(end, there) == last_day
    assert end.astimezone(there).date() == last_day + timedelta(days=1)


def test_an_address_that_a_platform_only_claims_gets_no_mail(session: Session, ayse: int) -> None:
    """Caught: a mail to an address that only the platform claims."""
    assert ayse
    with writing(session):
        session.add(Platform(name="Lotus app"))
        session.flush()
        claims = Claims("u1", email="a@b.example")
        claimed = enter_from_platform(session, 1, claims, "en")
        verified = enter_from_platform(
            session, 1, Claims("u2", email="b@b.example", is_email_verified=True), "de"
        )
        nameless = enter_from_platform(session, 1, Claims("u3"), "en")
    for customer_id in (claimed, verified, nameless):
        do(session, customer_id, reason=f"For {customer_id}")
    assert rows(session, OutboxMessage.recipient) == [("b@b.example",)]


def test_a_reason_that_is_not_shown_is_in_no_mail(session: Session, ayse: int) -> None:
    do(session, ayse, is_shown=False)
    assert session.scalars(select(OutboxMessage)).one().data["reason"] == ""


def test_who_is_not_there_gets_nothing_and_a_closed_wallet_neither(
    session: Session, ayse: int
) -> None:
    with pytest.raises(CustomerNotFound):
        do(session, ayse + 1)
    do(session, ayse)
    with pytest.raises(LedgerRefused, match="Choose an expiry date in the future."):
        do(session, ayse, credits=5, last_day=date(2020, 1, 1))
    do(session, ayse, credits=-50)
    write(session, partial(close_wallet, wallet_id=1))
    with pytest.raises(LedgerRefused, match="This wallet is closed."):
        do(session, ayse, credits=5)

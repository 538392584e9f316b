"""What many wallets hold at once, and which of them owe or hold what ends."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.database import write
from domain.ledger import acts, corrections
from domain.ledger.lists import (
    CustomerCredits,
    Ending,
    NextEnd,
    balances,
    count_gifts_ending_soon,
    count_owing,
    ending,
    has_gift_ending_soon,
    owes_credits,
)
from domain.ledger.models import wallet as wallets
from domain.ledger.queries import balance
from tests.clock import Clock
from tests.counting import watching
from tests.wallets import TestWallet, new_wallet

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def customer_of(wallet: TestWallet) -> int:
    its = select(wallets.c.customer_id).where(wallets.c.id == wallet.id)
    return int(wallet.session.execute(its).scalar_one())


def seen(session: Session, *of: TestWallet) -> list[CustomerCredits]:
    ids = [customer_of(one) for one in of]
    found = balances(session, [*ids, 999_999])
    assert sorted(found) == sorted(ids)
    return [found[id] for id in ids]


def test_balances_count_what_is_due(wallet: TestWallet, session: Session, clock: Clock) -> None:
    """Caught: balances from the rows alone; one wallet settled with the hold of another."""
    start, other, empty = clock.now, new_wallet(session), new_wallet(session)
    for one in (wallet, other):
        one.bought(10, 1)
        one.gift(5, start + HOUR)
        one.hold(7, lasts=2 * HOUR)  # all of the gift, which is to live on, and 2
        one.gift(6, start + 3 * HOUR)
        one.gift(3, start + 9 * DAY)
    other.hold(1, lasts=30 * DAY)
    clock.go_on(hours=4)
    graced = start + 2 * HOUR + timedelta(days=14)
    wanted = [
        CustomerCredits(wallet.id, 18, 0, 0, 0, 8, *[NextEnd(start + 9 * DAY, 3)] * 2),
        CustomerCredits(other.id, 18, 1, 0, 0, 8, *[NextEnd(start + 9 * DAY, 3)] * 2),
        CustomerCredits(empty.id, 0, 0, 0, 0, 0, None, None),
    ]
    for _ in range(2):
        assert seen(session, wallet, other, empty) == wanted
        assert balance(session, other.id)[1:] == wanted[1][1:5]
        for one in (wallet, other):
            write(session, partial(acts.settle, wallet_id=one.id))
    clock.set(start + 9 * DAY)
    assert [one.next_end for one in seen(session, wallet)] == [NextEnd(graced, 5)]


def test_the_next_end_is_of_all_that_ends_then(
    wallet: TestWallet, session: Session, clock: Clock
) -> None:
    """Caught: one lot of two; a gift's end that hides behind that of bought credits."""
    wallet.bought(9, 1, expires_at=clock.now + DAY)
    wallet.gift(2, clock.now + 2 * DAY)
    wallet.gift(3, clock.now + 2 * DAY)
    wallet.gift(4)
    (found,) = seen(session, wallet)
    assert found.next_end == NextEnd(clock.now + DAY, 9)
    assert found.next_gift_end == NextEnd(clock.now + 2 * DAY, 5)
    assert (found.free, found.gift) == (18, 9)


def test_a_hundred_customers_take_two_statements(
    session: Session, clock: Clock, engine: Engine
) -> None:
    """Caught: a question for each wallet in which something is due."""
    of = [new_wallet(session) for _ in range(3)]
    for one in of:
        one.gift(5, clock.now + 2 * DAY)
        one.hold(1)
    clock.go_on(days=1)
    ids = [customer_of(one) for one in of]
    with watching(engine) as asked:
        assert [one.free for one in balances(session, ids).values()] == [5, 5, 5]
    assert len(asked.statements) == 2


def test_what_ends_is_listed_page_by_page(
    wallet: TestWallet, session: Session, clock: Clock
) -> None:
    """Caught: two lots that end at once, on either side of a page's end."""
    other, noon = new_wallet(session), clock.now + DAY
    for one in (wallet, other):
        one.gift(4, noon)
        one.gift(5, noon)
        one.gift(6, noon + DAY)
        one.gift(7)
        one.spend(4)
    listed: list[Ending] = []
    while page := ending(session, noon, noon + DAY, most=1, after=listed[-1] if listed else None):
        listed += page
    its, others = customer_of(wallet), customer_of(other)
    assert listed == [(noon, wallet.id, 2, its, 5), (noon, other.id, 2, others, 5)]
    assert len(ending(session, noon, noon + 2 * DAY, most=9)) == 4


def listed(session: Session, condition: Callable[[Any], Any]) -> list[int]:
    """As a list of customers asks, which has their ids."""
    ids = select(wallets.c.customer_id.label("id")).subquery()
    return list(session.scalars(select(ids.c.id).where(condition(ids.c.id)).order_by(ids.c.id)))


def test_customers_are_found_who_owe_or_have_gifts_that_end(
    wallet: TestWallet, session: Session, clock: Clock
) -> None:
    """Caught: bought credits among the gifts; two gifts counted as two customers."""
    other, third = new_wallet(session), new_wallet(session)
    wallet.bought(5, 1, expires_at=clock.now + DAY)
    wallet.spend(5)
    wallet.do(corrections.revoke, 2, purchase_id=1, may_owe=True, actor="scrip")
    other.gift(1, clock.now + 30 * DAY - HOUR)
    other.gift(1, clock.now + DAY)
    third.gift(1, clock.now + 31 * DAY)
    third.bought(9, 2, expires_at=clock.now + DAY)
    assert listed(session, owes_credits) == [customer_of(wallet)]
    assert count_owing(session) == 1

    def ending_soon(now: datetime) -> list[int]:
        found = listed(session, lambda id: has_gift_ending_soon(id, now))
        assert count_gifts_ending_soon(session, now) == len(found)
        return found

    assert ending_soon(clock.now) == [customer_of(other)]
    assert ending_soon(clock.now + DAY + HOUR) == [customer_of(other), customer_of(third)]

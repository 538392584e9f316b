"""What many wallets hold, and which of them are due, owe, or hold what ends. Reads only.

`balances` counts what is due and not written yet; the others go by what is written, which the
worker brings up to date within seconds.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, literal, select, tuple_

from domain.database import AnySession, UtcDateTime, utc_now
from domain.ledger.models import hold, lot, posting, wallet
from domain.ledger.queries import settle_in_memory
from domain.ledger.reading import (
    HOLD_COLUMNS,
    LOT_COLUMNS,
    NOTHING,
    PAYS_OR_OWES,
    WALLET_COLUMNS,
    add_lots,
)
from domain.ledger.rules import GIFT_KINDS, SOON, Purpose
from domain.ledger.wallet import Hold, Lot, Wallet

OF_CUSTOMERS = (
    select(wallet.c.customer_id, *WALLET_COLUMNS, *LOT_COLUMNS)
    .outerjoin_from(wallet, lot, and_(lot.c.wallet_id == wallet.c.id, PAYS_OR_OWES))
    .where(wallet.c.customer_id.in_(bindparam("customer_ids", expanding=True)))
)
# Holds that are due, each once for each slice of it, with the slice's lot.
DUE_HOLDS_OF = (
    select(hold.c.wallet_id, *HOLD_COLUMNS, posting.c.lot_number, posting.c.credits, *LOT_COLUMNS)
    .join(
        posting,
        and_(posting.c.wallet_id == hold.c.wallet_id, posting.c.hold_number == hold.c.number),
    )
    .join(lot, and_(lot.c.wallet_id == posting.c.wallet_id, lot.c.number == posting.c.lot_number))
    .where(hold.c.wallet_id.in_(bindparam("wallet_ids", expanding=True)))
    .where(hold.c.open > NOTHING, hold.c.expires_at <= bindparam("until"))
    .where(posting.c.to_bucket == "held")
    .order_by(posting.c.wallet_id, posting.c.seq, posting.c.line)
)


class NextEnd(NamedTuple):
    """How many free credits end first, and when."""

    at: datetime
    credits: int


class CustomerCredits(NamedTuple):
    """What the wallet of a customer has; `gift` are those of its free credits that were given."""

    wallet_id: int
    free: int
    held: int
    frozen: int
    owed: int
    gift: int
    next_end: NextEnd | None
    next_gift_end: NextEnd | None


class Ending(NamedTuple):
    """Free credits of a lot that end."""

    at: datetime
    wallet_id: int
    lot: int
    customer_id: int
    credits: int


class Due(NamedTuple):
    """Since when something is due in a wallet."""

    at: datetime
    wallet_id: int


def balances(session: AnySession, customer_ids: Collection[int]) -> dict[int, CustomerCredits]:
    """Of those customers who have a wallet, in two statements at most."""
    found: dict[int, Wallet] = {}
    asked = {"customer_ids": list(customer_ids)}
    for customer_id, *columns in session.execute(OF_CUSTOMERS, asked):
        head, lot_columns = columns[: len(WALLET_COLUMNS)], columns[len(WALLET_COLUMNS) :]
        one = found.setdefault(customer_id, Wallet(*head))
        one.at = max(one.at, one.clock)
        add_lots(one, [lot_columns])
    settle_all(session, found.values())
    return {customer_id: _credits_of(one) for customer_id, one in found.items()}


def settle_all(session: AnySession, found: Iterable[Wallet]) -> None:
    """Counts what is due as if it were written."""
    due = {one.id: one for one in found if one.next_due is not None and one.next_due <= one.at}
    if not due:
        return
    which = {"wallet_ids": list(due), "until": max(one.at for one in due.values())}
    for wallet_id, *columns in session.execute(DUE_HOLDS_OF, which):
        number, kind, id, *rest = columns[: len(HOLD_COLUMNS)]
        lot_number, credits, *lot_columns = columns[len(HOLD_COLUMNS) :]
        one = due[wallet_id]
        held = one.holds.setdefault(number, Hold(number, Purpose(kind, id), *rest))
        held.slices.append((lot_number, credits))
        add_lots(one, [lot_columns])
    for one in due.values():
        settle_in_memory(one, one.at)


def ending(
    session: AnySession,
    first: datetime,
    last: datetime,
    *,
    most: int,
    after: Ending | None = None,
) -> list[Ending]:
    """Lots with free credits that end from `first` on and before `last`, the soonest first; further
    ones `after` one of them."""
    key = (lot.c.expires_at, lot.c.wallet_id, lot.c.number)
    # SQLite looks up only the first column of the key: so it begins where the last page ended.
    begin = first if after is None else max(first, after.at)
    those = (
        select(*key, wallet.c.customer_id, lot.c.free)
        .join(wallet, wallet.c.id == lot.c.wallet_id)
        .where(*_ends_within(begin, last))
        .order_by(*key)
        .limit(most)
    )
    if after is not None:
        moment = literal(after.at, UtcDateTime)
        those = those.where(
            tuple_(*key) > tuple_(moment, literal(after.wallet_id), literal(after.lot))
        )
    return [Ending(*row) for row in session.execute(those)]


def owes_credits(customer_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether this customer's wallet owes credits: a condition for a list of customers."""
    return customer_id.in_(select(wallet.c.customer_id).where(wallet.c.owed > NOTHING))


def count_owing(session: AnySession) -> int:
    """How many customers owe credits."""
    owing = select(func.count()).select_from(wallet).where(wallet.c.owed > NOTHING)
    return session.execute(owing).scalar_one()


def has_gift_ending_soon(customer_id: ColumnElement[int], now: datetime) -> ColumnElement[bool]:
    """Whether this customer has gifts that end within 30 days: a condition as `owes_credits`."""
    those = select(wallet.c.customer_id).join(lot, lot.c.wallet_id == wallet.c.id)
    return customer_id.in_(those.where(*_gifts_ending_soon(now)))


def count_gifts_ending_soon(session: AnySession, now: datetime) -> int:
    """How many customers have gifts that end within 30 days."""
    wallets = select(func.count(lot.c.wallet_id.distinct()))
    return session.execute(wallets.where(*_gifts_ending_soon(now))).scalar_one()


def due_wallets(session: AnySession, most: int, after: Due | None = None) -> list[Due]:
    """Wallets in which a lot has ended or a hold has timed out, the longest due first."""
    # Asked once: PostgreSQL looks up no index by a clock that goes on while it looks.
    now = select(utc_now()).scalar_subquery()
    key = (wallet.c.next_due, wallet.c.id)
    due = select(*key).where(wallet.c.next_due <= now).order_by(*key).limit(most)
    if after is not None:
        due = due.where(
            tuple_(*key) > tuple_(literal(after.at, UtcDateTime), literal(after.wallet_id))
        )
    return [Due(*row) for row in session.execute(due)]


def _gifts_ending_soon(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (*_ends_within(now, now + SOON), lot.c.kind.in_(GIFT_KINDS))


def _ends_within(first: datetime, last: datetime) -> tuple[ColumnElement[bool], ...]:
    return (lot.c.free > NOTHING, lot.c.expires_at >= first, lot.c.expires_at < last)


def _credits_of(found: Wallet) -> CustomerCredits:
    free = [one for one in found.lots.values() if one.free]
    gifts = [one for one in free if one.kind in GIFT_KINDS]
    return CustomerCredits(
        *(found.id, found.free, found.held, found.frozen, found.owed),
        sum(one.free for one in gifts),
        *(_next_end(free), _next_end(gifts)),
    )


def _next_end(lots: Iterable[Lot]) -> NextEnd | None:
    ends = Counter[datetime]()
    for one in lots:
        if one.expires_at is not None:
            ends[one.expires_at] += one.free
    return NextEnd(*min(ends.items())) if ends else None

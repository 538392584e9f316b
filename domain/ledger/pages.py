"""How a page of a statement is read: its entries, then the postings of these."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    select,
    true,
    union_all,
)

from domain.database import utc_now
from domain.ledger.models import entry, lot, posting, wallet
from domain.ledger.reading import IN_WALLET
from domain.ledger.rules import EntryKind

LIMIT: ColumnElement[int] = bindparam("limit", type_=Integer)
# The newest entry of a moment; times of entries follow their order.
AS_OF = func.coalesce(
    select(entry.c.seq)
    .where(IN_WALLET[entry], entry.c.at <= bindparam("until"))
    .order_by(entry.c.at.desc(), entry.c.seq.desc())
    .limit(1)
    .scalar_subquery(),
    0,
)
PARTS = (
    select(
        *(posting.c.seq, posting.c.lot_number, lot.c.kind, lot.c.expires_at),
        *(posting.c.from_bucket, posting.c.to_bucket, posting.c.credits),
    )
    .join(lot, and_(lot.c.wallet_id == posting.c.wallet_id, lot.c.number == posting.c.lot_number))
    .where(IN_WALLET[posting])
    .order_by(posting.c.seq, posting.c.line)
)
# Of entries that follow each other, with one look into the index; and of any.
PARTS_BETWEEN = PARTS.where(posting.c.seq.between(bindparam("first"), bindparam("last")))
PARTS_OF = PARTS.where(posting.c.seq.in_(bindparam("seqs", expanding=True)))


@lru_cache(maxsize=64)
def select_lines(kinds: tuple[EntryKind, ...], *, is_as_of: bool) -> Select[Any]:
    """A page of entries, each beside the wallet's newest seq, what is due, and the time; with no
    entry on it, a row of these alone. Each kind is looked up by itself, however rare it is."""
    if not kinds:
        page = _newest(is_as_of=is_as_of)
    else:
        each = (_newest(entry.c.kind == kind, is_as_of=is_as_of).subquery() for kind in kinds)
        some = union_all(*(select(one) for one in each)).subquery()
        page = select(some).order_by(some.c.seq.desc()).limit(LIMIT)
    lines = page.subquery()
    head = (wallet.c.seq.label("newest"), wallet.c.next_due, utc_now().label("now"))
    return (
        select(*head, lines)
        .outerjoin_from(wallet, lines, true())
        .where(wallet.c.id == bindparam("wallet_id"))
        .order_by(lines.c.seq.desc())
    )


def _newest(*conditions: ColumnElement[bool], is_as_of: bool) -> Select[Any]:
    last: ColumnElement[int] = bindparam("before", type_=BigInteger) - 1
    if is_as_of:
        last = case((last > AS_OF, AS_OF), else_=last)
    those = select(entry).where(IN_WALLET[entry], *conditions, entry.c.seq <= last)
    return those.order_by(entry.c.seq.desc()).limit(LIMIT)

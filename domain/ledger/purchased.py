"""What became of the credits of one purchase. Reads only."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, or_, select

from domain.database import AnySession
from domain.ledger.lookups import FROZEN_FROM, load_purchase, load_taken
from domain.ledger.models import entry, lot, posting
from domain.ledger.queries import read_settled
from domain.ledger.rules import BUCKETS, Bucket, EntryKind
from domain.ledger.steps import still_frozen

# What happens to a purchase; all else happens to the wallet.
KINDS: tuple[EntryKind, ...] = ("grant", "revoke", "freeze", "unfreeze")
# Credits that a grant pays a debt with belong to another entry of the same lot.
IS_OF_IT = or_(entry.c.kind != "grant", posting.c.from_bucket == "outside")
ENTRIES = (
    select(entry.c.seq, entry.c.kind, entry.c.at, func.sum(posting.c.credits), entry.c.free)
    .select_from(lot)
    .join(
        posting,
        (posting.c.wallet_id == lot.c.wallet_id) & (posting.c.lot_number == lot.c.number),
    )
    .join(entry, (entry.c.wallet_id == posting.c.wallet_id) & (entry.c.seq == posting.c.seq))
    .where(lot.c.wallet_id == bindparam("wallet_id"))
    .where(lot.c.purchase_id == bindparam("purchase_id"))
    .where(entry.c.kind.in_(KINDS), IS_OF_IT)
    .group_by(entry.c.seq, entry.c.kind, entry.c.at, entry.c.free)
    .order_by(entry.c.seq)
)
# Of an entry, whoever's credits they were.
DEBT_PAID = (
    select(func.sum(posting.c.credits))
    .select_from(lot)
    .join(posting, (posting.c.wallet_id == lot.c.wallet_id) & (posting.c.seq == lot.c.seq))
    .where(lot.c.wallet_id == bindparam("wallet_id"), lot.c.source == bindparam("source"))
    .where(posting.c.from_bucket == "owed", posting.c.to_bucket == "revoked")
)


class PurchaseEntry(NamedTuple):
    """What an entry did with credits of the purchase; `free` is what the wallet had then."""

    seq: int
    kind: EntryKind
    at: datetime
    credits: int
    free: int


def credits_by_bucket(
    session: AnySession, wallet_id: int, purchase_id: int
) -> Mapping[Bucket, int]:
    """Where the credits of the purchase are now, what is due counted as if it were written."""
    found = read_settled(session, wallet_id)
    counts = Counter[Bucket]()
    for one in load_purchase(session, found, purchase_id):
        # Those that were carried are in another lot of the purchase.
        counts.update({b: getattr(one, b) for b in BUCKETS if b not in ("outside", "carried")})
    return counts


def credits_frozen_by(session: AnySession, wallet_id: int, seq: int) -> int:
    """How many of what entry `seq` froze are frozen still, unless it has ended."""
    found = read_settled(session, wallet_id)
    taken = load_taken(session, found, seq, FROZEN_FROM)
    return sum(credits for _, credits in still_frozen(found, taken.slices))


def debt_paid_by(session: AnySession, wallet_id: int, source: str) -> int:
    """How much of what was owed the credits from this source paid as they came."""
    # PostgreSQL's sum is a decimal.
    return int(session.scalar(DEBT_PAID, {"wallet_id": wallet_id, "source": source}) or 0)


def entries_of_purchase(
    session: AnySession, wallet_id: int, purchase_id: int
) -> list[PurchaseEntry]:
    """The oldest first."""
    rows = session.execute(ENTRIES, {"wallet_id": wallet_id, "purchase_id": purchase_id})
    # PostgreSQL's sum is a decimal.
    return [PurchaseEntry(seq, kind, at, int(n), free) for seq, kind, at, n, free in rows]

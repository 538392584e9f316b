"""Letting go what a customer owes, for a reason. The purchases whose money went back remember it:
their credits are neither owed again nor given twice."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import select

from domain.customers.notes import keep_reason, new_salt
from domain.database import AnySession
from domain.ledger.book import Entry
from domain.ledger.chain import note_digest
from domain.ledger.corrections import forgive
from domain.ledger.errors import AlreadyDone, NothingLeft
from domain.ledger.models import lot
from domain.ledger.wallets import find_wallet
from domain.purchases.models import Purchase
from domain.purchases.refund_errors import NotOwed


def forgive_debt(
    session: AnySession,
    customer_id: int,
    credits: int,
    *,
    reason: str,
    author: str,
    actor: str,
    key: str,
) -> bool:
    """Whether it is new: `key` names the press of the button. Raises NotOwed. Locks: the customer's
    purchases, then the wallet."""
    wallet_id = find_wallet(session, customer_id)
    if wallet_id is None:
        raise NotOwed(0)
    purchases = _lock_taken(session, customer_id)
    salt = new_salt()
    digest = note_digest(salt, reason)
    outcome = forgive(
        session,
        wallet_id,
        credits,
        reason="forgiven",
        actor=actor,
        source=f"forgiven:{key}",
        note_digest=digest,
    )
    if isinstance(outcome, AlreadyDone):
        return False
    if not isinstance(outcome, Entry):
        raise NotOwed(outcome.left if isinstance(outcome, NothingLeft) else 0)
    keep_reason(session, customer_id, outcome.seq, reason, salt=salt, author=author)
    owed = _count_forgiven(session, outcome)
    for purchase_id, count in _share_out(owed, purchases).items():
        purchase = purchases[purchase_id]
        purchase.taken_credits -= count
        purchase.forgiven_credits += count
        purchase.version += 1
    session.flush()
    return True


def _lock_taken(session: AnySession, customer_id: int) -> dict[int, Purchase]:
    """Those whose credits may be owed, in one order, as others lock some of them, too."""
    theirs = (Purchase.customer_id == customer_id, Purchase.taken_credits > 0)
    rows = select(Purchase).where(*theirs).order_by(Purchase.id).with_for_update()
    found = session.scalars(rows.execution_options(populate_existing=True))
    return {one.id: one for one in found}


def _share_out(owed: Counter[int], purchases: Mapping[int, Purchase]) -> Counter[int]:
    """Who remembers that so many credits, by purchase, are owed no more. Those that came back of a
    purchase may have paid for another one, and are owed themselves since: the other remembers."""
    shares = Counter[int]()
    left = owed.total()
    for most in (owed, Counter(dict.fromkeys(purchases, left))):
        for id, purchase in purchases.items():
            part = min(left, most[id], purchase.taken_credits - shares[id])
            shares[id] += part
            left -= part
    return shares


def _count_forgiven(session: AnySession, entry: Entry) -> Counter[int]:
    """By the purchase that each credit came with."""
    forgiven = Counter[int]()
    for posting in entry.postings:
        forgiven[posting.lot] += posting.credits
    lots = select(lot.c.number, lot.c.purchase_id).where(
        lot.c.wallet_id == entry.wallet_id, lot.c.number.in_(forgiven)
    )
    counts = Counter[int]()
    for number, purchase_id in session.execute(lots):
        counts[purchase_id] += forgiven[number]
    return counts

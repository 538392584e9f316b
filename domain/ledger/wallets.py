"""Opening, blocking and closing wallets."""

from sqlalchemy import insert, select, update

from domain.database import AnySession, lock, read_clock
from domain.ledger.book import lock_and_settle
from domain.ledger.chain import first_hash
from domain.ledger.errors import NotEmpty, Refusal
from domain.ledger.mode import keep_mode
from domain.ledger.models import wallet
from domain.ledger.rules import Mode
from domain.ledger.terms import check_reason


def open_wallet(session: AnySession, customer_id: int, *, mode: Mode) -> int:
    """The id of the customer's wallet; opens it if there is none.

    The first one makes the database a test or a live one for good. Raises ModeDiffers.
    """
    lock(session, "open a wallet")
    keep_mode(session, mode)
    there = session.scalar(select(wallet.c.id).where(wallet.c.customer_id == customer_id))
    if there is not None:
        return int(there)
    now = read_clock(session)
    row = {"customer_id": customer_id, "opened_at": now, "at": now}
    row["head_hash"] = first_hash(customer_id, now)
    return int(session.execute(insert(wallet).returning(wallet.c.id), row).scalar_one())


def find_wallet(session: AnySession, customer_id: int) -> int | None:
    """The id of the customer's wallet, if they have one."""
    return session.scalar(select(wallet.c.id).where(wallet.c.customer_id == customer_id))


def block_wallet(session: AnySession, wallet_id: int, *, reason: str) -> bool:
    """Lets nothing be spent or held. Holds can still be captured or voided, and credits granted.

    Whether it was open. Does not read the book, so that it also works when the book is wrong.
    """
    check_reason(reason)
    return _set_status(session, wallet_id, "open", "blocked", reason)


def unblock_wallet(session: AnySession, wallet_id: int) -> bool:
    """Whether it was blocked."""
    return _set_status(session, wallet_id, "blocked", "open")


def close_wallet(session: AnySession, wallet_id: int) -> Refusal | None:
    """For good, once nothing is free, held, frozen or owed. It may be closed already."""
    found = lock_and_settle(session, wallet_id)
    if found.free or found.held or found.frozen or found.owed:
        return NotEmpty()
    if found.status != "closed":
        _set_status(session, wallet_id, found.status, "closed")
    return None


def _set_status(
    session: AnySession, wallet_id: int, before: str, then: str, reason: str | None = None
) -> bool:
    this = (wallet.c.id == wallet_id, wallet.c.status == before)
    change = update(wallet).where(*this).values(status=then, status_reason=reason)
    return bool(session.execute(change.returning(wallet.c.id)).all())

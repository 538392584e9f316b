"""Withdrawing from the contract about a purchase: once, with an acknowledgement by mail. Money goes
back at once only for a buyer who is signed in; all else waits for a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.catalogue.storefront import live
from domain.customers.customers import get_customer
from domain.database import AnySession, insert_for, read_clock
from domain.ledger.purchased import credits_by_bucket
from domain.ledger.wallets import find_wallet
from domain.purchases.errors import PurchaseNotFound, WithdrawalDecided, WithdrawalNotFound
from domain.purchases.mails import put_withdrawal
from domain.purchases.models import Purchase
from domain.purchases.queries import find_by_number, get_own
from domain.purchases.rows import lock_purchase
from domain.purchases.rules import State
from domain.purchases.withdrawal_models import Withdrawal
from domain.purchases.withdrawal_rules import (
    MOVES,
    Decision,
    Share,
    WithdrawalState,
    is_in_time,
    last_day,
    share_back,
)
from domain.times import known_zone


class Words(NamedTuple):
    """What is declared: a name, and how the purchase was called, in a language, in the version
    `text` of the words around them."""

    name: str
    number: str
    language: str
    text: str


class Outlook(NamedTuple):
    """What a withdrawal now comes to: `share` goes back, at once where it `is_automatic`."""

    share: Share
    is_in_time: bool
    is_automatic: bool


def withdraw(
    session: AnySession,
    purchase_id: int,
    words: Words,
    received_at: datetime,
    *,
    is_owner: bool = False,
    mail_to: str | None,
) -> bool:
    """Whether it is new: nothing happens to a purchase that is not paid, or was withdrawn from."""
    purchase = lock_purchase(session, purchase_id)
    if purchase.state != State.PAID:
        return False
    outlook = look_ahead(session, purchase, received_at, is_owner=is_owner)
    withdrawal = _record(session, purchase_id, words, received_at, outlook, is_owner=is_owner)
    if withdrawal is None:
        return False
    if outlook.is_automatic and refund_unspent(session, purchase, outlook.share):
        _move(withdrawal, WithdrawalState.REFUNDING, received_at, _author(purchase))
        session.flush()
    if mail_to:
        put_withdrawal(session, purchase, withdrawal, mail_to, _told(session, purchase, outlook))
    return True


def withdraw_own(session: AnySession, purchase_id: int, customer_id: int, words: Words) -> bool:
    """For its buyer, who is signed in: to the address that is known to be theirs. Raises
    PurchaseNotFound for another customer's."""
    get_own(session, purchase_id, customer_id)
    buyer = get_customer(session, customer_id)
    mail_to = buyer.email if buyer.may_get_mail else None
    now = read_clock(session)
    return withdraw(session, purchase_id, words, now, is_owner=True, mail_to=mail_to)


def refund_unspent(_session: AnySession, _purchase: Purchase, _share: Share) -> bool:
    """Whether the money was asked for. Until Scrip sends refunds itself, a person does."""
    return False


def look_ahead(session: AnySession, purchase: Purchase, at: datetime, *, is_owner: bool) -> Outlook:
    """For a paid purchase, and a declaration that is received then."""
    wallet_id = find_wallet(session, purchase.customer_id)
    credits = credits_by_bucket(session, wallet_id, purchase.id) if wallet_id else {}
    share = share_back(purchase.price_minor, purchase.credits, credits.get("free", 0))
    in_time = is_in_time(purchase.paid_at or at, at, _zone(session))
    return Outlook(share, in_time, is_owner and in_time and share.amount_minor > 0)


def find_own(session: AnySession, number: str, customer_id: int) -> Purchase | None:
    """The customer's paid purchase that is called so."""
    purchase_id = find_by_number(session, number)
    try:
        found = get_own(session, purchase_id or 0, customer_id)
    except PurchaseNotFound:
        return None
    return found if found.state == State.PAID else None


def find_withdrawal(session: AnySession, purchase_id: int) -> Withdrawal | None:
    of_it = select(Withdrawal).where(Withdrawal.purchase_id == purchase_id)
    return session.scalar(of_it.execution_options(populate_existing=True))


def list_queued(session: AnySession) -> Sequence[Withdrawal]:
    """Those that wait for a person, the oldest first."""
    queued = select(Withdrawal).where(Withdrawal.state == WithdrawalState.QUEUED)
    return session.scalars(queued.order_by(Withdrawal.id)).all()


def decide_withdrawal(
    session: AnySession, withdrawal_id: int, author: str, decision: Decision
) -> None:
    """What a person made of one that waits. Raises WithdrawalNotFound, WithdrawalDecided."""
    found = session.get(Withdrawal, withdrawal_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise WithdrawalNotFound
    if found.state != WithdrawalState.QUEUED:
        raise WithdrawalDecided
    _move(found, WithdrawalState(decision), read_clock(session), author)
    session.flush()


def _record(
    session: AnySession,
    purchase_id: int,
    words: Words,
    received_at: datetime,
    outlook: Outlook,
    *,
    is_owner: bool,
) -> Withdrawal | None:
    """None when there is one already."""
    row = {**words._asdict(), "received_at": received_at, "is_owner": is_owner}
    row |= {"purchase_id": purchase_id, "unspent": outlook.share.unspent}
    add = insert_for(session)(Withdrawal).values(row)
    new = add.on_conflict_do_nothing(index_elements=["purchase_id"]).returning(Withdrawal.id)
    id = session.scalar(new)
    return session.get_one(Withdrawal, id) if id is not None else None


def _move(withdrawal: Withdrawal, state: WithdrawalState, at: datetime, author: str) -> None:
    """Raises ValueError for what cannot become so: who calls it knows."""
    if state not in MOVES[WithdrawalState(withdrawal.state)]:
        raise ValueError(f"A withdrawal that is {withdrawal.state} never becomes {state}.")
    withdrawal.state, withdrawal.handled_at, withdrawal.handled_by = state, at, author


def _told(
    session: AnySession, purchase: Purchase, outlook: Outlook
) -> Mapping[str, str | int | bool]:
    """What the mail says of what follows."""
    zone = _zone(session)
    paid_at = purchase.paid_at
    return {
        **outlook.share._asdict(),
        "is_in_time": outlook.is_in_time,
        "last_day": last_day(paid_at, zone).isoformat() if paid_at else "",
        "zone": zone.key,
    }


def _author(purchase: Purchase) -> str:
    return f"customer:{purchase.customer_id}"


def _zone(session: AnySession) -> ZoneInfo:
    name = live.live_release(session).settings.time_zone
    return known_zone(name) or ZoneInfo("UTC")

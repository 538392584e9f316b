"""Withdrawing from the contract about a purchase: once, with an acknowledgement by mail. Money goes
back at once only for a buyer who is signed in; all else waits for a person."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.catalogue.storefront import live
from domain.customers.customers import get_customer
from domain.database import AnySession, insert_for, read_clock
from domain.ledger.book import lock_wallet
from domain.ledger.purchased import credits_by_bucket
from domain.ledger.wallets import find_wallet
from domain.purchases.errors import PurchaseNotFound
from domain.purchases.judging import Reason
from domain.purchases.mails import put_withdrawal
from domain.purchases.models import Purchase
from domain.purchases.queries import find_by_number, get_own
from domain.purchases.refund_errors import RefundRefused
from domain.purchases.refunding import ask_refund, forecast_refund
from domain.purchases.rows import lock_purchase
from domain.purchases.rules import Hold, State
from domain.purchases.tasks import open_task
from domain.purchases.withdrawal_decisions import change_state
from domain.purchases.withdrawal_models import Withdrawal
from domain.purchases.withdrawal_rules import Share, WithdrawalState, is_in_time, last_day
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


class Withdrawn(NamedTuple):
    """Whether it is new; and the refund that is to be sent, if money goes back at once."""

    is_new: bool
    refund_id: int | None = None


def withdraw(
    session: AnySession,
    purchase_id: int,
    words: Words,
    received_at: datetime,
    *,
    is_owner: bool = False,
    at_once: bool = False,
    mail_to: str | None,
) -> Withdrawn:
    """Nothing happens to a purchase that is not paid, or was withdrawn from. Money may go back
    `at_once`."""
    purchase = lock_purchase(session, purchase_id)
    if purchase.state != State.PAID:
        return Withdrawn(is_new=False)
    _lock_wallet_of(session, purchase)
    outlook = look_ahead(session, purchase, received_at)
    withdrawal = _record(session, purchase_id, words, received_at, outlook, is_owner=is_owner)
    if withdrawal is None:
        return Withdrawn(is_new=False)
    if at_once and outlook.is_automatic:
        withdrawal.refund_id = _refund(session, purchase, outlook.share.amount_minor)
    if withdrawal.refund_id is None:
        open_task(session, purchase, Reason(Hold.WITHDRAWAL))
    else:
        author = _author(purchase)
        change_state(withdrawal, WithdrawalState.REFUNDING, received_at, author)
    session.flush()
    if mail_to:
        put_withdrawal(session, purchase, withdrawal, mail_to, _told(session, purchase, outlook))
    return Withdrawn(is_new=True, refund_id=withdrawal.refund_id)


def withdraw_own(
    session: AnySession, purchase_id: int, customer_id: int, words: Words
) -> Withdrawn:
    """For its buyer, who is signed in: at once where that can be, and to the address that is known
    to be theirs. Raises PurchaseNotFound for another customer's."""
    get_own(session, purchase_id, customer_id)
    buyer = get_customer(session, customer_id)
    mail_to = buyer.email if buyer.may_get_mail else None
    now = read_clock(session)
    return withdraw(session, purchase_id, words, now, is_owner=True, at_once=True, mail_to=mail_to)


def look_ahead(session: AnySession, purchase: Purchase, at: datetime) -> Outlook:
    """For its buyer, of a paid purchase, and a declaration that is received then."""
    wallet_id = find_wallet(session, purchase.customer_id)
    there = credits_by_bucket(session, wallet_id, purchase.id) if wallet_id else {}
    unspent, kept = there.get("free", 0), there.get("spent", 0) + there.get("held", 0)
    amount = _most_back(session, purchase.id) if unspent else 0
    in_time = is_in_time(purchase.paid_at or at, at, zone_of(session))
    return Outlook(Share(unspent, kept, amount), in_time, in_time and amount > 0)


def find_own(session: AnySession, number: str, customer_id: int) -> Purchase | None:
    """The customer's paid purchase that is called so."""
    purchase_id = find_by_number(session, number)
    try:
        found = get_own(session, purchase_id or 0, customer_id)
    except PurchaseNotFound:
        return None
    return found if found.state == State.PAID else None


def zone_of(session: AnySession) -> ZoneInfo:
    """By whose calendar the days are counted: the platform's."""
    name = live.live_release(session).settings.time_zone
    return known_zone(name) or ZoneInfo("UTC")


def _lock_wallet_of(session: AnySession, purchase: Purchase) -> None:
    """Credits that are spent from now on wait: what goes back is what was looked at."""
    wallet_id = find_wallet(session, purchase.customer_id)
    if wallet_id is not None:
        lock_wallet(session, wallet_id)


def _most_back(session: AnySession, purchase_id: int) -> int:
    """The part of the price that the unspent credits cost, without parts of a coin; all of it when
    none was spent. Nothing where a person has to decide, as in a dispute."""
    try:
        return forecast_refund(session, purchase_id).most_minor
    except RefundRefused:
        return 0


def _refund(session: AnySession, purchase: Purchase, amount_minor: int) -> int | None:
    """The number of the refund; None where a person has to decide."""
    author = _author(purchase)
    try:
        forecast = forecast_refund(session, purchase.id, amount_minor)
        return ask_refund(session, purchase.id, forecast, author=author, reason="withdrawal")
    except RefundRefused:
        return None


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
    row = {**words._asdict(), **outlook.share._asdict(), "is_owner": is_owner}
    row |= {"purchase_id": purchase_id, "received_at": received_at}
    add = insert_for(session)(Withdrawal).values(row)
    new = add.on_conflict_do_nothing(index_elements=["purchase_id"]).returning(Withdrawal.id)
    id = session.scalar(new)
    return session.get_one(Withdrawal, id) if id is not None else None


def _told(
    session: AnySession, purchase: Purchase, outlook: Outlook
) -> Mapping[str, str | int | bool]:
    """What the mail says of what follows."""
    zone, paid_at = zone_of(session), purchase.paid_at
    return {
        **outlook.share._asdict(),
        "is_in_time": outlook.is_in_time,
        "last_day": last_day(paid_at, zone).isoformat() if paid_at else "",
        "zone": zone.key,
    }


def _author(purchase: Purchase) -> str:
    return f"customer:{purchase.customer_id}"

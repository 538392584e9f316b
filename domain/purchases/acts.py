"""What happens to a purchase until the provider has something to say; what comes of that is in
settling.py. All that is sent is committed before: the provider is asked between transactions.

Locks: that of those who begin a payment, then the purchase's row.
"""

import logging
from datetime import datetime

from sqlalchemy import and_, or_, select

from domain.database import AnySession, lock, read_clock
from domain.purchases.errors import OfferChanged, PurchaseNotFound
from domain.purchases.limits import UNUSUAL, is_unusual, refuse_flood, refuse_replacing
from domain.purchases.models import Checkout, Purchase, PurchaseStep
from domain.purchases.notices import note_for_admins
from domain.purchases.offering import OnSale, get_on_sale, refuse_while_paused
from domain.purchases.orders import (
    LINK,
    TAX,
    Attempt,
    Started,
    Wish,
    is_still_sold,
    new_checkout,
    new_purchase,
)
from domain.purchases.provider import Opened
from domain.purchases.rows import add_step, checkouts_of, lock_purchase, move, timed
from domain.purchases.rules import CAN_BE_PAID, CheckoutState, State, Step
from domain.purchases.schedule import FIRST, LEAST_LEFT, has_lapsed

# What besides the offer an open purchase and a wish must have in common.
SAME = ("consent", "provider", "mode")
PAYABLE_AGAIN = (State.OPEN, State.FAILED, State.EXPIRED)

log = logging.getLogger("scrip.purchases")


def start(session: AnySession, wish: Wish) -> Started:
    """A new purchase with its first checkout, or the one that this buyer has open for the same
    offer. Raises NotForSale, OfferChanged, SellingPaused, TooManyCheckouts."""
    now = lock_beginning(session)
    refuse_while_paused(session, needs_company=wish.attempt.needs_company)
    sale = get_on_sale(session, wish.package_id)
    if sale.offer != wish.seen:
        raise OfferChanged
    if there := _find_open(session, wish, sale, now):
        return _go_on(session, there, wish)
    refuse_flood(session, now, wish.customer_id, wish.attempt.network)
    purchase = new_purchase(wish, sale, now)
    session.add(purchase)
    session.flush()
    return _begin(session, purchase, wish.attempt, now)


def try_again(
    session: AnySession, purchase_id: int, customer_id: int, consent: str, attempt: Attempt
) -> Started | None:
    """Another checkout, or the one that can be paid: who wants another ends that at the provider
    first. None when it is paid or may be, and when a person has to look at it. `consent` is the
    version of the text that buyers agree to now. Raises PurchaseNotFound, and what `start`
    raises."""
    now = lock_beginning(session)
    purchase = lock_purchase(session, purchase_id)
    if purchase.customer_id != customer_id:
        raise PurchaseNotFound
    if purchase.state not in PAYABLE_AGAIN or purchase.hold:
        return None
    if there := _find_payable(session, purchase_id, now):
        return _started(there)
    refuse_while_paused(session, needs_company=attempt.needs_company)
    if not is_still_sold(purchase, get_on_sale(session, purchase.package_id), consent):
        raise OfferChanged
    refuse_flood(session, now, customer_id, attempt.network)
    if purchase.state != State.OPEN:
        move(purchase, State.OPEN)
    purchase.failure = None
    return _begin(session, purchase, attempt, now)


def refuse_another(session: AnySession, customer_id: int, attempt: Attempt) -> None:
    """Before the checkout that can be paid is ended for another one: so that a refusal leaves it.
    Raises SellingPaused, TooManyCheckouts."""
    refuse_while_paused(session, needs_company=attempt.needs_company)
    refuse_replacing(session, read_clock(session), customer_id, attempt.network)


def note_opened(session: AnySession, checkout_id: int, opened: Opened) -> str | None:
    """The provider has it. Where it can be paid; None when it has ended meanwhile."""
    purchase_id = session.scalar(select(Checkout.purchase_id).where(Checkout.id == checkout_id))
    if purchase_id is None:
        raise PurchaseNotFound
    purchase = lock_purchase(session, purchase_id)
    checkout = session.get_one(Checkout, checkout_id, populate_existing=True)
    if checkout.ref is None:
        is_new = checkout.state == CheckoutState.NEW
        if is_new:
            checkout.state = CheckoutState.OPEN
        checkout.ref, checkout.url = opened.ref, opened.url
        add_step(session, purchase, Step.SENT, checkout=checkout_id)
        _change(purchase, checkout.created_at + FIRST if is_new else read_clock(session))
        session.flush()
    return checkout.url if checkout.state == CheckoutState.OPEN else None


def note_returned(session: AnySession, purchase_id: int) -> None:
    """The buyer is back: once for each time that they were sent. The purchase is due."""
    purchase = lock_purchase(session, purchase_id)
    if awaits_return(session, purchase_id):
        add_step(session, purchase, Step.RETURNED)
        _change(purchase, read_clock(session))
        session.flush()


def awaits_return(session: AnySession, purchase_id: int) -> bool:
    """Whether the buyer was sent to the provider and has not been seen since."""
    ways = (Step.SENT, Step.RETURNED)
    last = session.scalar(
        select(PurchaseStep.kind)
        .where(PurchaseStep.purchase_id == purchase_id, PurchaseStep.kind.in_(ways))
        .order_by(PurchaseStep.id.desc())
        .limit(1)
    )
    return last == Step.SENT


def lock_beginning(session: AnySession) -> datetime:
    """One after the other: what is counted and looked for then is true for all. The time."""
    lock(session, "begin a payment")
    return read_clock(session)


def _find_open(session: AnySession, wish: Wish, sale: OnSale, now: datetime) -> Checkout | None:
    """A checkout that this buyer can pay for the same offer, with the same tax in it."""
    is_open = and_(Checkout.state == CheckoutState.OPEN, Checkout.expires_at > now)
    is_new = Checkout.state == CheckoutState.NEW
    return session.scalar(
        select(Checkout)
        .join(Purchase, Purchase.id == Checkout.purchase_id)
        .where(
            Purchase.customer_id == wish.customer_id,
            Purchase.package_id == wish.package_id,
            *(getattr(Purchase, name) == value for name, value in wish.seen._asdict().items()),
            *(getattr(Purchase, name) == getattr(wish, name) for name in SAME),
            *(getattr(Purchase, name) == getattr(sale.market, name) for name in TAX),
            Purchase.state == State.OPEN,
            Purchase.hold.is_(None),
            # The provider's page shows the email, which who pays for somebody else must not see.
            *(() if wish.attempt.email else (Checkout.email.is_(None),)),
            or_(is_open, and_(is_new, Checkout.expires_at >= now + LEAST_LEFT)),
        )
        .order_by(Checkout.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _find_payable(session: AnySession, purchase_id: int, now: datetime) -> Checkout | None:
    """The checkout that can be paid; one that is too late to be sent ends here."""
    for checkout in checkouts_of(session, purchase_id):
        if has_lapsed(timed(checkout), now):
            checkout.state = CheckoutState.EXPIRED
        if checkout.state in CAN_BE_PAID:
            return checkout
    return None


def _go_on(session: AnySession, checkout: Checkout, wish: Wish) -> Started:
    """With the company as it was typed last."""
    purchase = lock_purchase(session, checkout.purchase_id)
    company = (wish.buyer_company, wish.buyer_tax_number)
    if (purchase.buyer_company, purchase.buyer_tax_number) != company:
        purchase.buyer_company, purchase.buyer_tax_number = company
        purchase.version += 1
        session.flush()
    return _started(checkout)


def _begin(session: AnySession, purchase: Purchase, attempt: Attempt, now: datetime) -> Started:
    checkout = new_checkout(purchase.id, attempt, now)
    session.add(checkout)
    session.flush()
    link = {LINK: attempt.link} if attempt.link else {}
    add_step(session, purchase, Step.OPENED, checkout=checkout.id, **link)
    _change(purchase, now + FIRST)
    session.flush()
    if is_unusual(session, now):
        _alarm(session)
    return _started(checkout)


def _started(checkout: Checkout) -> Started:
    return Started(checkout.purchase_id, checkout.id, checkout.url or None)


def _change(purchase: Purchase, due_at: datetime) -> None:
    purchase.version += 1
    purchase.due_at, purchase.tries = due_at, 0


def _alarm(session: AnySession) -> None:
    """Somebody may be trying cards: one buyer and one network are held up, many are not."""
    log.warning("%s payments were begun within this hour", UNUSUAL)
    note_for_admins(session, "many_checkouts", count=UNUSUAL)

"""Purchases as tests make them: through the acts, each of them twice where that changes nothing."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.customers import add_by_hand
from domain.database import write, writing
from domain.ledger.queries import balance
from domain.ledger.wallets import find_wallet
from domain.notices.models import Notice
from domain.outbox.models import OutboxMessage
from domain.purchases import acts
from domain.purchases.models import Checkout, Purchase, Receipt
from domain.purchases.offering import Offer
from domain.purchases.orders import Attempt, Started, Wish
from domain.purchases.provider import (
    Card,
    Dispute,
    DisputeStatus,
    Opened,
    PaymentStatus,
    Refund,
    RefundStatus,
    Snapshot,
)
from domain.purchases.queries import list_steps
from domain.purchases.settling import Fetched, Seen, settle
from tests.clock import NOON
from tests.page_helpers import add, apply_all
from tests.wallets import TestWallet

NUMBERS = count(1)
OFFER = Offer(1999, "USD", 100)
ADDRESS = "https://shop.example/checkout/purchases/{}"
VISA = Card("visa", "4242", "TR")
ATTEMPT = Attempt("tr", "ayse@posta.example", "203.0.113.7", ADDRESS.format, ADDRESS.format)


def package_on_sale(session: Session, **changes: object) -> int:
    """Number of a new package, live: 100 credits for $19.99 unless said otherwise."""
    [package_id] = add(session, f"Package {next(NUMBERS)}", **changes)
    apply_all(session)
    return package_id


def new_buyer(session: Session) -> int:
    email = f"buyer{next(NUMBERS)}@posta.example"
    with writing(session):
        return add_by_hand(session, email=email, name="Ayşe", language="tr")


def wish_for(customer_id: int, package_id: int, **changes: Any) -> Wish:  # noqa: ANN401
    wish = Wish(customer_id, package_id, OFFER, "2026-11", "test", "simulator", ATTEMPT)
    return replace(wish, **changes)


def begin(session: Session, wish: Wish) -> Started:
    """A checkout that the provider was not asked for yet. Asked for twice, it is the same."""
    first = write(session, partial(acts.start, wish=wish))
    assert write(session, partial(acts.start, wish=wish)) == first
    return first


def new_checkout(session: Session, **changes: Any) -> Started:  # noqa: ANN401
    """The same of a new buyer, for a new package."""
    wish = wish_for(new_buyer(session), package_on_sale(session))
    return begin(session, replace(wish, **changes))


def open_checkout(session: Session, **changes: Any) -> Started:  # noqa: ANN401
    """A checkout that the provider has; nothing was paid yet."""
    return sent(session, new_checkout(session, **changes))


def sent(session: Session, started: Started) -> Started:
    """The provider has it, and says so twice."""
    opened = opened_as(started.checkout_id)
    note = partial(acts.note_opened, checkout_id=started.checkout_id, opened=opened)
    assert write(session, note) == write(session, note) == opened.url
    return started._replace(url=opened.url)


def opened_as(checkout_id: int) -> Opened:
    ref = f"cs_{checkout_id}"
    return Opened(ref, f"https://pay.example/{ref}", datetime(2027, 3, 1, 13, tzinfo=UTC))


def try_again(
    session: Session, started: Started, customer_id: int, consent: str = "2026-11"
) -> Started | None:
    """Twice, which is the same."""
    again = partial(
        acts.try_again,
        purchase_id=started.purchase_id,
        customer_id=customer_id,
        consent=consent,
        attempt=ATTEMPT,
    )
    first = write(session, again)
    assert write(session, again) == first
    return first


def purchase_of(session: Session, purchase_id: int) -> Purchase:
    session.rollback()
    return session.get_one(Purchase, purchase_id, populate_existing=True)


def checkouts(session: Session, purchase_id: int) -> list[Checkout]:
    session.rollback()
    of_it = select(Checkout).where(Checkout.purchase_id == purchase_id)
    return list(session.scalars(of_it.order_by(Checkout.id)))


def set_state(session: Session, started: Started, of_checkout: str, of_purchase: str) -> None:
    """Behind the back of the acts."""
    with writing(session):
        session.get_one(Checkout, newest(session, started)).state = of_checkout
        session.get_one(Purchase, started.purchase_id).state = of_purchase


def newest(session: Session, started: Started) -> int:
    of_it = select(Checkout.id).where(Checkout.purchase_id == started.purchase_id)
    return session.scalars(of_it.order_by(Checkout.id.desc())).first() or 0


def snapshot(
    session: Session,
    started: Started,
    status: PaymentStatus = "paid",
    **more: Any,  # noqa: ANN401
) -> Snapshot:
    """What the provider says of this checkout: paid as asked for, unless said otherwise."""
    bought = purchase_of(session, started.purchase_id)
    is_paid = status == "paid"
    seen = Snapshot(
        f"cs_{started.checkout_id}",
        status,
        bought.price_minor,
        bought.currency,
        bought.key,
        is_live=False,
        payment_ref=f"pi_{started.checkout_id}" if is_paid else None,
        card=VISA if is_paid else None,
        paid_at=NOON if is_paid else None,
    )
    return replace(seen, **more)


def refund(
    status: RefundStatus = "succeeded", amount_minor: int = 1999, ref: str = "re_1"
) -> Refund:
    return Refund(ref, amount_minor, "USD", status)


def dispute(status: DisputeStatus = "open", amount_minor: int = 1999, ref: str = "dp_1") -> Dispute:
    return Dispute(ref, amount_minor, "USD", status, "fraudulent", None)


def settled(session: Session, *seen: Snapshot | None, purchase_id: int = 1) -> Purchase:
    """The purchase once all of this is settled. Settled twice, it is the same."""
    fetched = {int(one.ref.removeprefix("cs_")): one for one in seen if one}
    settle_now(session, purchase_id, fetched)
    first = told(session, purchase_id)
    settle_now(session, purchase_id, fetched)
    assert told(session, purchase_id) == first
    return purchase_of(session, purchase_id)


def settle_now(session: Session, purchase_id: int, fetched: Fetched) -> None:
    as_seen = Seen(purchase_id, purchase_of(session, purchase_id).version)
    write(session, partial(settle, seen=as_seen, fetched=fetched))


def told(session: Session, purchase_id: int) -> list[object]:
    """All that was done for the purchase and said of it."""
    session.rollback()
    bought = session.get_one(Purchase, purchase_id)
    return [
        *(bought.state, bought.hold, bought.failure, free(session, bought.customer_id)),
        *steps(session, purchase_id),
        *session.scalars(select(OutboxMessage.key).order_by(OutboxMessage.id)),
        *session.scalars(select(Notice.kind).order_by(Notice.id)),
        *session.scalars(select(Receipt.number).order_by(Receipt.purchase_id)),
    ]


def steps(session: Session, purchase_id: int) -> list[str]:
    return [step.kind for step in list_steps(session, purchase_id)]


def free(session: Session, customer_id: int) -> int:
    """How many credits the buyer has."""
    session.rollback()
    wallet_id = find_wallet(session, customer_id)
    return balance(session, wallet_id).free if wallet_id else 0


def wallet_of(session: Session, purchase_id: int = 1) -> TestWallet:
    """The buyer's, to spend from."""
    wallet_id = find_wallet(session, purchase_of(session, purchase_id).customer_id)
    assert wallet_id
    return TestWallet(session, wallet_id, NUMBERS)


def balances(session: Session, purchase_id: int = 1) -> tuple[int, int, int]:
    """Free, frozen and owed."""
    now = balance(session, wallet_of(session, purchase_id).id)
    return now.free, now.frozen, now.owed


def paid_purchase(session: Session, **changes: Any) -> Started:  # noqa: ANN401
    """Its credits are given."""
    started = open_checkout(session, **changes)
    settled(session, snapshot(session, started), purchase_id=started.purchase_id)
    return started

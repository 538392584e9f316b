"""The purchases of the sample's customers, to try Scrip with: what they bought, and some that came
to nothing."""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from domain.catalogue.markets.rules import Tax
from domain.catalogue.storefront import live
from domain.customers.customers import get_customer
from domain.customers.models import Customer, CustomerContact
from domain.customers.sample_story import purchase_number
from domain.database import AnySession, read_clock
from domain.ledger.models import entry, lot, wallet
from domain.ledger.rules import Mode
from domain.purchases.models import Purchase, PurchaseStep
from domain.purchases.money_back_models import PaymentDispute, PaymentRefund
from domain.purchases.receipts import issue
from domain.purchases.rules import KEY_HEX, Failure, Hold, State, Step

# In place of the provider and of the text that they agreed to: no provider is asked about these.
SAMPLE = "sample"
COPIED = ("name", "credits", "price_minor", "currency", "country")
NO_TAX = {"tax": Tax.NOTHING.value, "tax_basis_points": 0, "tax_minor": 0}
# When what happened, in seconds after the payment.
BEFORE = 95
PAID_STEPS = (
    *((Step.OPENED, -95), (Step.SENT, -93), (Step.RETURNED, -2), (Step.PAID, -1)),
    (Step.CREDITED, 0),
)
CARDS = (("visa", "4242"), ("mastercard", "4444"), ("visa", "1881"))
HOMES = {"TRY": "TR", "EUR": "DE", "GBP": "GB", "USD": "US", "JPY": "JP"}
# Whose card is from elsewhere.
ABROAD = {"daniel@reyesdesign.example": "MX", "k.oberhauser@posteo.example": "AT"}
DISPUTED = purchase_number(12.3)  # Daniel's


class Unpaid(NamedTuple):
    """What came to nothing, or waits for the bank."""

    email: str
    ago: float
    credits: int
    currency: str
    state: State
    failure: Failure | None = None


UNPAID = (
    Unpaid("sophie@atelier-lefebvre.example", 63.0, 300, "EUR", State.EXPIRED, Failure.NO_FUNDS),
    Unpaid("mehmetali.k@posta.example", 13.9, 100, "TRY", State.EXPIRED, Failure.NO_FUNDS),
    Unpaid("mehmetali.k@posta.example", 6.2, 250, "TRY", State.EXPIRED),
    Unpaid("j.whitfield@mail.example", 2.6, 100, "USD", State.FAILED, Failure.BANK_FAILED),
    Unpaid("elif.sahin@posta.example", 1.7, 100, "TRY", State.EXPIRED, Failure.DECLINED),
    Unpaid("misaki.sato@mail.example", 0.1, 100, "JPY", State.PROCESSING),
)


class Bought(NamedTuple):
    """A lot that was bought; with how many of its credits are gone, and how many of these are
    owed."""

    customer_id: int
    purchase_id: int
    credits: int
    currency: str
    at: datetime
    gone: int
    owed: int


BOUGHT = (
    select(
        *(wallet.c.customer_id, lot.c.purchase_id, lot.c.granted, lot.c.currency, entry.c.at),
        *(lot.c.revoked + lot.c.owed, lot.c.owed),
    )
    .join(wallet, wallet.c.id == lot.c.wallet_id)
    .join(entry, (entry.c.wallet_id == lot.c.wallet_id) & (entry.c.seq == lot.c.seq))
    .where(lot.c.kind == "bought", lot.c.parent.is_(None))
    .order_by(lot.c.purchase_id)
)


def load(session: AnySession, *, mode: Mode) -> None:
    """Of the sample's customers and packages, which are there already."""
    sample = Sample(session, mode)
    for row in session.execute(BOUGHT).all():
        sample.add_bought(Bought(*row))
    for unpaid in UNPAID:
        sample.add_unpaid(unpaid)
    _number_on(session)


class Sample:
    """Makes the rows."""

    def __init__(self, session: AnySession, mode: Mode) -> None:
        self._session, self._mode, self._now = session, mode, read_clock(session)
        live_now = live.live_release(session)
        self._packages = {
            (card.values.currency, card.values.credits): card
            for country in HOMES.values()
            for card in live.list_cards(session, live_now, country)
        }
        self._release, self._settings = live_now.number, live_now.settings
        columns = (Customer.id, CustomerContact.email, Customer.language)
        rows = session.execute(select(*columns).join(CustomerContact)).all()
        self._languages = {id: language for id, _email, language in rows}
        self._emails = {id: email for id, email, _language in rows}
        self._ids = {email: id for id, email, _language in rows}

    def add_bought(self, it: Bought) -> None:
        brand, last4 = CARDS[it.purchase_id % len(CARDS)]
        email = self._emails[it.customer_id]
        is_disputed = it.purchase_id == DISPUTED
        purchase = self._add(
            *(it.purchase_id, it.customer_id, it.credits, it.currency, it.at),
            state=State.PAID,
            paid_at=it.at,
            card_brand=brand,
            card_last4=last4,
            card_country=ABROAD.get(email, HOMES[it.currency]),
            card_was_confirmed=brand == "mastercard",
            hold=Hold.DISPUTED if is_disputed else None,
        )
        issue(
            self._session,
            purchase,
            get_customer(self._session, it.customer_id),
            self._settings,
            it.at,
        )
        for kind, seconds in PAID_STEPS:
            self._add_step(purchase, kind, it.at + timedelta(seconds=seconds))
        if it.gone == it.credits:
            self._add_refund(purchase)
        elif it.owed:
            self._add_dispute(purchase, purchase.price_minor * it.gone // it.credits, "lost")
        if is_disputed:
            self._add_dispute(purchase, purchase.price_minor, "open")

    def add_unpaid(self, it: Unpaid) -> None:
        at = self._now - timedelta(days=it.ago)
        customer_id = self._ids[it.email]
        frozen = (purchase_number(it.ago), customer_id, it.credits, it.currency, at)
        purchase = self._add(*frozen, state=it.state, failure=it.failure)
        for kind in (Step.OPENED, Step.SENT):
            self._add_step(purchase, kind, at)
        if it.state is State.EXPIRED and it.failure:
            self._add_step(purchase, Step.DECLINED, at + timedelta(seconds=70))
        last = {State.EXPIRED: (Step.EXPIRED, 60), State.FAILED: (Step.FAILED, 1500)}
        kind, minutes = last.get(it.state, (Step.PROCESSING, 2))
        self._add_step(purchase, kind, at + timedelta(minutes=minutes))

    def _add(
        self, id: int, customer_id: int, credits: int, currency: str, at: datetime, **state: object
    ) -> Purchase:
        package = self._packages[currency, credits]
        values = package.values
        purchase = Purchase(
            id=id,
            key=secrets.token_hex(KEY_HEX // 2),
            customer_id=customer_id,
            package_id=package.package_id,
            released_id=package.released_id,
            release_number=self._release,
            **{name: getattr(values, name) for name in COPIED},
            language=self._languages[customer_id],
            **NO_TAX,
            mode=self._mode,
            consent=SAMPLE,
            provider=SAMPLE,
            created_at=at - timedelta(seconds=BEFORE),
            synced_at=at,
            **state,
        )
        self._session.add(purchase)
        self._session.flush()
        return purchase

    def _add_step(self, purchase: Purchase, kind: Step, at: datetime) -> None:
        step = PurchaseStep(purchase_id=purchase.id, kind=kind, data={}, at=at)
        self._session.add(step)
        self._session.flush()

    def _add_refund(self, purchase: Purchase) -> None:
        self._session.add(
            PaymentRefund(
                purchase_id=purchase.id,
                ref=f"sample-refund-{purchase.id}",
                amount_minor=purchase.price_minor,
                currency=purchase.currency,
                status="succeeded",
            )
        )

    def _add_dispute(self, purchase: Purchase, amount_minor: int, status: str) -> None:
        self._session.add(
            PaymentDispute(
                purchase_id=purchase.id,
                ref=f"sample-dispute-{purchase.id}",
                amount_minor=amount_minor,
                currency=purchase.currency,
                status=status,
                answer_by=self._now + timedelta(days=10) if status == "open" else None,
            )
        )


def _number_on(session: AnySession) -> None:
    """The next purchase has the next number: PostgreSQL does not see those that were given here."""
    if session.connection().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence("purchase", "id")
        highest = select(func.max(Purchase.id)).scalar_subquery()
        session.execute(select(func.setval(sequence, highest)))

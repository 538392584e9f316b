"""Which purchases a list shows: as conditions for the database."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, union

from domain.customers.models import CustomerWord
from domain.customers.rules import MOST_WORDS, WORD_CHARACTERS, split_words
from domain.database import AnySession
from domain.purchases.models import Purchase, Receipt
from domain.purchases.money_back_models import PaymentDispute, PaymentRefund
from domain.purchases.names import read_purchase, read_receipt
from domain.purchases.rules import State
from domain.purchases.shown import DISPUTES_THAT_COUNT, REFUNDS_THAT_COUNT, Shown

# Comes after all others: words with a prefix lie between it and the prefix with this.
LAST_CHARACTER = "\U0010ffff"

IS_HELD, IS_DECLINED = Purchase.hold.is_not(None), Purchase.failure.is_not(None)
# By rows of their own, which few purchases have.
DISPUTED = select(PaymentDispute.purchase_id).where(PaymentDispute.status.in_(DISPUTES_THAT_COUNT))
REFUNDED = select(PaymentRefund.purchase_id).where(PaymentRefund.status.in_(REFUNDS_THAT_COUNT))


class Selection(NamedTuple):
    """Which purchases are wanted: for each word of `search` they have this number, or a receipt or
    a customer with it. From `since` on and before `until`."""

    search: str = ""
    show: Shown | None = None
    since: datetime | None = None
    until: datetime | None = None
    country: str = ""
    package_id: int = 0
    customer_id: int = 0

    @property
    def is_narrow(self) -> bool:
        return any(self)


ALL = Selection()


def narrow(session: AnySession, selection: Selection) -> list[ColumnElement[bool]]:
    """The conditions but for the state."""
    equal = {
        Purchase.country: selection.country,
        Purchase.package_id: selection.package_id,
        Purchase.customer_id: selection.customer_id,
    }
    words = dict.fromkeys(split_words(selection.search))  # each is looked for once
    return [
        *(_found_by(word) for word in [*words][:MOST_WORDS]),
        *(column == value for column, value in equal.items() if value),
        *_within(session, selection),
    ]


def shows(shown: Shown) -> ColumnElement[bool]:
    """What `shown_state` calls so; of those that are held all, as each waits for a person."""
    match shown:
        case Shown.DISPUTED:
            return Purchase.id.in_(DISPUTED)
        case Shown.REFUNDED:
            return and_(Purchase.id.in_(REFUNDED), Purchase.id.not_in(DISPUTED))
        case Shown.HELD:
            return IS_HELD
        case _:
            all_came_to_nothing = (Purchase.id.not_in(DISPUTED), Purchase.id.not_in(REFUNDED))
            return and_(_is_of_payment(shown), ~IS_HELD, *all_came_to_nothing)


def _is_of_payment(shown: Shown) -> ColumnElement[bool]:
    match shown:
        case Shown.PAID:
            return Purchase.state == State.PAID
        case Shown.CONFIRMING:
            return Purchase.state == State.PROCESSING
        case Shown.DECLINED:
            unpaid = Purchase.state.in_((State.FAILED, State.OPEN, State.EXPIRED))
            return and_(unpaid, or_(Purchase.state == State.FAILED, IS_DECLINED))
        case Shown.EXPIRED:
            return and_(Purchase.state == State.EXPIRED, ~IS_DECLINED)
        case _:
            return and_(Purchase.state == State.OPEN, ~IS_DECLINED)


def _found_by(word: str) -> ColumnElement[bool]:
    """Those with this number, this receipt, or a customer with a word that begins so."""
    of_customers = Purchase.customer_id.in_(_customers(word))
    found: list[Select[tuple[int]]] = []
    if (number := read_purchase(word)) is not None:
        found.append(select(Purchase.id).where(Purchase.id == number))
    if (receipt := read_receipt(word)) is not None:
        in_series = Receipt.series.in_(receipt.series)
        has_it = (in_series, Receipt.year == receipt.year, Receipt.number == receipt.number)
        found.append(select(Receipt.purchase_id).where(*has_it))
    if not found:  # without the numbers of all their purchases, which may be many
        return of_customers
    return Purchase.id.in_(union(*found, select(Purchase.id).where(of_customers)))


def _customers(word: str) -> Select[tuple[int]]:
    prefix = word[:WORD_CHARACTERS]
    begins_so = CustomerWord.word.between(prefix, prefix + LAST_CHARACTER)
    return select(CustomerWord.customer_id).where(begins_so)


def _within(session: AnySession, selection: Selection) -> Iterator[ColumnElement[bool]]:
    """By number, as every index has it at its end: purchases are numbered as time goes."""
    if selection.since:
        first = first_from(session, selection.since)
        yield Purchase.id >= first if first else false()
    if selection.until and (next_one := first_from(session, selection.until)):
        yield Purchase.id < next_one


def first_from(session: AnySession, moment: datetime) -> int | None:
    later = select(Purchase.id).where(Purchase.created_at >= moment)
    return session.scalar(later.order_by(Purchase.created_at, Purchase.id).limit(1))

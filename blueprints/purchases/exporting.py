"""The list of purchases as a file."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from flask import Response, request

from blueprints.csv_files import Cell, csv_answer
from blueprints.period import read_period
from blueprints.purchases import bp
from blueprints.purchases.listing import read_selection
from blueprints.recording import record_export
from domain import money
from domain.purchases.filters import Selection
from domain.purchases.listing import Listed, iterate_purchases
from domain.purchases.names import name_purchase
from domain.purchases.shown import REFUNDS_THAT_COUNT
from extensions import db

# For programs too, so in no reader's language.
HEADINGS = (
    *("number", "time", "state", "hold", "failure", "paid_at", "receipt", "mode"),
    *("customer", "customer_name", "customer_email", "package", "package_name", "release"),
    *("credits", "amount", "tax", "refunded", "currency", "market", "card_country"),
)


@bp.get("/purchases.csv")
def export() -> Response:
    """All that the filter and the search select, not one page of it."""
    selection = read_selection(request.args, read_period(request.args))
    record_export("purchases_exported")
    return csv_answer(f"purchases-{datetime.now(UTC):%Y-%m-%d}.csv", _rows(selection))


def _rows(selection: Selection) -> Iterator[Sequence[Cell]]:
    yield HEADINGS
    for purchase in iterate_purchases(db.session, selection):
        yield _row(purchase)


def _row(it: Listed) -> Sequence[Cell]:
    amounts = (it.price_minor, it.tax_minor, _refunded(it))
    return (
        *(name_purchase(it.id), it.created_at, it.shown, it.hold, it.failure, it.paid_at),
        *(it.receipt, it.mode, it.customer_id, it.customer_name, it.customer_email),
        *(it.package_id, it.name, it.release_number, it.credits),
        *(money.plain(amount, it.currency) for amount in amounts),
        *(it.currency, it.country, it.card_country),
    )


def _refunded(it: Listed) -> int:
    return sum(one.amount_minor for one in it.refunds if one.status in REFUNDS_THAT_COUNT)

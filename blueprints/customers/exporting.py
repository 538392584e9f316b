"""The list of customers as a file."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from flask import Response, request

from blueprints.csv_files import Cell, csv_answer
from blueprints.customers import bp
from blueprints.customers.listing import read_selection
from blueprints.recording import record_export
from domain.customers.listing import Listed, Selection, iterate_customers
from extensions import db

# For programs too, so in no reader's language.
HEADINGS = (
    *("number", "name", "email", "country", "language", "tags", "joined", "last_sign_in"),
    *("free", "held", "owed", "gift_next_to_end", "gift_ends_at"),
)


@bp.get("/customers.csv")
def export() -> Response:
    """All that the filter and the search select, not one page of it."""
    selection = read_selection(request.args)
    record_export("customers_exported")
    return csv_answer(f"customers-{datetime.now(UTC):%Y-%m-%d}.csv", _rows(selection))


def _rows(selection: Selection) -> Iterator[Sequence[Cell]]:
    yield HEADINGS
    for customer in iterate_customers(db.session, selection):
        yield _row(customer)


def _row(customer: Listed) -> Sequence[Cell]:
    ending = customer.ending
    return (
        *(customer.id, customer.name, customer.email, customer.country, customer.language),
        *(", ".join(customer.tags), customer.created_at, customer.last_sign_in_at),
        *(customer.free, customer.held, customer.owed),
        *((ending.credits, ending.at) if ending else (None, None)),
    )

"""A customer's page: what they hold, the statement, and what is known of them."""

from flask import Response, abort, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, lazy_pgettext

from blueprints.csv_files import csv_answer
from blueprints.customers import bp
from blueprints.customers.figures import (
    describe_last_day,
    describe_lot,
    ends_soon,
    list_figures,
)
from blueprints.forms import Form
from blueprints.i18n import translated
from blueprints.recording import record_export
from blueprints.statement_lines import (
    group_choices,
    read_asked,
    read_statement,
    statement_rows,
)
from blueprints.zones import today
from domain.catalogue.pending.pending import pending_changes
from domain.customers import sessions
from domain.customers.customers import Person, get_customer
from domain.customers.errors import CustomerNotFound
from domain.customers.holdings import read_holdings
from domain.customers.listing import list_tags
from domain.customers.notes import find_reasons, list_notes
from domain.customers.tags import tags_of
from domain.database import MOST_ID
from domain.ledger.wallets import find_wallet
from domain.numbers import whole_number
from domain.platforms.platforms import name_of
from domain.purchases.own_purchases import bought_by_entries, count_own, list_own, sum_paid
from domain.purchases.payment_links import LinkState, list_links
from extensions import db

# Of those that there are.
LOTS = 12
PURCHASES = 5
# Where a new payment link waits for the page that shows it, once.
NEW_LINK = "new_payment_link"
LINK_STATES = {
    LinkState.OPEN: lazy_pgettext("link", "Open"),
    LinkState.UNDER_WAY: lazy_gettext("Confirming"),
    LinkState.PAID: lazy_gettext("Paid"),
    LinkState.REVOKED: lazy_gettext("Revoked"),
    LinkState.EXPIRED: lazy_gettext("Expired"),
}


@bp.get("/<id:customer_id>")
def customer(customer_id: int) -> Response:
    return show(find_person(customer_id))


@bp.get("/<id:customer_id>/statement.csv")
def statement_csv(customer_id: int) -> ResponseReturnValue:
    person, asked = find_person(customer_id), read_asked()
    if asked.problem:
        abort(400, asked.problem)
    record_export("statement_exported", "customer", person.id)
    wallet_id = find_wallet(db.session, person.id)
    rows = statement_rows(person.id, wallet_id, asked, is_for_customer=False)
    return csv_answer(f"customer-{person.id}-statement.csv", rows)


def find_person(customer_id: int) -> Person:
    try:
        return get_customer(db.session, customer_id)
    except CustomerNotFound as error:
        abort(404, translated(error))


def take_new_link(person: Person) -> str:
    """The address of the payment link that was just made; "" when none was."""
    waiting = session.get(NEW_LINK)
    if not waiting or waiting[0] != person.id:
        return ""
    del session[NEW_LINK]
    return address_of(waiting[1], person)


def address_of(token: str, person: Person) -> str:
    """In the customer's language."""
    return url_for("checkout.pay_by_link", token=token, lang=person.language, _external=True)


def show(
    person: Person, status: int = 200, *, note: Form | None = None, tag: Form | None = None
) -> Response:
    """With a note or a tag that could not be taken, as it was typed."""
    holdings, asked = read_holdings(db.session, person.id), read_asked()
    lots = holdings.lots[: None if request.args.get("lots") == "all" else LOTS]
    seqs = [lot.seq for lot in lots]
    notes_before = whole_number(request.args.get("notes_before", ""), MOST_ID)
    page = render_template(
        "customers/customer.html",
        customer=person,
        platform=name_of(db.session, person.platform_id) if person.platform_id else "",
        holdings=holdings,
        figures=list(list_figures(holdings, sum_paid(db.session, person.id))),
        purchases=list_own(db.session, person.id).purchases[:PURCHASES],
        purchase_count=count_own(db.session, person.id),
        shown_lots=lots,
        bought=bought_by_entries(db.session, person.id, seqs),
        reasons=find_reasons(db.session, person.id, seqs),
        statement=read_statement(person.id, holdings.wallet_id, asked, is_for_customer=False),
        kinds=group_choices(),
        today=today(),
        notes=list_notes(db.session, person.id, before=notes_before),
        links=list_links(db.session, person.id),
        link_states=LINK_STATES,
        new_link=take_new_link(person),
        sessions=sessions.list_sessions(db.session, person.id),
        tags=tags_of(db.session, person.id),
        known_tags=list_tags(db.session),
        note_form=note,
        tag_form=tag,
        describe_lot=describe_lot,
        describe_last_day=describe_last_day,
        ends_soon=ends_soon,
        pending=pending_changes(db.session),
    )
    return make_response(page, status)

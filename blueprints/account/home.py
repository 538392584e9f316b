"""The customer's own page: what they hold, what ends when, and what happened."""

from flask import Response, make_response, render_template

from blueprints.account import bp
from blueprints.account.balance import Card, Ending, card_of, ending_of
from blueprints.customer_sign_in import this_customer
from blueprints.statement_lines import group_choices, read_asked, read_statement
from blueprints.zones import today
from domain.customers import sessions
from domain.customers.customers import Person, get_customer
from domain.ledger import queries
from domain.ledger.wallets import find_wallet
from domain.platforms.platforms import came_from
from extensions import db


@bp.get("/account")
def home() -> Response:
    me = get_customer(db.session, this_customer().customer_id)
    wallet_id = find_wallet(db.session, me.id)
    card, ending = read_balance(me, wallet_id)
    asked = read_asked()
    page = render_template(
        "account/home.html",
        me=me,
        came_from=came_from(db.session, me.platform_id),
        card=card,
        ending=ending,
        statement=read_statement(me.id, wallet_id, asked, is_for_customer=True),
        kinds=group_choices(),
        today=today(),
        devices=len(sessions.list_sessions(db.session, me.id)),
    )
    return make_response(page, 422 if asked.problem else 200)


def read_balance(me: Person, wallet_id: int | None) -> tuple[Card, Ending | None]:
    """Who never had credits has no wallet."""
    if wallet_id is None:
        return Card(), None
    balance = queries.balance(db.session, wallet_id)
    lots = queries.paying_lots(db.session, wallet_id)
    is_reminded = me.reminders and me.may_get_mail
    return (
        card_of(balance, lots, queries.open_holds(db.session, wallet_id)),
        ending_of(lots, balance.at, is_reminded=is_reminded),
    )

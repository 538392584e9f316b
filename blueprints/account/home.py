"""The customer's own page: what they hold, what ends when, and what happened."""

from flask import Response, make_response, render_template

from blueprints.account import bp
from blueprints.account.balance import card_of, ending_of
from blueprints.customer_sign_in import this_customer
from blueprints.statement_lines import group_choices, read_asked, read_statement
from blueprints.zones import today
from domain.customers import sessions
from domain.customers.customers import get_customer
from domain.customers.holdings import read_holdings
from domain.platforms.platforms import came_from
from domain.purchases.own_purchases import count_own
from extensions import db


@bp.get("/account")
def home() -> Response:
    me = get_customer(db.session, this_customer().customer_id)
    holdings, asked = read_holdings(db.session, me.id), read_asked()
    page = render_template(
        "account/home.html",
        me=me,
        came_from=came_from(db.session, me.platform_id),
        card=card_of(holdings),
        ending=ending_of(holdings, is_reminded=me.reminders and me.may_get_mail),
        statement=read_statement(me.id, holdings.wallet_id, asked, is_for_customer=True),
        kinds=group_choices(),
        today=today(),
        purchases=count_own(db.session, me.id),
        devices=len(sessions.list_sessions(db.session, me.id)),
    )
    return make_response(page, 422 if asked.problem else 200)

"""The customer's purchases."""

from flask import render_template, request

from blueprints.account import bp
from blueprints.account.purchase_words import describe_state
from blueprints.customer_sign_in import this_customer
from domain.database import MOST_ID
from domain.numbers import whole_number
from domain.purchases.own_purchases import list_own
from extensions import db


@bp.get("/account/purchases")
def purchases() -> str:
    below = whole_number(request.args.get("below", ""), MOST_ID)
    page = list_own(db.session, this_customer().customer_id, below)
    return render_template(
        "account/purchases.html", page=page, below=below, describe_state=describe_state
    )

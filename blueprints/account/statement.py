"""The customer's statement as a file."""

from flask import Response, abort

from blueprints.account import bp
from blueprints.csv_files import csv_answer
from blueprints.customer_sign_in import this_customer
from blueprints.statement_lines import read_asked, statement_rows
from domain.ledger.wallets import find_wallet
from extensions import db


@bp.get("/account/statement.csv")
def statement_csv() -> Response:
    """All lines that the page shows in parts, with its filters."""
    me, asked = this_customer(), read_asked()
    if asked.problem:
        abort(400, asked.problem)
    wallet_id = find_wallet(db.session, me.customer_id)
    rows = statement_rows(me.customer_id, wallet_id, asked, is_for_customer=True)
    return csv_answer("statement.csv", rows)

"""The receipt of a purchase, for its buyer."""

from flask import Response, abort, render_template

from blueprints.account import bp
from blueprints.customer_sign_in import this_customer
from blueprints.i18n import translated
from blueprints.receipt_pages import Paper, get_paper
from blueprints.receipt_pdf import pdf_answer
from domain.purchases.errors import PurchaseNotFound
from domain.purchases.queries import get_own
from extensions import db


@bp.get("/account/purchases/<id:purchase_id>/receipt")
def receipt(purchase_id: int) -> str:
    return render_template("account/receipt.html", receipt=get_own_paper(purchase_id))


@bp.get("/account/purchases/<id:purchase_id>/receipt.pdf")
def receipt_pdf(purchase_id: int) -> Response:
    return pdf_answer(get_own_paper(purchase_id))


def get_own_paper(purchase_id: int) -> Paper:
    """Another customer's is not there, as one that never was."""
    try:
        get_own(db.session, purchase_id, this_customer().customer_id)
    except PurchaseNotFound as error:
        abort(404, translated(error))
    return get_paper(purchase_id)

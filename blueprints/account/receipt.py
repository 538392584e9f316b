"""The receipt of a purchase, for its buyer."""

from flask import abort, render_template

from blueprints.account import bp
from blueprints.customer_sign_in import this_customer
from blueprints.i18n import translated
from blueprints.receipt_pages import get_paper
from domain.purchases.errors import PurchaseNotFound
from domain.purchases.queries import get_own
from extensions import db


@bp.get("/account/purchases/<id:purchase_id>/receipt")
def receipt(purchase_id: int) -> str:
    """Another customer's is not there, as one that never was."""
    try:
        get_own(db.session, purchase_id, this_customer().customer_id)
    except PurchaseNotFound as error:
        abort(404, translated(error))
    return render_template("account/receipt.html", receipt=get_paper(purchase_id))

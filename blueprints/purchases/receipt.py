"""The receipt of a purchase, for admins: the paper that its buyer has."""

from flask import Response, render_template

from blueprints.purchases import bp
from blueprints.purchases.page import find_purchase
from blueprints.receipt_pages import get_paper
from blueprints.receipt_pdf import pdf_answer
from domain.catalogue.pending.pending import pending_changes
from domain.purchases.names import name_purchase
from extensions import db


@bp.get("/<id:purchase_id>/receipt")
def receipt(purchase_id: int) -> str:
    purchase = find_purchase(purchase_id)
    return render_template(
        "purchases/receipt.html",
        receipt=get_paper(purchase.id),
        purchase=purchase,
        name=name_purchase(purchase.id),
        pending=pending_changes(db.session),
    )


@bp.get("/<id:purchase_id>/receipt.pdf")
def receipt_pdf(purchase_id: int) -> Response:
    return pdf_answer(get_paper(find_purchase(purchase_id).id))

"""The receipt of a purchase and its credit notes, for admins: the papers that its buyer has."""

from flask import Response, render_template, url_for

from blueprints.purchases import bp
from blueprints.purchases.page import find_purchase
from blueprints.receipt_pages import Paper, get_note, get_paper
from blueprints.receipt_pdf import pdf_answer
from domain.catalogue.pending.pending import pending_changes
from domain.purchases.models import Purchase
from domain.purchases.names import name_purchase
from extensions import db


@bp.get("/<id:purchase_id>/receipt")
def receipt(purchase_id: int) -> str:
    it = find_purchase(purchase_id)
    return show_paper(it, get_paper(it.id), url_for("purchases.receipt_pdf", purchase_id=it.id))


@bp.get("/<id:purchase_id>/receipt.pdf")
def receipt_pdf(purchase_id: int) -> Response:
    return pdf_answer(get_paper(find_purchase(purchase_id).id))


@bp.get("/<id:purchase_id>/credit-notes/<id:note_id>")
def credit_note(purchase_id: int, note_id: int) -> str:
    it = find_purchase(purchase_id)
    pdf = url_for("purchases.credit_note_pdf", purchase_id=it.id, note_id=note_id)
    return show_paper(it, get_note(it.id, note_id), pdf)


@bp.get("/<id:purchase_id>/credit-notes/<id:note_id>.pdf")
def credit_note_pdf(purchase_id: int, note_id: int) -> Response:
    return pdf_answer(get_note(find_purchase(purchase_id).id, note_id))


def show_paper(purchase: Purchase, paper: Paper, pdf_url: str) -> str:
    return render_template(
        "purchases/receipt.html",
        receipt=paper,
        pdf_url=pdf_url,
        purchase=purchase,
        name=name_purchase(purchase.id),
        pending=pending_changes(db.session),
    )

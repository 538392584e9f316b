"""The receipt of a purchase and its credit notes, for its buyer."""

from flask import Response, abort, render_template, url_for

from blueprints.account import bp
from blueprints.customer_sign_in import this_customer
from blueprints.i18n import translated
from blueprints.receipt_pages import Paper, get_note, get_paper, list_notes
from blueprints.receipt_pdf import pdf_answer
from domain.purchases.errors import PurchaseNotFound
from domain.purchases.queries import get_own
from extensions import db


@bp.get("/account/purchases/<id:purchase_id>/receipt")
def receipt(purchase_id: int) -> str:
    paper = get_own_paper(purchase_id)
    notes = [
        (note, url_for("account.credit_note", purchase_id=purchase_id, note_id=note_id))
        for note_id, note in list_notes(purchase_id)
    ]
    pdf = url_for("account.receipt_pdf", purchase_id=purchase_id)
    return render_template("account/receipt.html", receipt=paper, notes=notes, pdf_url=pdf)


@bp.get("/account/purchases/<id:purchase_id>/receipt.pdf")
def receipt_pdf(purchase_id: int) -> Response:
    return pdf_answer(get_own_paper(purchase_id))


@bp.get("/account/purchases/<id:purchase_id>/credit-notes/<id:note_id>")
def credit_note(purchase_id: int, note_id: int) -> str:
    refuse_others(purchase_id)
    paper = get_note(purchase_id, note_id)
    pdf = url_for("account.credit_note_pdf", purchase_id=purchase_id, note_id=note_id)
    return render_template("account/receipt.html", receipt=paper, notes=[], pdf_url=pdf)


@bp.get("/account/purchases/<id:purchase_id>/credit-notes/<id:note_id>.pdf")
def credit_note_pdf(purchase_id: int, note_id: int) -> Response:
    refuse_others(purchase_id)
    return pdf_answer(get_note(purchase_id, note_id))


def get_own_paper(purchase_id: int) -> Paper:
    refuse_others(purchase_id)
    return get_paper(purchase_id)


def refuse_others(purchase_id: int) -> None:
    """Another customer's is not there, as one that never was."""
    try:
        get_own(db.session, purchase_id, this_customer().customer_id)
    except PurchaseNotFound as error:
        abort(404, translated(error))

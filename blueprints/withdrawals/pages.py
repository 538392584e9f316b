"""The pages of a withdrawal: what is typed, the same to be confirmed, and that it was received.

Without the sign-in of its buyer, the answers are the same whether there is such a purchase or not.
"""

from datetime import datetime
from functools import partial

from flask import (
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from blueprints.customer_sign_in import current_customer
from blueprints.devices import CUSTOMERS, known_device
from blueprints.i18n import translated
from blueprints.locale import language
from blueprints.refund_sending import send_at_once
from blueprints.withdrawals import bp
from blueprints.withdrawals.declaration import words_in
from blueprints.withdrawals.forms import DeclarationForm
from blueprints.withdrawals.own import Own, find_called, find_withdrawn
from blueprints.zones import live_zone
from domain.database import MOST_ID, write
from domain.numbers import whole_number
from domain.purchases.declarations import Declaration, declare, refuse
from domain.purchases.errors import TooManyDeclarations
from domain.purchases.withdrawals import withdraw_own
from extensions import db

# In this browser's session: when its last declaration was received.
KEPT_AS = "withdrawal_received"


@bp.get("/withdraw")
def begin() -> Response:
    me = current_customer()
    known = {"name": me.name, "email": me.email or ""} if me else {}
    number = request.args.get("number", "")
    return show_form(DeclarationForm(data=known | {"number": number}))


@bp.post("/withdraw")
def send() -> ResponseReturnValue:
    """Whatever is pressed, all that was typed is there again afterwards."""
    form = DeclarationForm()
    if not form.validate_on_submit():
        return show_form(form, 422)
    match request.form.get("act"):
        case "change":
            return show_form(form)
        case "confirm":
            return confirm(form)
        case _:
            return show_review(form)


@bp.get("/withdraw/received")
def received() -> ResponseReturnValue:
    purchase_id = whole_number(request.args.get("purchase", ""), MOST_ID)
    own = find_withdrawn(purchase_id) if purchase_id else None
    if own and (it := own.withdrawal):
        declaration = words_in(it.language, it.text)
        return render_template(
            "withdrawals/own.html", own=own, it=it, declaration=declaration, zone=live_zone().key
        )
    kept = session.get(KEPT_AS)
    if kept is None:
        return redirect(url_for("withdrawals.begin", lang=language()), 303)
    at = datetime.fromisoformat(kept)
    return render_template("withdrawals/received.html", received_at=at, zone=live_zone().key)


def confirm(form: DeclarationForm) -> ResponseReturnValue:
    own = find_called(form.words.number)
    if own:
        return confirm_own(form, own)
    email = form.normal_email
    address, device = request.remote_addr, known_device(email, CUSTOMERS)
    sent = Declaration(form.words, email, address, device)
    try:
        refuse(db.session, sent)
        at = write(db.session, partial(declare, sent=sent))
    except TooManyDeclarations as problem:
        current_app.logger.warning("Withdrawal refused to %s: %s", address, problem)
        answer = show_review(form, 429, translated(problem))
        answer.headers["Retry-After"] = str(problem.wait_seconds)
        return answer
    session[KEPT_AS] = at.isoformat()
    return redirect(url_for("withdrawals.received", lang=language()), 303)


def confirm_own(form: DeclarationForm, own: Own) -> Response:
    purchase, purchase_id = own.purchase, own.purchase.id
    work = partial(withdraw_own, purchase_id=purchase_id, customer_id=purchase.customer_id)
    done = write(db.session, partial(work, words=form.words))
    if done.refund_id is not None:
        send_at_once(purchase, done.refund_id)
    current_app.logger.info("Purchase %s was withdrawn from", purchase_id)
    there = url_for("withdrawals.received", purchase=purchase_id, lang=language())
    return make_response(redirect(there, 303))


def show_form(form: DeclarationForm, status: int = 200) -> Response:
    return make_response(render_template("withdrawals/form.html", form=form), status)


def show_review(form: DeclarationForm, status: int = 200, problem: str = "") -> Response:
    page = render_template(
        "withdrawals/review.html",
        form=form,
        words=form.words,
        email=form.normal_email,
        own=find_called(form.words.number),
        declaration=words_in(language()),
        problem=problem,
    )
    return make_response(page, status)

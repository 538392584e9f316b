"""What needs a person: what happened, what it means, and what can be done about it."""

from functools import partial

from flask import Flask, Response, abort, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import StringField, ValidationError

from blueprints import htmx
from blueprints.forms import Form
from blueprints.i18n import translated
from blueprints.pages import number
from blueprints.purchases import bp, words
from blueprints.recording import record
from domain.catalogue.pending.pending import pending_changes
from domain.database import AnySession, write
from domain.invisibles import has_unseen, one_line
from domain.purchases.errors import UnknownPaymentClosed, UnknownPaymentNotFound
from domain.purchases.money_back_models import PurchaseTask
from domain.purchases.names import name_purchase
from domain.purchases.rules import TASK_NOTE_CHARACTERS, Hold
from domain.purchases.tasks import (
    MOST_LISTED,
    TaskClosed,
    TaskNotFound,
    finish_task,
    list_open,
)
from domain.purchases.unknown import (
    close_unknown_payment,
    count_waiting,
    list_unknown_payments,
)
from domain.purchases.withdrawal_decisions import decide_by_money
from extensions import db

# Money can go back about these; a payment is named where it is not the one that counts.
REFUNDED = (Hold.PAID_TWICE, Hold.REFUND_FAILED, Hold.WITHDRAWAL)


class DoneForm(Form):
    note = StringField(lazy_gettext("Note"))

    def validate_note(self, field: StringField) -> None:
        field.data = one_line(field.data or "")
        if has_unseen(field.data):
            raise ValidationError(_("It holds an invisible character. Type the text by hand."))
        if len(field.data) > TASK_NOTE_CHARACTERS:
            most = number(TASK_NOTE_CHARACTERS)
            raise ValidationError(_("Use at most %(most)s characters.", most=most))


@bp.get("/tasks")
def tasks() -> Response:
    return show_tasks()


@bp.post("/tasks/<id:task_id>/done")
def finish(task_id: int) -> ResponseReturnValue:
    form = DoneForm()
    if not form.validate_on_submit():
        return show_tasks(422, task_id=task_id, form=form)
    note, author = form.note.data or "", current_user.email
    try:
        done = write(db.session, partial(finish_one, task_id=task_id, author=author, note=note))
    except TaskNotFound as problem:
        abort(404, translated(problem))
    except TaskClosed as problem:
        return show_tasks(409, alert=translated(problem))
    said = _("%(purchase)s: done.", purchase=name_purchase(done.purchase_id))
    return htmx.go_to(url_for("purchases.tasks"), said)


@bp.post("/tasks/payments/<id:payment_id>/done")
def close_payment(payment_id: int) -> ResponseReturnValue:
    """Of a payment that belongs to no purchase here."""
    form = DoneForm()
    if not form.validate_on_submit():
        return show_tasks(422, payment_id=payment_id, form=form)
    note, author = form.note.data or "", current_user.email
    work = partial(close_one, payment_id=payment_id, author=author, note=note)
    try:
        write(db.session, work)
    except UnknownPaymentNotFound as problem:
        abort(404, translated(problem))
    except UnknownPaymentClosed as problem:
        return show_tasks(409, alert=translated(problem))
    return htmx.go_to(url_for("purchases.tasks"), _("Done."))


def finish_one(session: AnySession, task_id: int, author: str, note: str) -> PurchaseTask:
    """With its line of the activity. Raises TaskNotFound, TaskClosed."""
    done = finish_task(session, task_id, author=author, note=note)
    if done.kind == Hold.WITHDRAWAL:
        decide_by_money(session, done.purchase_id, author)
    record("task_done", "purchase", done.purchase_id)
    return done


def close_one(session: AnySession, payment_id: int, author: str, note: str) -> None:
    """With its line of the activity. Raises UnknownPaymentNotFound, UnknownPaymentClosed."""
    close_unknown_payment(session, payment_id, author=author, note=note)
    record("payment_closed", "payment", payment_id)


def show_tasks(
    status: int = 200,
    *,
    task_id: int = 0,
    payment_id: int = 0,
    form: DoneForm | None = None,
    alert: str = "",
) -> Response:
    """With a note that could not be taken, as it was typed."""
    page = render_template(
        "purchases/tasks.html",
        tasks=list_open(db.session),
        payments=list_unknown_payments(db.session)[:MOST_LISTED],
        count=count_waiting(db.session),
        most_listed=MOST_LISTED,
        most_characters=TASK_NOTE_CHARACTERS,
        typed=form.note.data if form else "",
        mistake=form.note.errors[0] if form and form.note.errors else "",
        task_id=task_id,
        payment_id=payment_id,
        alert=alert,
        words=words,
        refunded=REFUNDED,
        paid_twice=Hold.PAID_TWICE,
        unknown=Hold.UNKNOWN_STATE,
        name_purchase=name_purchase,
        pending=pending_changes(db.session),
    )
    return make_response(page, status)


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(count_tasks=lambda: count_waiting(db.session))

"""Give money back: what would happen is on the page before the button."""

from functools import partial

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import htmx
from blueprints.i18n import translated
from blueprints.payment_provider import provider
from blueprints.purchases import bp, words
from blueprints.purchases.naming import page_of
from blueprints.purchases.page import find_purchase
from blueprints.purchases.page import show as show_purchase
from blueprints.purchases.refund_form import RefundForm, name_forecast, read_amount
from blueprints.recording import record
from blueprints.refund_sending import send_at_once
from domain.catalogue.pending.pending import pending_changes
from domain.customers.customers import get_customer
from domain.customers.rules import REASON_CHARACTERS
from domain.database import AnySession, write
from domain.money import PriceError
from domain.purchases.models import Purchase
from domain.purchases.names import name_purchase
from domain.purchases.refund_errors import NotConnected, RefundRefused, UnfitAmount
from domain.purchases.refunding import Forecast, ask_refund, forecast_refund
from domain.purchases.rules import RefundState
from extensions import db


@bp.get("/<id:purchase_id>/refund")
def refund(purchase_id: int) -> Response:
    it = find_purchase(purchase_id)
    payment = request.args.get("payment") or None
    try:
        whole = forecast_refund(db.session, it.id, payment_ref=payment)
        form = RefundForm.of(it, whole)
        amount = whole.most_minor or whole.left_minor
        forecast = forecast_refund(db.session, it.id, amount, payment)
    except RefundRefused as problem:
        return show_purchase(it, 409, problem=translated(problem))
    return show(it, form, forecast)


@bp.post("/<id:purchase_id>/refund/echo")
def refund_echo(purchase_id: int) -> str:
    """What the typed amount would do. By POST: the name of a payment is in no address."""
    it = find_purchase(purchase_id)
    forecast, problem = None, ""
    try:
        amount = read_amount(request.form.get("amount", ""), it.currency)
        payment = request.form.get("payment") or None
        forecast = forecast_refund(db.session, it.id, amount, payment)
    except (PriceError, RefundRefused) as error:
        problem = translated(error)
    return render_template(
        "purchases/_forecast.html",
        it=it,
        forecast=forecast,
        problem=problem,
        name_forecast=name_forecast,
    )


@bp.post("/<id:purchase_id>/refund")
def save_refund(purchase_id: int) -> ResponseReturnValue:
    it = find_purchase(purchase_id)
    form = RefundForm(it)
    is_valid = form.validate_on_submit()
    try:
        forecast = foretell(it, form)
        if forecast is None or not is_valid or form.asks_debt(forecast):
            return form.refuse(show(it, form, forecast))
        refuse_unconnected(it)
        work = partial(do_ask, purchase_id=it.id, forecast=form.check_seen(forecast))
        refund_id = write(db.session, partial(work, author=author(), **form.said))
    except UnfitAmount as problem:
        form.amount.errors = [translated(problem)]
        return form.refuse(show(it, form, None))
    except RefundRefused as problem:
        return refuse(it, form, problem)
    return htmx.go_to(page_of(purchase_id), describe(send_at_once(it, refund_id)))


def do_ask(
    session: AnySession,
    purchase_id: int,
    forecast: Forecast,
    author: str,
    reason: str,
    may_owe: bool,
) -> int:
    """With its line of the activity, before anything is sent. Raises what `ask_refund` raises."""
    said = {"author": author, "reason": reason}
    refund_id = ask_refund(session, purchase_id, forecast, **said, may_owe=may_owe)
    amount, currency = forecast.amount_minor, forecast.currency
    record("refund_asked", "purchase", purchase_id, amount_minor=amount, currency=currency)
    return refund_id


def refuse(it: Purchase, form: RefundForm, problem: RefundRefused) -> Response:
    """With what would happen now, or at the purchase, if nothing can be given back any more."""
    try:
        forecast = foretell(find_purchase(it.id), form)
    except RefundRefused:
        return show_purchase(it, 409, problem=translated(problem))
    return show(it, form, forecast, 409, alert=translated(problem))


def refuse_unconnected(it: Purchase) -> None:
    """Raises NotConnected where nobody could be asked."""
    connected = provider()
    if connected is None or connected.name != it.provider:
        raise NotConnected


def foretell(it: Purchase, form: RefundForm) -> Forecast | None:
    """None while the amount is no number."""
    if not form.amount_minor:
        return None
    return forecast_refund(db.session, it.id, form.amount_minor, form.payment.data or None)


def author() -> str:
    return f"admin:{current_user.admin_id}"


def describe(state: RefundState) -> str:
    """What became of it so far. Whatever happens later, it is done once."""
    match state:
        case RefundState.ASKED:
            said = _(
                "The refund is kept. The provider has not answered yet: Scrip asks it again by "
                "itself."
            )
        case RefundState.FAILED | RefundState.CANCELED:
            said = _("The provider refused the refund. Its credits are back.")
        case _:
            said = _("The provider has the refund.")
    return str(said)


def show(
    it: Purchase,
    form: RefundForm,
    forecast: Forecast | None,
    status: int = 200,
    *,
    alert: str = "",
) -> Response:
    page = render_template(
        "purchases/refund.html",
        it=it,
        form=form,
        forecast=forecast,
        problem="",
        alert=alert,
        customer=get_customer(db.session, it.customer_id),
        words=words,
        most_characters=REASON_CHARACTERS,
        name_purchase=name_purchase,
        name_forecast=name_forecast,
        pending=pending_changes(db.session),
    )
    return make_response(page, status)

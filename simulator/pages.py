"""`/pay/…`: where a buyer pays. No script is needed, and no card number is kept."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from simulator import bank
from simulator.api import the_store
from simulator.cards import CARDS, find_card
from simulator.money import write_for
from simulator.store import Json, Transaction
from simulator.texts import RIGHT_TO_LEFT, choose_language, text

pages = Blueprint("pages", __name__, url_prefix="/pay")


@pages.get("/<id>")
def show(id: str) -> ResponseReturnValue:
    with the_store().reading() as kept:
        session = kept.get(id)
        is_over = session and session["status"] == "open" and session["expires_at"] <= kept.now()
        if not session or session["status"] != "open" or is_over:
            return _say_over(session)
        intent = kept.get(session["payment_intent"] or "")
        asks = intent is not None and intent["status"] == "requires_action"
        return _page(kept, session, "bank.html" if asks else "pay.html", 200, _problem(intent))


@pages.post("/<id>")
def pay(id: str) -> ResponseReturnValue:
    """By card, or by a bank; a decline shows the page again."""
    how = request.form.get("how", "card")
    with the_store().writing() as kept:
        session = kept.get(id)
        if not session:
            return _say_over(None)
        try:
            intent = _pay(kept, id, how)
        except bank.SessionOver:
            return _say_over(kept.the(id))
        return _go_on(kept, session, intent)


def _pay(kept: Transaction, id: str, how: str) -> Json:
    if how in ("bank_yes", "bank_no"):
        return bank.pay_by_bank(kept, id, succeeds=how == "bank_yes")
    if how in ("confirm", "refuse"):
        return bank.answer_bank(kept, id, confirms=how == "confirm")
    return bank.pay_by_card(kept, id, find_card(request.form.get("number", "")))


def _go_on(kept: Transaction, session: Json, intent: Json) -> ResponseReturnValue:
    if intent["status"] in ("succeeded", "processing"):
        return redirect(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]), 303)
    if intent["status"] == "requires_action":
        return redirect(f"/pay/{session['id']}", 303)
    return _page(kept, session, "pay.html", 402, _problem(intent))


def _problem(intent: Json | None) -> str | None:
    """The name of the text that says why the last try failed."""
    error: dict[str, str] | None = intent and intent["last_payment_error"]
    if not error:
        return None
    why = error.get("decline_code")
    return why if why in ("insufficient_funds", "test_mode_live_card") else error["code"]


def _page(
    kept: Transaction, session: Json, template: str, status: int, problem: str | None = None
) -> Response:
    order = kept.hidden(session["id"])
    language = choose_language(session["locale"])
    amount = write_for(language, session["amount_total"], session["currency"])
    g.may_go_to = [session["success_url"]]
    texts = {"session": session, "order": order, "amount": amount, "cards": CARDS}
    return _render(template, session["locale"], status, problem=problem, **texts)


def _say_over(session: Json | None) -> Response:
    """410, or 404; nothing can be paid here."""
    status = "unknown" if session is None else session["status"]
    why = "expired" if status == "open" else status
    locale = session["locale"] if session else "auto"
    return _render("over.html", locale, 404 if session is None else 410, session=session, why=why)


def _render(template: str, locale: str, status: int, **values: Any) -> Response:  # noqa: ANN401
    language = choose_language(locale)

    def t(name: str, **parts: object) -> str:
        return text(name, language, **parts)

    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    words = {"t": t, "language": language, "direction": direction}
    return make_response(
        render_template(template, **words, seconds=bank.LATER_SECONDS, **values), status
    )


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

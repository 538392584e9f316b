"""Signing out, and the choice of a language."""

from flask import abort, current_app, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from blueprints.account import bp
from blueprints.customer_doors import HOME
from blueprints.customer_sign_in import current_customer, forget_sign_in
from blueprints.errors import DATABASE_FAILURES, show_database_failure
from blueprints.locale import address_language, remember_choice
from blueprints.safe_redirect import next_path
from domain.customers import sessions
from domain.database import writing
from extensions import db

NOT_ENDED = (
    _("You are signed out in this browser"),
    _(
        "We could not end your sign-in everywhere, as nothing can be saved right now. It ends by "
        "itself after %(days)s days without use.",
        days=sessions.IDLE.days,
    ),
)


@bp.post("/account/sign-out")
def sign_out() -> ResponseReturnValue:
    """The browser forgets its sign-in, whatever becomes of the row."""
    answer = redirect(url_for("account.sign_in"), 303)
    try:
        end_sign_in()
    except DATABASE_FAILURES as error:
        answer = show_database_failure(error, NOT_ENDED)
    forget_sign_in(answer)
    return answer


def end_sign_in() -> None:
    customer = current_customer()
    if customer:
        with writing(db.session):
            sessions.end_session(db.session, customer.customer_id, customer.session_id)
        current_app.logger.info("Customer %s signed out", customer.customer_id)


@bp.get("/account/language")
def choose_language() -> ResponseReturnValue:
    """Remembers in this browser the language that a customer chooses, and leads back to their
    page."""
    code = address_language()
    if code is None:
        abort(404)
    answer = redirect(next_path(HOME), 303)
    remember_choice(answer, "lang", code)
    return answer

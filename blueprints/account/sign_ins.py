"""In which browsers the customer is signed in; each can be signed out from here."""

from flask import Response, abort, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from blueprints import htmx
from blueprints.account import bp
from blueprints.customer_sign_in import forget_sign_in, this_customer
from domain.customers import sessions
from domain.database import writing
from extensions import db


@bp.get("/account/sign-ins")
def sign_ins() -> str:
    me = this_customer()
    return render_template(
        "account/sign_ins.html",
        sign_ins=sessions.list_sessions(db.session, me.customer_id),
        mine=me.session_id,
    )


@bp.post("/account/sign-ins/<id:session_id>/end")
def end_sign_in(session_id: int) -> ResponseReturnValue:
    me = this_customer()
    with writing(db.session):
        was_there = sessions.end_session(db.session, me.customer_id, session_id)
    if not was_there:
        abort(404, _("Nothing was changed: this sign-in has ended already."))
    if session_id == me.session_id:
        return leave()
    return htmx.go_to(url_for("account.sign_ins"), _("That device is signed out."))


@bp.post("/account/sign-ins/end")
def end_sign_ins() -> Response:
    me = this_customer()
    with writing(db.session):
        sessions.end_all_sessions(db.session, me.customer_id)
    current_app.logger.info("Customer %s signed out everywhere", me.customer_id)
    return leave()


def leave() -> Response:
    """This browser is signed out too, and forgets its key."""
    answer = htmx.go_to(url_for("account.sign_in"), _("You are signed out."))
    forget_sign_in(answer)
    return answer

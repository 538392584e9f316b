"""Browsers in which a customer is signed in, ended by an admin."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from blueprints import htmx
from blueprints.customers import bp
from blueprints.customers.naming import page_of
from blueprints.customers.page import find_person
from blueprints.recording import record
from domain.customers import sessions
from domain.database import writing
from extensions import db


@bp.post("/<id:customer_id>/sign-ins/<id:session_id>/end")
def end_session(customer_id: int, session_id: int) -> ResponseReturnValue:
    person = find_person(customer_id)
    with writing(db.session):
        was_there = sessions.end_session(db.session, person.id, session_id)
        if was_there:
            record("customer_signed_out", "customer", person.id)
    message = _("Signed out there.") if was_there else _("This sign-in had ended before.")
    return htmx.go_to(page_of(person.id, "sign-ins"), message)


@bp.post("/<id:customer_id>/sign-ins/end")
def end_sessions(customer_id: int) -> ResponseReturnValue:
    person = find_person(customer_id)
    with writing(db.session):
        if sessions.end_all_sessions(db.session, person.id):
            record("customer_signed_out", "customer", person.id)
    return htmx.go_to(page_of(person.id, "sign-ins"), _("Signed out everywhere."))

"""In which browsers the admin is signed in; each can be signed out from here. No password is asked
for: nobody gets in by it."""

from datetime import timedelta

from flask import Response, current_app, render_template, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import htmx
from blueprints.auth import bp
from blueprints.recording import record
from domain.accounts import sessions
from domain.catalogue.pending.pending import pending_changes
from domain.database import writing
from extensions import db

HOUR = timedelta(hours=1)


@bp.get("/settings/account/sign-ins")
def sign_ins() -> str:
    found = sessions.list_sessions(db.session, current_user.admin_id)
    return render_template(
        "auth/sign_ins.html",
        # This one first.
        sign_ins=sorted(found, key=lambda row: row.id != current_user.session_id),
        mine=current_user.session_id,
        idle_hours=sessions.IDLE // HOUR,
        most_hours=sessions.ABSOLUTE // HOUR,
        pending=pending_changes(db.session),
    )


@bp.post("/settings/account/sign-ins/<id:session_id>/end")
def end_sign_in(session_id: int) -> Response:
    """Says of a colleague's what it says of one that has ended."""
    me = current_user
    with writing(db.session):
        was_there = sessions.end_own_session(db.session, me.admin_id, session_id)
        if was_there:
            record("sign_in_ended", "admin", me.admin_id)
    if not was_there:
        ended = _("Nothing was changed: this sign-in has ended already.")
        return htmx.go_to(url_for("auth.sign_ins"), ended)
    current_app.logger.info("Admin %s ended a sign-in", me.admin_id)
    if session_id == me.session_id:
        session.clear()
        return htmx.go_to(url_for("auth.login"))
    return htmx.go_to(url_for("auth.sign_ins"), _("That device is signed out."))


@bp.post("/settings/account/sign-ins/end")
def end_sign_ins() -> Response:
    """All but this one."""
    me = current_user
    with writing(db.session):
        if sessions.end_other_sessions(db.session, me.admin_id, me.session_id):
            record("sign_ins_ended", "admin", me.admin_id)
    current_app.logger.info("Admin %s signed out everywhere else", me.admin_id)
    return htmx.go_to(url_for("auth.sign_ins"), _("Only this browser is signed in now."))

"""Who is signed in, and how everybody else is answered."""

from flask import Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import OperationalError

from blueprints import own_choices, permissions
from blueprints.htmx import is_htmx
from blueprints.locale import ADMIN_PATHS
from blueprints.resubmit import resubmitted_fields
from domain.accounts import sessions
from domain.accounts.sessions import SignedIn
from domain.database import writing
from domain.time_budget import OPTIONAL_SECONDS, time_budget
from extensions import db, login_manager

# Asked for by the page, not by a person: they do not keep a sign-in alive.
SILENT_ENDPOINTS = frozenset(
    {"packages.pending", "packages.note_open", "packages.note_closed", "auth.again"}
    | {"settings.mail_list"}
)


def init_app(app: Flask) -> None:
    # The cookie's token and its row decide; addresses and browsers change, and can be forged.
    login_manager.session_protection = None
    login_manager.user_loader(load_admin)
    login_manager.unauthorized_handler(ask_to_sign_in)
    # It looks for a remember cookie, which Scrip never sets, and so makes every answer depend on
    # the session's, in the eyes of caches.
    app.after_request_funcs[None].remove(login_manager._update_remember_cookie)
    # Ahead of the CSRF check: a cookie that is gone takes its CSRF token along, and then
    # "signed out" is the truth that helps, not "this page has expired".
    app.before_request_funcs.setdefault(None, []).insert(0, admit_admins_only)


# What is left to who has to set up a second factor first, besides signing out and the like: the
# page for it, in the language and the colours that they read; and what is open to everybody, but to
# them only after that.
TO_SET_UP = frozenset(
    {"auth.set_up_second_factor", "auth.turn_on_second_factor"}
    | {"auth.save_language", "settings.choose_theme"}
)
AFTER_SET_UP = frozenset({"auth.login", "auth.code", "auth.done"})


def load_admin(token: str) -> SignedIn | None:
    """The `current_user` for the token in the cookie; also notes that someone is there."""
    signed_in = sessions.find_session(db.session, token)
    own_choices.note_admin(signed_in)
    if signed_in and signed_in.needs_touch and request.endpoint not in SILENT_ENDPOINTS:
        note_activity(token)
    return signed_in


def note_activity(token: str) -> None:
    """In a short transaction of its own; a database that is busy is no reason to refuse."""
    try:
        with time_budget(OPTIONAL_SECONDS), writing(db.session):
            sessions.touch(db.session, token)
    except OperationalError as error:
        current_app.logger.warning("A sign-in could not be touched: %s", error)


def admit_admins_only() -> ResponseReturnValue | None:
    """Admin pages need a sign-in and a role, whether their view remembers to ask or not."""
    is_theirs = permissions.is_for_admins(request.endpoint)
    if request.endpoint in AFTER_SET_UP and needs_second_factor():
        return ask_to_sign_in()
    if not is_theirs and not request.path.startswith(ADMIN_PATHS):
        return None
    if not current_user.is_authenticated:
        return ask_to_sign_in()
    if needs_second_factor() and request.endpoint not in TO_SET_UP:
        return ask_to_sign_in()
    if is_theirs and request.endpoint and not permissions.may(request.endpoint):
        return permissions.refuse(request.endpoint)
    return None


def needs_second_factor() -> bool:
    """Whether owners require one of everyone, and the reader has none yet."""
    return bool(current_user.is_authenticated and current_user.needs_second_factor)


def ask_to_sign_in() -> ResponseReturnValue:
    """A page leads to the sign-in, or to the second factor that it still needs; a form that was
    sent is kept, to be sent again after it."""
    if is_htmx():
        return render_template("auth/_signed_out.html"), 401
    if request.method in ("GET", "HEAD"):
        if needs_second_factor():
            return redirect(url_for("auth.set_up_second_factor"), 303)
        return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))
    return render_template("auth/signed_out.html", typed=resubmitted_fields()), 401

"""How all ways of signing in are answered: let in, or refused."""

from flask import Response, current_app, request, session
from flask_login import login_user

from blueprints import htmx
from blueprints.devices import remember_device
from blueprints.safe_redirect import next_path
from domain.accounts.errors import AccountError, NotNow
from domain.accounts.sessions import SignedIn
from domain.activity import recording
from domain.activity.recording import Object
from extensions import db

HOME = "/settings/credit-packages/"


def record_sign_in(signed_in: SignedIn) -> None:
    """In the transaction that opens the session; nobody is `current_user` yet."""
    about = Object("admin", signed_in.admin_id)
    recording.record(db.session, "signed_in", signed_in.email, about)


def let_in(signed_in: SignedIn, message: str = "") -> Response:
    """Leads this browser, which is signed in now, to the page it wanted; that shows the message."""
    session.clear()
    login_user(signed_in)
    current_app.logger.info("Admin %s signed in", signed_in.admin_id)
    answer = htmx.go_to(next_path(HOME), message)
    remember_device(answer, signed_in.email)
    return answer


def refuse(page: Response, problem: AccountError) -> Response:
    """The page again, which says what the problem is."""
    current_app.logger.warning("Sign-in refused to %s: %s", request.remote_addr, problem)
    if isinstance(problem, NotNow):
        page.status_code = 429
        page.headers["Retry-After"] = str(problem.wait_seconds)
    return page

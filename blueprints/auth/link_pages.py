"""What the pages of one-time links share. The address is a secret, so no cache, log or other site
gets it; and only a POST uses the link up, as mail scanners open links too."""

from flask import Flask, Response, current_app, make_response, render_template, request, session
from flask_login import current_user
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms import ValidationError

from blueprints.auth import bp
from blueprints.auth.code_step import ask_for_code
from blueprints.auth.sign_in_answers import let_in
from domain.accounts.errors import TooBusy
from domain.accounts.sessions import SignedIn, Waiting, end_session
from domain.accounts.team_errors import LinkOver
from extensions import db

PATHS = ("/invitation/", "/password/")
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


def init_app(app: Flask) -> None:
    app.after_request(keep_to_its_reader)


def keep_to_its_reader(answer: Response) -> Response:
    """The address is the key: it stays out of caches, search engines and other sites' logs."""
    if request.path.startswith(PATHS):
        answer.headers.update(HEADERS)
    return answer


def refuse_forged() -> None:
    """As Flask-WTF does elsewhere, which asks for a referrer too: these pages send none. Raises
    CSRFError."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError as problem:
        raise CSRFError(str(problem)) from None


def end_former_session() -> None:
    """Signs out the admin of this browser, in the transaction that signs in the new one."""
    former = current_user.get_id()
    if former:
        end_session(db.session, former)


def go_in(opened: SignedIn | Waiting, message: str) -> Response:
    """What this browser kept of somebody else is gone."""
    if isinstance(opened, SignedIn):
        return let_in(opened, message)
    session.clear()
    return ask_for_code(opened)


def say_busy(page: Response, problem: TooBusy) -> Response:
    current_app.logger.warning("A new password was not hashed: %s", problem)
    page.status_code = 429
    page.headers["Retry-After"] = str(problem.wait_seconds)
    return page


@bp.errorhandler(LinkOver)
def show_over(_problem: LinkOver) -> Response:
    """Whatever was the matter with it: nobody learns which links there were."""
    return make_response(render_template("auth/link_over.html"), 410)

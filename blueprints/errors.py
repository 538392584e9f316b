"""What people see when something goes wrong: what happened, what was kept, what to do."""

from flask import Flask, Response, current_app, make_response, render_template, request
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InternalError, OperationalError, SQLAlchemyError, TimeoutError
from werkzeug.exceptions import HTTPException

from blueprints import problems
from blueprints.htmx import is_htmx
from blueprints.i18n import translated
from blueprints.locale import ADMIN_PATHS
from blueprints.resubmit import resubmitted_fields
from domain.catalogue.errors import CatalogueError, NotFound
from domain.database import CommitInDoubt, is_disk_full, rollback_or_invalidate
from extensions import db

MESSAGES = {
    400: (
        _("Request not understood"),
        _("Nothing was changed. Reload the page and try again."),
    ),
    403: (_("Not allowed"), _("Nothing was changed. Your account may not do this.")),
    404: (
        _("Page not found"),
        _("Check the address, or go on from here."),
    ),
    405: (
        _("That does not work here"),
        _("Nothing was changed. Go back and use the page."),
    ),
    409: (
        _("Someone was faster"),
        _("Nothing was changed. Reload the page to see what is there now."),
    ),
    413: (_("Too much at once"), _("Nothing was changed. Send less text.")),
    422: (_("Not possible"), _("Nothing was changed. Check what you typed.")),
    429: (_("Too many tries"), _("Wait a few minutes, then try again.")),
    500: (
        _("Something broke on our side"),
        _("Nothing was changed. Try again. We have a record of the error."),
    ),
    503: (
        _("Not available right now"),
        _(
            "Nothing was changed. Try again in a few seconds. If it keeps happening, tell the "
            "operator of Scrip."
        ),
    ),
    507: (
        _("Not saved: the disk is full"),
        _(
            "Nothing was changed, and buyers see what they saw before. Tell the operator of Scrip, "
            "then save again when there is room."
        ),
    ),
}
# The database is away, locked, full or read-only (PostgreSQL calls that internal), or every
# connection to it is in use.
DATABASE_FAILURES = (OperationalError, InternalError, TimeoutError)
# Whose forms are offered once more, and by which page.
AGAIN = dict.fromkeys(ADMIN_PATHS, "errors/again.html") | dict.fromkeys(
    ("/checkout/", "/withdraw"), "checkout/again.html"
)
IN_DOUBT = (
    _("The answer of the database did not arrive"),
    _(
        "It may have been saved or not. Reload the page to see, before you try again: what you "
        "typed may be there already."
    ),
)
EXPIRED = (
    _("This page has expired"),
    _("Nothing was changed. Copy what you typed, reload the page and try again."),
)


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(CSRFError, show_expired)
    app.register_error_handler(CatalogueError, show_catalogue_error)
    for kind in DATABASE_FAILURES:
        app.register_error_handler(kind, show_database_failure)
    # Ahead of db's own, which may fail.
    app.teardown_appcontext(lambda _error: rollback_or_invalidate(db.session))


def show_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    title, advice = _message(status)
    if error.description and type(error).description != error.description:
        advice = error.description
    answer = error_answer(status, title, advice)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            answer.headers[name] = value
    return answer


def show_expired(_error: CSRFError) -> Response:
    """An admin who signed in again after opening a page can send it once more, and so can a buyer
    whose browser forgot its session."""
    template = next((name for path, name in AGAIN.items() if request.path.startswith(path)), None)
    typed = resubmitted_fields() if template else []
    if not template or not typed:
        return error_answer(400, *EXPIRED)
    return make_response(render_template(template, typed=typed), 400)


def show_catalogue_error(error: CatalogueError) -> Response:
    status = 404 if isinstance(error, NotFound) else 409
    return error_answer(status, _message(status)[0], translated(error))


def show_database_failure(error: SQLAlchemyError, words: tuple[str, str] | None = None) -> Response:
    """The database could not be written, now or in time: say so, keep the details for the log."""
    rollback_or_invalidate(db.session)
    is_full = is_disk_full(error)
    failed = "failed because the disk is full" if is_full else "failed"
    current_app.logger.error("%s %s %s: %s", request.method, request.path, failed, error)
    status = 507 if is_full and request.method == "POST" else 503
    known = IN_DOUBT if isinstance(error, CommitInDoubt) else _message(status)
    answer = error_answer(status, *(words or known))
    if status == 503:
        answer.headers["Retry-After"] = "2"
    return answer


def _message(status: int) -> tuple[str, str]:
    known = problems.MESSAGES if problems.is_api() else MESSAGES
    return known.get(status, known[400 if status < 500 else 500])


def error_answer(status: int, title: str, advice: str) -> Response:
    """A page, for htmx a message that leaves everything on the page as it is, or a problem."""
    if problems.is_api():
        return problems.answer(status, title, advice)
    template = "errors/_message.html" if is_htmx() else "errors/error.html"
    page = render_template(
        template,
        status=status,
        title=title,
        advice=advice,
        is_for_admins=request.path.startswith(ADMIN_PATHS),
    )
    return make_response(page, status)

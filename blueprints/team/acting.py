"""How an owner acts on the team: in a transaction that looks first whether they are one still."""

from collections.abc import Callable
from typing import TypeVar

from flask import current_app, session
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.errors import MESSAGES, error_answer
from blueprints.i18n import translated
from blueprints.team import bp
from domain.accounts.owners import Owner, lock_as_owner
from domain.accounts.sessions import find_session
from domain.accounts.team_errors import AdminNotFound, InvitationNotFound, NotOwner
from domain.database import AnySession, write
from extensions import db, login_manager

T = TypeVar("T")
# What the next page shows, once: the kind of link, whose it is, and its token.
NEW_LINK = "new_team_link"


def write_as_owner(work: Callable[[AnySession, Owner], T]) -> T:
    """What `work` returns, committed; run again as `write` does. Raises NotOwner."""
    admin_id = current_user.admin_id
    return write(db.session, lambda session: work(session, lock_as_owner(session, admin_id)))


def log(done: str, id: int) -> None:
    """`done` with the one it was done to."""
    current_app.logger.info("Admin %s %s %s", current_user.admin_id, done, id)


def keep_new_link(kind: str, id: int, token: str) -> None:
    session[NEW_LINK] = [kind, id, token]


def take_new_link(kind: str, id: int = 0) -> str:
    """The token of a link that was just made; of whichever of its kind without an id. "" when there
    is none, or another page is to show it."""
    kept_kind, kept_id, token = session.get(NEW_LINK) or ("", 0, "")
    if kept_kind != kind or id not in (0, kept_id):
        return ""
    session.pop(NEW_LINK)
    return str(token)


@bp.errorhandler(NotOwner)
def refuse(problem: NotOwner) -> ResponseReturnValue:
    """Who was demoted between the press and its turn; or removed, and so signed out."""
    if find_session(db.session, current_user.token) is None:
        answer: ResponseReturnValue = login_manager.unauthorized()
        return answer
    return error_answer(403, MESSAGES[403][0], translated(problem))


@bp.errorhandler(AdminNotFound)
@bp.errorhandler(InvitationNotFound)
def show_not_found(problem: AdminNotFound | InvitationNotFound) -> ResponseReturnValue:
    return error_answer(404, MESSAGES[404][0], translated(problem))

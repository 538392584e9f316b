"""What links that let somebody in once have in common: tokens of which only the digest is kept, and
what becomes of them when who made them may not any more."""

import secrets
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, update

from domain.accounts.models import Admin
from domain.accounts.team_models import Invitation, PasswordLink
from domain.database import AnySession, utc_now

TOKEN_BYTES = 32


def new_token() -> str:
    """To be shown or mailed, and not kept."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()


def end_links_made_by(session: AnySession, admin_id: int) -> None:
    """Of who is no owner any more: what they have sent lets nobody in."""
    _end_invitations(session, Invitation.invited_by == admin_id)
    session.execute(delete(PasswordLink).where(PasswordLink.made_by == admin_id))


def end_links_to(session: AnySession, admin: Admin) -> None:
    """Those by which somebody could become this admin, or choose the password."""
    _end_invitations(session, Invitation.email == admin.email)
    end_password_link(session, admin.id)


def end_password_link(session: AnySession, admin_id: int) -> None:
    session.execute(delete(PasswordLink).where(PasswordLink.admin_id == admin_id))


def _end_invitations(session: AnySession, which: ColumnElement[bool]) -> None:
    open_ones = (Invitation.accepted_at.is_(None), Invitation.ended_at.is_(None))
    session.execute(
        update(Invitation)
        .where(which, *open_ones)
        .values(ended_at=utc_now())
        .execution_options(synchronize_session=False)
    )

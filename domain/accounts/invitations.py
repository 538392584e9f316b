"""Invitations to the team: made, renewed and revoked by owners, accepted once by whoever has the
link. The token is shown and mailed once; the database keeps its digest only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, select

from domain.accounts.admins import find_admin, lock_admins
from domain.accounts.models import Admin
from domain.accounts.names import clean_display_name
from domain.accounts.one_time_links import digest, new_token
from domain.accounts.owners import Owner
from domain.accounts.roles import Role
from domain.accounts.team_errors import (
    AlreadyDisabled,
    AlreadyInTeam,
    AlreadyInvited,
    InvitationChanged,
    InvitationNotFound,
    LinkOver,
    TooManyInvitations,
)
from domain.accounts.team_models import Invitation
from domain.database import AnySession, read_clock

LIFETIME = timedelta(hours=72)
# At the same time, those that have expired and wait to be renewed or revoked among them.
MOST_OPEN = 50
IS_OPEN = and_(Invitation.accepted_at.is_(None), Invitation.ended_at.is_(None))


class OpenInvitation(NamedTuple):
    """One that was neither accepted nor ended."""

    id: int
    email: str
    role: Role
    inviter: str
    created_at: datetime
    expires_at: datetime
    has_expired: bool

    @property
    def seen(self) -> str:
        """What a form about it was opened with."""
        return self.created_at.isoformat()


class NewLink(NamedTuple):
    """The link's token, to be shown once, and whom it is for."""

    invitation_id: int
    email: str
    role: Role
    token: str


def invite(session: AnySession, owner: Owner, email: str, role: Role) -> NewLink:
    """Takes a normal email. Raises AlreadyInTeam, AlreadyDisabled, AlreadyInvited,
    TooManyInvitations."""
    admin = find_admin(session, email)
    if admin is not None and admin.removed_at is None:
        raise AlreadyInTeam if admin.disabled_at is None else AlreadyDisabled
    _end_expired(session, email)
    open_ones = session.scalars(select(Invitation.email).where(IS_OPEN)).all()
    if email in open_ones:
        raise AlreadyInvited
    if len(open_ones) >= MOST_OPEN:
        raise TooManyInvitations(MOST_OPEN)
    invitation = Invitation(email=email, role=role)
    token = _set_link(session, owner, invitation)
    session.add(invitation)
    session.flush()
    return NewLink(invitation.id, email, role, token)


def renew(session: AnySession, owner: Owner, invitation_id: int, seen: str) -> NewLink:
    """A new link in place of the one before, for another 72 hours; the owner stands for it from
    now on. Raises InvitationNotFound, InvitationChanged."""
    invitation = _lock_open(session, invitation_id, seen)
    token = _set_link(session, owner, invitation)
    session.flush()
    return NewLink(invitation.id, invitation.email, Role(invitation.role), token)


def revoke(session: AnySession, _owner: Owner, invitation_id: int, seen: str) -> Invitation:
    """Its link lets nobody in any more. Raises as `renew`."""
    invitation = _lock_open(session, invitation_id, seen)
    invitation.ended_at = read_clock(session)
    session.flush()
    return invitation


def list_open(session: AnySession) -> Sequence[OpenInvitation]:
    """The newest first."""
    return _read(session, IS_OPEN)


def get_open(session: AnySession, invitation_id: int) -> OpenInvitation:
    """Raises InvitationNotFound."""
    found = _read(session, IS_OPEN, Invitation.id == invitation_id)
    if not found:
        raise InvitationNotFound
    return found[0]


def find_by_token(session: AnySession, token: str) -> OpenInvitation:
    """The one that this link accepts; looking at it uses nothing up. Raises LinkOver."""
    found = _read(session, IS_OPEN, Invitation.token_hash == digest(token))
    if not found or found[0].has_expired:
        raise LinkOver
    return found[0]


def accept(session: AnySession, token: str, name: str, password_hash: str) -> Admin:
    """Makes its admin, who can sign in from now on. Who was removed before gets the same row, so
    that history knows one person. Raises LinkOver, UnfitName."""
    name = clean_display_name(name)
    lock_admins(session)
    open_one = find_by_token(session, token)
    admin = find_admin(session, open_one.email)
    if admin is None:
        admin = Admin(email=open_one.email)
        session.add(admin)
    elif admin.removed_at is None:
        raise LinkOver  # made by a command meanwhile
    admin.display_name, admin.password_hash, admin.password_is_weak = name, password_hash, False
    admin.role, admin.disabled_at, admin.removed_at = open_one.role, None, None
    invitation = session.get_one(Invitation, open_one.id)
    invitation.accepted_at = read_clock(session)
    session.flush()
    return admin


def _set_link(session: AnySession, owner: Owner, invitation: Invitation) -> str:
    token, now = new_token(), read_clock(session)
    invitation.token_hash, invitation.invited_by = digest(token), owner.id
    invitation.created_at, invitation.expires_at = now, now + LIFETIME
    return token


def _end_expired(session: AnySession, email: str) -> None:
    """So that who let one expire can be invited anew, perhaps with another role."""
    for former in session.scalars(select(Invitation).where(IS_OPEN, Invitation.email == email)):
        now = read_clock(session)
        if _has_expired(former.created_at, now):
            former.ended_at = now
    session.flush()


def _lock_open(session: AnySession, invitation_id: int, seen: str) -> Invitation:
    """For who holds the lock of the team."""
    if get_open(session, invitation_id).seen != seen:
        raise InvitationChanged
    return session.get_one(Invitation, invitation_id, populate_existing=True)


def _read(session: AnySession, *conditions: ColumnElement[bool]) -> list[OpenInvitation]:
    columns = (Invitation.id, Invitation.email, Invitation.role, Admin.email)
    rows = session.execute(
        select(*columns, Invitation.created_at, Invitation.expires_at)
        .join(Admin, Admin.id == Invitation.invited_by)
        .where(*conditions)
        .order_by(Invitation.id.desc())
    ).all()
    if not rows:
        return []
    now = read_clock(session)
    return [
        OpenInvitation(id, email, Role(role), inviter, made, ends, _has_expired(made, now))
        for id, email, role, inviter, made, ends in rows
    ]


def _has_expired(created_at: datetime, now: datetime) -> bool:
    # abs: a clock that was set back must not keep it open.
    return abs(now - created_at) >= LIFETIME

"""The team: who is in it, with which role, and what an owner does with each of them.

All acts take the Owner whom `lock_as_owner` has let in, in the same transaction. So one is left
whatever is done to others; only who changes their own role has to leave another one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select

from domain.accounts import second_factor
from domain.accounts.models import Admin, SecondFactor
from domain.accounts.one_time_links import end_links_made_by, end_links_to
from domain.accounts.owners import Owner, refuse_without_owner
from domain.accounts.remembered_browsers import forget_browsers
from domain.accounts.roles import Permission, Role
from domain.accounts.sessions import end_all_sessions
from domain.accounts.team_errors import AdminChanged, AdminNotFound, NotOneself
from domain.accounts.team_models import PasswordLink
from domain.database import AnySession, read_clock


class Member(NamedTuple):
    """An admin as the team page shows them."""

    id: int
    email: str
    display_name: str
    role: Role
    language: str | None
    last_seen_at: datetime | None
    disabled_at: datetime | None
    second_factor_since: datetime | None
    link_made_at: datetime | None
    link_expires_at: datetime | None

    @property
    def seen(self) -> str:
        """What a form about them was opened with: differs once another owner has changed it."""
        parts = (self.role, self.disabled_at, self.second_factor_since, self.link_made_at)
        return " ".join(
            part.isoformat() if isinstance(part, datetime) else str(part or "-") for part in parts
        )


def list_members(session: AnySession) -> Sequence[Member]:
    """Owners first, each role by name. Removed admins are no members."""
    rows = session.execute(_members().order_by(func.lower(Admin.display_name), Admin.id))
    members = [_member(row) for row in rows]
    return sorted(members, key=lambda member: -list(Role).index(member.role))


def get_member(session: AnySession, admin_id: int) -> Member:
    """Raises AdminNotFound, also for a removed one."""
    row = session.execute(_members().where(Admin.id == admin_id)).one_or_none()
    if row is None:
        raise AdminNotFound
    return _member(row)


def change_role(session: AnySession, _owner: Owner, admin_id: int, role: Role, seen: str) -> None:
    """From their next request on. Who is no owner any more invites nobody. Raises AdminNotFound,
    AdminChanged, LastOwner."""
    admin = lock_member(session, admin_id, seen)
    if not role.may(Permission.OWN):
        refuse_without_owner(session, admin)
        end_links_made_by(session, admin.id)
    admin.role = role
    session.flush()


def disable(session: AnySession, owner: Owner, admin_id: int, seen: str) -> None:
    """Until an owner enables them again. Raises as `change_role`, and NotOneself."""
    admin = _lock_another(session, owner, admin_id, seen)
    if admin.disabled_at is not None:
        raise AdminChanged
    admin.disabled_at = read_clock(session)
    _shut_out(session, admin)


def enable(session: AnySession, owner: Owner, admin_id: int, seen: str) -> None:
    """Raises as `disable`."""
    admin = _lock_another(session, owner, admin_id, seen)
    if admin.disabled_at is None:
        raise AdminChanged
    admin.disabled_at = None
    session.flush()


def remove(session: AnySession, owner: Owner, admin_id: int, seen: str) -> None:
    """For good, unless they are invited again; the row stays, as history names them. Raises as
    `disable`."""
    admin = _lock_another(session, owner, admin_id, seen)
    admin.removed_at = read_clock(session)
    session.flush()
    second_factor.turn_off_for(session, admin.id)
    _shut_out(session, admin)


def reset_second_factor(session: AnySession, owner: Owner, admin_id: int, seen: str) -> str:
    """Of who lost it: the email to tell. Raises as `disable`."""
    admin = _lock_another(session, owner, admin_id, seen)
    if not second_factor.reset(session, admin.email):
        raise AdminChanged
    return admin.email


def lock_member(session: AnySession, admin_id: int, seen: str) -> Admin:
    """The row, as it was when the form was opened. Raises AdminNotFound, AdminChanged."""
    if get_member(session, admin_id).seen != seen:
        raise AdminChanged
    return session.get_one(Admin, admin_id, populate_existing=True)


def _lock_another(session: AnySession, owner: Owner, admin_id: int, seen: str) -> Admin:
    if admin_id == owner.id:
        raise NotOneself
    return lock_member(session, admin_id, seen)


def _shut_out(session: AnySession, admin: Admin) -> None:
    """Everything that lets them in ends with the transaction, and what they have sent to others.
    The row comes first, as in sessions.touch: two that take the same locks cannot wait for each
    other then."""
    session.flush()
    end_all_sessions(session, admin.id)
    forget_browsers(session, admin.id)
    end_links_made_by(session, admin.id)
    end_links_to(session, admin)


def _members() -> Select[Any]:
    return (
        select(
            *(Admin.id, Admin.email, Admin.display_name, Admin.role, Admin.language),
            *(Admin.last_seen_at, Admin.disabled_at, SecondFactor.since),
            *(PasswordLink.created_at, PasswordLink.expires_at),
        )
        .outerjoin(SecondFactor, SecondFactor.admin_id == Admin.id)
        .outerjoin(PasswordLink, PasswordLink.admin_id == Admin.id)
        .where(Admin.removed_at.is_(None))
    )


def _member(row: Any) -> Member:  # noqa: ANN401 - a row of `_members`
    id, email, name, role, *others = row
    return Member(id, email, name, Role(role), *others)

"""One-time links to a new password, which owners make for who lost theirs. The second factor is
asked for all the same."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from domain.accounts import sign_in_limits
from domain.accounts.admins import lock_admins
from domain.accounts.models import IS_ACTIVE, Admin
from domain.accounts.one_time_links import digest, end_password_link, new_token
from domain.accounts.owners import Owner
from domain.accounts.remembered_browsers import forget_browsers
from domain.accounts.second_factor import find_second_factor
from domain.accounts.sessions import (
    SignedIn,
    Waiting,
    end_all_sessions,
    open_session,
    open_waiting_session,
)
from domain.accounts.team import lock_member
from domain.accounts.team_errors import AdminIsDisabled, LinkOver, NotOneself
from domain.accounts.team_models import PasswordLink
from domain.database import AnySession, read_clock

LIFETIME = timedelta(hours=24)


class Linked(NamedTuple):
    """Whose password a link is for."""

    admin_id: int
    email: str
    display_name: str
    created_at: datetime


def make_link(session: AnySession, owner: Owner, admin_id: int, seen: str) -> str:
    """The token of a link in place of the one before. Raises NotOneself, AdminNotFound,
    AdminChanged, AdminIsDisabled."""
    if admin_id == owner.id:
        raise NotOneself
    admin = lock_member(session, admin_id, seen)
    if not admin.is_active:
        raise AdminIsDisabled
    token, now = new_token(), read_clock(session)
    link = PasswordLink(admin_id=admin.id, token_hash=digest(token), made_by=owner.id)
    link.created_at, link.expires_at = now, now + LIFETIME
    end_password_link(session, admin.id)
    session.add(link)
    session.flush()
    return token


def find_by_token(session: AnySession, token: str) -> Linked:
    """Looking at it uses nothing up. Raises LinkOver."""
    row = session.execute(
        select(Admin.id, Admin.email, Admin.display_name, PasswordLink.created_at)
        .join(PasswordLink, PasswordLink.admin_id == Admin.id)
        .where(PasswordLink.token_hash == digest(token), IS_ACTIVE)
    ).one_or_none()
    # abs: a clock that was set back must not keep it open.
    if row is None or abs(read_clock(session) - row.created_at) >= LIFETIME:
        raise LinkOver
    return Linked._make(row)


def use_link(
    session: AnySession, token: str, password_hash: str, device: str = ""
) -> SignedIn | Waiting:
    """Keeps the new password, signs out everywhere, and signs this browser in, or lets it wait for
    a code. Raises LinkOver."""
    lock_admins(session)
    linked = find_by_token(session, token)
    admin = session.get_one(Admin, linked.admin_id, populate_existing=True)
    admin.password_hash, admin.password_is_weak = password_hash, False
    session.flush()
    end_password_link(session, admin.id)
    end_all_sessions(session, admin.id)
    forget_browsers(session, admin.id)
    sign_in_limits.forget_codes(session, admin.email)
    if find_second_factor(session, admin.id) is None:
        return open_session(session, admin, device)
    return open_waiting_session(session, admin)

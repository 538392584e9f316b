"""Browsers that are signed in. The rows decide; a cookie only holds the key to one."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ClassVar

from sqlalchemy import ColumnElement, and_, delete, not_, or_, select, update

from domain.accounts.models import DEVICE_LABEL_CHARACTERS, Admin, SecondFactor, SignInSession
from domain.accounts.required_factor import is_required
from domain.accounts.roles import Role
from domain.database import AnySession, read_clock, utc_now

IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)
# How long after a password an act that asks for it needs no further one.
CONFIRMED = timedelta(minutes=10)
# How long after the password the code can be typed.
WAITS = timedelta(minutes=10)
TOKEN_BYTES = 32


@dataclass(frozen=True)
class SignedIn:
    """The admin behind a request, detached from the database; in the form Flask-Login expects.

    `is_confirmed`: they proved to be there a short while ago. `needs_second_factor`: nothing else
    is open to them before they have set one up.
    """

    token: str = field(repr=False)
    session_id: int
    admin_id: int
    email: str
    display_name: str
    role: Role
    language: str | None = None
    time_zone: str | None = None
    needs_touch: bool = False
    is_confirmed: bool = False
    has_second_factor: bool = False
    needs_second_factor: bool = False
    password_is_weak: bool = False

    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    def get_id(self) -> str:
        return self.token


@dataclass(frozen=True)
class Waiting:
    """A browser in which the right password was typed, and the code was not yet. Opens nothing."""

    token: str = field(repr=False)
    admin_id: int
    email: str


def open_session(session: AnySession, admin: Admin, device: str = "") -> SignedIn:
    """Sign this browser in under a new token, for who just proved to be there."""
    _remove_dead(session)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = SignInSession(
        token_hash=_digest(token),
        admin_id=admin.id,
        confirmed_at=utc_now(),
        device=device[:DEVICE_LABEL_CHARACTERS],
        needs_second_factor=is_required(session) and not _has_second_factor(session, admin.id),
    )
    admin.last_seen_at = read_clock(session)
    session.add(row)
    session.flush()
    return _signed_in(token, row, admin, is_confirmed=True)


def _has_second_factor(session: AnySession, admin_id: int) -> bool:
    found = select(SecondFactor.admin_id).where(SecondFactor.admin_id == admin_id)
    return session.scalar(found) is not None


def open_waiting_session(session: AnySession, admin: Admin) -> Waiting:
    """For who typed the right password and still has to type a code."""
    _remove_dead(session)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = SignInSession(token_hash=_digest(token), admin_id=admin.id, waits_for_code=True)
    session.add(row)
    session.flush()
    return Waiting(token, admin.id, admin.email)


def find_waiting_session(session: AnySession, token: str) -> Waiting | None:
    """Who may type a code in the browser with this token; None once the ten minutes are over."""
    found = session.execute(
        select(SignInSession.created_at, Admin.id, Admin.email, utc_now().label("now"))
        .join(Admin, Admin.id == SignInSession.admin_id)
        .where(SignInSession.token_hash == _digest(token), SignInSession.waits_for_code)
    ).first()
    # abs: as in find_session.
    if found is None or abs(found.now - found.created_at) >= WAITS:
        return None
    return Waiting(token, found.id, found.email)


def find_session(session: AnySession, token: str) -> SignedIn | None:
    """Who holds this token, None when it is unknown, idle for too long or too old."""
    found = session.execute(
        select(SignInSession, Admin, SecondFactor.admin_id, utc_now().label("now"))
        .join(Admin, Admin.id == SignInSession.admin_id)
        .outerjoin(SecondFactor, SecondFactor.admin_id == Admin.id)
        .where(SignInSession.token_hash == _digest(token), not_(SignInSession.waits_for_code))
    ).first()
    if found is None:
        return None
    row, admin, second_factor, now = found
    if not admin.is_active:
        return None
    # abs: a clock that was set back must not keep a session alive for ever.
    idle, age = abs(now - row.last_seen_at), abs(now - row.created_at)
    if idle >= IDLE or age >= ABSOLUTE:
        return None
    return _signed_in(
        *(token, row, admin),
        needs_touch=idle >= TOUCH_EVERY,
        is_confirmed=row.confirmed_at is not None and abs(now - row.confirmed_at) < CONFIRMED,
        has_second_factor=second_factor is not None,
    )


def _signed_in(token: str, row: SignInSession, admin: Admin, **known: bool) -> SignedIn:
    return SignedIn(
        token,
        row.id,
        admin.id,
        admin.email,
        admin.display_name,
        Role(admin.role),
        admin.language,
        admin.time_zone,
        needs_second_factor=row.needs_second_factor,
        password_is_weak=admin.password_is_weak,
        **known,
    )


def touch(session: AnySession, token: str) -> None:
    """Note that someone is there; a session that has ended meanwhile stays ended."""
    this = SignInSession.token_hash == _digest(token)
    admin_id = select(SignInSession.admin_id).where(this).scalar_subquery()
    # The admin first, as where sign-ins are ended: two cannot wait for each other then.
    for row in (update(Admin).where(Admin.id == admin_id), update(SignInSession).where(this)):
        now = row.values(last_seen_at=utc_now())
        session.execute(now.execution_options(synchronize_session=False))


def confirm(session: AnySession, token: str) -> None:
    """Note that the admin has typed the right password; an ended session stays ended."""
    session.execute(
        update(SignInSession)
        .where(SignInSession.token_hash == _digest(token))
        .values(confirmed_at=utc_now())
    )


def end_session(session: AnySession, token: str) -> bool:
    """Whether it was there."""
    this = delete(SignInSession).where(SignInSession.token_hash == _digest(token))
    return session.scalar(this.returning(SignInSession.id)) is not None


def list_sessions(session: AnySession, admin_id: int) -> Sequence[SignInSession]:
    """The browsers in which the admin is signed in, the last seen first."""
    is_theirs = (SignInSession.admin_id == admin_id, not_(SignInSession.waits_for_code))
    return session.scalars(
        select(SignInSession)
        .where(*is_theirs, _lives(read_clock(session)))
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id.desc())
    ).all()


def end_own_session(session: AnySession, admin_id: int, session_id: int) -> bool:
    """Whether it was there: an admin can end their own alone."""
    this = (SignInSession.id == session_id, SignInSession.admin_id == admin_id)
    ended = delete(SignInSession).where(*this).returning(SignInSession.id)
    return session.scalar(ended) is not None


def end_other_sessions(session: AnySession, admin_id: int, kept_id: int) -> bool:
    """All of the admin's but one, also where a code is still to be typed; whether there are any."""
    others = (SignInSession.admin_id == admin_id, SignInSession.id != kept_id)
    ended = delete(SignInSession).where(*others).returning(SignInSession.id)
    return bool(session.scalars(ended).all())


def end_all_sessions(session: AnySession, admin_id: int) -> None:
    session.execute(delete(SignInSession).where(SignInSession.admin_id == admin_id))


def end_waiting_sessions(session: AnySession, admin_id: int) -> None:
    """Those in which a code was still to be typed: the password is asked for again."""
    session.execute(
        delete(SignInSession).where(
            SignInSession.admin_id == admin_id, SignInSession.waits_for_code
        )
    )


def second_factor_is_set_up(session: AnySession, admin_id: int) -> None:
    """Opens to the admin what waited for it."""
    session.execute(
        update(SignInSession)
        .where(SignInSession.admin_id == admin_id)
        .values(needs_second_factor=False)
    )


def _remove_dead(session: AnySession) -> None:
    session.execute(delete(SignInSession).where(not_(_lives(read_clock(session)))))


def _lives(now: datetime) -> ColumnElement[bool]:
    return and_(
        SignInSession.last_seen_at.between(now - IDLE, now + IDLE),
        SignInSession.created_at.between(now - ABSOLUTE, now + ABSOLUTE),
        or_(
            not_(SignInSession.waits_for_code),
            SignInSession.created_at.between(now - WAITS, now + WAITS),
        ),
    )


def _digest(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()

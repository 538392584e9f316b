"""Who may sign in."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from domain.accounts.errors import UnfitEmail
from domain.accounts.models import IS_ACTIVE, Admin
from domain.accounts.names import OUR_WORDS, clean_display_name, look_of, name_from
from domain.accounts.one_time_links import end_links_to
from domain.accounts.remembered_browsers import forget_browsers
from domain.accounts.roles import Role
from domain.accounts.sessions import end_all_sessions
from domain.accounts.sign_in_limits import forget_codes
from domain.database import AnySession, lock
from domain.emails import UnfitAddress, normal_address


def normal_email(text: str) -> str:
    """The one spelling under which an email is kept. Raises UnfitEmail."""
    try:
        return normal_address(text)
    except UnfitAddress as problem:
        raise UnfitEmail(problem.args[0]) from None


def has_admin(session: AnySession) -> bool:
    """Whether anyone can sign in at all."""
    return session.scalar(select(Admin.id).where(IS_ACTIVE).limit(1)) is not None


def lock_admins(session: AnySession) -> None:
    """Lets one writer at a time make admins and sign them in or out, until the transaction ends."""
    lock(session, "admins")


def find_admin(session: AnySession, email: str) -> Admin | None:
    """The admin with this normal email, who may be disabled or removed."""
    return session.scalar(select(Admin).where(Admin.email == email))


def list_names(session: AnySession) -> Mapping[str, str]:
    """What every admin is called, by email; removed ones too, as history names them. Those with
    names that look the same, or like words of ours, are shown with the email."""
    names = dict(session.execute(select(Admin.email, Admin.display_name)).tuples().all())
    bearers = Counter([*OUR_WORDS, *map(look_of, names.values())])
    return {
        email: f"{name} ({email})" if bearers[look_of(name)] > 1 else name
        for email, name in names.items()
    }


def list_emails(session: AnySession) -> Sequence[tuple[int, str]]:
    """Of all admins with their ids, also of those who were removed."""
    return session.execute(select(Admin.id, Admin.email).order_by(Admin.id)).tuples().all()


def save_admin(
    session: AnySession,
    email: str,
    password_hash: str,
    name: str = "",
    role: Role = Role.OWNER,
) -> bool:
    """Make an admin, or give a known one a new password and sign them out everywhere; one who was
    disabled or removed is back.

    True when the admin is new. Without a name a new one is called by their email, and a known one
    as before; a known one has the role of before, too, unless they were removed. Raises UnfitName.
    """
    name = clean_display_name(name) if name else ""
    lock_admins(session)
    admin = find_admin(session, email)
    if admin is None:
        display_name = name or name_from(email)
        admin = Admin(email=email, display_name=display_name, password_hash=password_hash)
        admin.role = role
        session.add(admin)
        session.flush()
        end_links_to(session, admin)
        return True
    admin.password_hash, admin.password_is_weak = password_hash, False
    admin.display_name = name or admin.display_name
    if admin.removed_at is not None:
        admin.role = role
    admin.disabled_at = admin.removed_at = None
    end_all_sessions(session, admin.id)
    forget_browsers(session, admin.id)
    forget_codes(session, admin.email)
    end_links_to(session, admin)
    session.flush()
    return False

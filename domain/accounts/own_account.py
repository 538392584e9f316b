"""What admins say of themselves: what they are called, and how they read pages and mails."""

from typing import NamedTuple

from sqlalchemy import select

from domain.accounts.errors import UnfitChoice
from domain.accounts.models import Admin
from domain.accounts.names import clean_display_name
from domain.database import AnySession
from domain.languages import ADMINS_LANGUAGES
from domain.messages import message
from domain.times import TIME_ZONES


class OwnAccount(NamedTuple):
    """Without a language or zone of their own, both follow the browser."""

    display_name: str
    language: str | None
    time_zone: str | None


def check_language(code: str) -> None:
    """ "" for none of one's own. Raises UnfitChoice."""
    if code and code not in ADMINS_LANGUAGES:
        raise UnfitChoice(message("Choose a language from the list."))


def check_time_zone(name: str) -> None:
    """ "" for none of one's own. Raises UnfitChoice."""
    if name and name not in TIME_ZONES:
        raise UnfitChoice(message("Choose a time zone from the list."))


def change_account(session: AnySession, admin_id: int, wanted: OwnAccount) -> list[str]:
    """The names of the fields that this changed. Raises UnfitName, UnfitChoice."""
    check_language(wanted.language or "")
    check_time_zone(wanted.time_zone or "")
    return _change(
        session,
        admin_id,
        display_name=clean_display_name(wanted.display_name),
        language=wanted.language or None,
        time_zone=wanted.time_zone or None,
    )


def choose_language(session: AnySession, admin_id: int, code: str) -> list[str]:
    """As `change_account`, of the language alone."""
    check_language(code)
    return _change(session, admin_id, language=code or None)


def _change(session: AnySession, admin_id: int, **wanted: str | None) -> list[str]:
    admin = session.get_one(Admin, admin_id)
    changed = [name for name, value in wanted.items() if value != getattr(admin, name)]
    for name in changed:
        setattr(admin, name, wanted[name])
    session.flush()
    return changed


def own_language(session: AnySession, email: str) -> str | None:
    """In which language this admin wants to be written to; None for whoever chose none."""
    return session.scalar(select(Admin.language).where(Admin.email == email))

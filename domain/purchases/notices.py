"""Notices to admins about purchases, in the language in which admins are written to."""

from domain.catalogue.storefront import live
from domain.database import AnySession
from domain.languages import admins_language
from domain.notices.acts import note
from domain.notices.rules import Kind


def note_for_admins(session: AnySession, kind: Kind, **data: str | int) -> None:
    """`data` holds numbers and words of ours, and names nobody."""
    language = admins_language(live.live_release(session).settings.main_language)
    note(session, kind, data, language=language)

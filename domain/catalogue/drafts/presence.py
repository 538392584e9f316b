"""Who has the edit form of which package open. A hint for others: it locks nothing.

An open form is heard of every few seconds, and says when it is closed. One that falls silent is
believed for a while: the database's clock decides, and the next one that is heard of tidies up.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, delete, not_, select

from domain.catalogue.models import Presence
from domain.database import AnySession, lock, read_clock, utc_now

# Heard of every 8 seconds, so two may get lost.
BELIEVED = timedelta(seconds=20)
# Browsers let a page in a background tab act once a minute only.
BELIEVED_HIDDEN = timedelta(seconds=75)


# With the database's clock. Asked with every page, so put together once.
_SIBLINGS = (
    select(Presence.package_id, Presence.author, Presence.until, utc_now())
    .where(Presence.author != bindparam("reader"))
    .order_by(Presence.package_id, Presence.author)
)


def note_open(
    session: AnySession, form: str, package_id: int, *, author: str, is_hidden: bool = False
) -> None:
    """The form is open; `is_hidden` when in a tab that is not looked at."""
    lock(session, "presence")
    now = read_clock(session)
    session.execute(delete(Presence).where(not_(_is_believed(now))))
    until = now + (BELIEVED_HIDDEN if is_hidden else BELIEVED)
    session.merge(Presence(form=form, package_id=package_id, author=author, until=until))
    session.flush()


def note_closed(session: AnySession, form: str, *, author: str) -> None:
    lock(session, "presence")
    session.execute(delete(Presence).where(Presence.form == form, Presence.author == author))


def others_editing(session: AnySession, reader: str) -> dict[int, tuple[str, ...]]:
    """Who else than `reader` edits what: the admins by name, for each package with any."""
    rows = session.execute(_SIBLINGS, {"reader": reader})
    editing: dict[int, tuple[str, ...]] = {}
    for package_id, author, until, now in rows:
        names = editing.get(package_id, ())
        if now <= until <= now + BELIEVED_HIDDEN and author not in names:
            editing[package_id] = (*names, author)
    return editing


def _is_believed(now: datetime) -> ColumnElement[bool]:
    # No longer than any form is believed: a clock that was set back must not keep one open.
    return Presence.until.between(now, now + BELIEVED_HIDDEN)

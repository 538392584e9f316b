"""Writing a notice down, and putting notices into mails: at once, or one mail for a day."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from domain.accounts.models import Admin
from domain.database import AnySession, lock
from domain.notices.choices import Recipient, admins_who_chose
from domain.notices.models import Notice, NoticesUntil
from domain.notices.rules import KINDS, MOST_LINES, Kind
from domain.outbox.acts import put
from domain.outbox.rules import MAIL
from domain.times import start_of_day

Lines = dict[str, list[dict[str, Any]]]


def note(
    session: AnySession,
    kind: Kind,
    data: dict[str, Any],
    *,
    language: str,
    author_id: int | None = None,
) -> None:
    """Writes down what happened, in the transaction in which it does. `data` names no person: a
    mailbox of an admin may be read by others. Its author gets no mail about it; `language` is for
    those who chose none."""
    author = session.get(Admin, author_id) if author_id else None
    data = data | {"author": author.display_name if author else ""}
    notice = Notice(kind=kind, author_id=author_id, data=data)
    session.add(notice)
    session.flush()
    for who in admins_who_chose(session, kind, "at_once"):
        if who.admin_id != author_id:
            put(
                session,
                MAIL,
                f"notice:{notice.id}:{who.admin_id}",
                topic="notice",
                recipient=who.email,
                data={"language": who.language or language, "kind": kind, **data},
            )


def has_due_day(session: AnySession, today: date) -> bool:
    """Whether notices of days before today may wait for their mails."""
    last = session.scalar(select(NoticesUntil.day))
    return last is None or last < today


def write_daily(session: AnySession, today: date, zone: ZoneInfo, *, language: str) -> None:
    """A mail to each admin who wishes one, about what happened before today; once for each day. In
    `language` for those who chose none."""
    lock(session, "notices")
    if not has_due_day(session, today):
        return
    begin = start_of_day(today, zone)
    for who, lines in _lines_by_admin(session, begin).items():
        put(
            session,
            MAIL,
            f"notices:{today}:{who.admin_id}",
            topic="notices",
            recipient=who.email,
            data={"language": who.language or language, "lines": lines},
        )
    session.execute(delete(Notice).where(Notice.created_at < begin))
    session.merge(NoticesUntil(id=1, day=today))


def _lines_by_admin(session: AnySession, before: datetime) -> dict[Recipient, Lines]:
    """By kind: the first of them in full, and of the others how many there are."""
    found: defaultdict[Recipient, Lines] = defaultdict(dict)
    for kind in KINDS:
        this = (Notice.kind == kind, Notice.created_at < before)
        notices = session.scalars(select(Notice).where(*this).order_by(Notice.id)).all()
        for who in admins_who_chose(session, kind, "daily"):
            others = [notice.data for notice in notices if notice.author_id != who.admin_id]
            if others:
                more = [{"more": len(others) - MOST_LINES}] if len(others) > MOST_LINES else []
                found[who][kind] = others[:MOST_LINES] + more
    return found

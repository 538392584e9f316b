"""Whether the database is a test or a live one: for good, from its first wallet on."""

from sqlalchemy import insert, select

from domain.database import AnySession
from domain.ledger.errors import ModeDiffers
from domain.ledger.models import ledger_mode
from domain.ledger.rules import Mode


def kept_mode(session: AnySession) -> Mode | None:
    """What the database is for good; None before the first wallet."""
    return session.scalar(select(ledger_mode.c.mode))


def keep_mode(session: AnySession, mode: Mode) -> None:
    kept = kept_mode(session)
    if kept is None:
        session.execute(insert(ledger_mode), {"id": 1, "mode": mode})
    elif kept != mode:
        raise ModeDiffers(kept, mode)

"""Long writes to the catalogue: worked out before they take its lock, which they hold briefly."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sqlalchemy import func, select

from domain.catalogue.drafts.drafts import lock_catalogue
from domain.catalogue.models import DraftRevision, Release
from domain.catalogue.pending.pending import Cursor
from domain.database import AnySession, write

T = TypeVar("T")
Work = Callable[[AnySession], T]
Plan = Callable[[AnySession], Work[T]]

# Colleagues save every few seconds, and the longest plan takes about one.
TRIES_WITHOUT_LOCK = 3

_CURSOR = select(
    select(func.coalesce(func.max(DraftRevision.id), 0)).scalar_subquery(),
    select(func.coalesce(func.max(Release.number), 0)).scalar_subquery(),
)


class _Outdated(Exception):
    """Somebody wrote to the catalogue after the plan had read it."""


def write_planned(session: AnySession, plan: Plan[T]) -> T:
    """Commits the work that `plan` returns, and returns what that does.

    `plan` reads one state of the catalogue, decides, and writes nothing: others may write
    meanwhile. Its work runs under the catalogue's lock, and only if nobody did; else the plan is
    made again, in the end under the lock itself, where nobody else can write.
    """
    for _ in range(TRIES_WITHOUT_LOCK):
        session.rollback()
        seen, work = read_cursor(session), plan(session)
        try:
            return write(session, partial(_if_still, seen=seen, work=work))
        except _Outdated:
            continue
    return write(session, partial(_at_once, plan=plan))


def read_cursor(session: AnySession) -> Cursor:
    """The newest draft write and the newest release; every write to the catalogue moves it."""
    return Cursor(*session.execute(_CURSOR).one())


def _if_still(session: AnySession, seen: Cursor, work: Work[T]) -> T:
    lock_catalogue(session)
    if read_cursor(session) != seen:
        raise _Outdated
    return work(session)


def _at_once(session: AnySession, plan: Plan[T]) -> T:
    lock_catalogue(session)
    return plan(session)(session)

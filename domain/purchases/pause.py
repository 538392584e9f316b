"""The pause of buying. It works at once, for all packages."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, select

from domain.database import AnySession, insert_for
from domain.purchases.models import SellingPause


class Pause(NamedTuple):
    since: datetime
    author: str


def is_paused(session: AnySession) -> bool:
    return find_pause(session) is not None


def find_pause(session: AnySession) -> Pause | None:
    row = session.execute(select(SellingPause.since, SellingPause.author)).one_or_none()
    return Pause._make(row) if row else None


def pause(session: AnySession, author: str) -> None:
    """A pause that there is stays as it is."""
    add = insert_for(session)(SellingPause).values(id=1, author=author)
    session.execute(add.on_conflict_do_nothing(index_elements=["id"]))


def resume(session: AnySession) -> None:
    session.execute(delete(SellingPause))

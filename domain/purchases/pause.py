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


def pause(session: AnySession, author: str) -> bool:
    """Whether it is new: a pause that there is stays as it is."""
    add = insert_for(session)(SellingPause).values(id=1, author=author)
    new = add.on_conflict_do_nothing(index_elements=["id"]).returning(SellingPause.id)
    return session.scalar(new) is not None


def resume(session: AnySession) -> bool:
    """Whether there was a pause."""
    return session.scalar(delete(SellingPause).returning(SellingPause.id)) is not None

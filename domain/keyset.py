"""Long lists by the numbers of their rows: a page of them, or all in portions."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from domain.database import MOST_ID, AnySession

PAGE_ROWS = 50
PORTION_ROWS = 500

T = TypeVar("T")


class Numbers(NamedTuple):
    """Those of a page, the highest first. Those before have numbers above `newer`, those after it
    numbers below `older`; None where there are none."""

    ids: Sequence[int]
    newer: int | None
    older: int | None


def read_page(
    session: AnySession,
    wanted: Select[tuple[int]],
    id: InstrumentedAttribute[int],
    *,
    below: int | None = None,
    above: int | None = None,
) -> Numbers:
    """Of the numbers in the column `id` that are `wanted`: the highest, those `below` one, or the
    last ones before those: `above` one."""
    if above is not None:
        return _read_above(session, wanted, id, above)
    found = _first(session, wanted.where(id < (below or MOST_ID)).order_by(id.desc()))
    shown = found[:PAGE_ROWS]
    newer = shown[0] if below is not None and shown else None
    return Numbers(shown, newer, shown[-1] if len(found) > PAGE_ROWS else None)


def read_all(
    session: AnySession,
    wanted: Select[tuple[int]],
    id: InstrumentedAttribute[int],
    read: Callable[[AnySession, Sequence[int]], Iterable[T]],
) -> Iterator[T]:
    """What `read` makes of all numbers that are `wanted`, the lowest first. Each portion is read in
    a transaction of its own, so a slow download holds up nobody; the rows may change between."""
    last = 0
    while True:
        portion = wanted.where(id > last).order_by(id).limit(PORTION_ROWS)
        ids = session.scalars(portion).all()
        found = read(session, ids)
        session.rollback()
        yield from found
        if len(ids) < PORTION_ROWS:
            return
        last = ids[-1]


def _read_above(
    session: AnySession, wanted: Select[tuple[int]], id: InstrumentedAttribute[int], above: int
) -> Numbers:
    found = _first(session, wanted.where(id > above).order_by(id))
    shown = found[:PAGE_ROWS][::-1]
    newer = shown[0] if len(found) > PAGE_ROWS else None
    return Numbers(shown, newer, shown[-1] if shown else None)


def _first(session: AnySession, ids: Select[tuple[int]]) -> Sequence[int]:
    """One more than a page shows, which tells that there are more."""
    return session.scalars(ids.limit(PAGE_ROWS + 1)).all()

"""Draft writes as lines of the activity. Those of one batch are one line, at the last of them.

The catalogue's lock keeps the writes of a batch together: nobody else's number lies between. So a
step from line to line goes from any write in a batch to the one before its first.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    case,
    func,
    literal,
    select,
)
from sqlalchemy.orm import aliased

from domain.activity.recording import Object
from domain.activity_list.lines import Line, Span
from domain.activity_list.selection import BATCH, DRAFT, Selection
from domain.catalogue.drafts.revisions import PLACE
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.models import DraftBatch, DraftRevision
from domain.database import AnySession

Number = ColumnElement[Any]
Wanted = Iterable[ColumnElement[bool]]
_COLUMNS = (
    *(DraftRevision.id, DraftRevision.created_at, DraftRevision.author, DraftRevision.request_id),
    *(DraftRevision.action, DraftRevision.item_type, DraftRevision.item_id),
    *(DraftRevision.old, DraftRevision.new),
)
_BATCH = (
    *(DraftBatch.action.label("batch"), DraftBatch.first_id, DraftBatch.last_id),
    *(DraftBatch.release_number, DraftBatch.part_of),
)


def read(
    session: AnySession, source: int, selection: Selection, span: Span, most: int, *, upwards: bool
) -> list[Line]:
    """The highest in the span, or the lowest, in this order. Of what was done to one item, each
    write is a line of its own."""
    if not selection.wants(DRAFT, BATCH):
        return []
    wanted = _conditions(selection)
    if selection.object:
        within = (DraftRevision.id >= span.first, DraftRevision.id < span.end)
        ids = select(DraftRevision.id).where(*wanted, *within)
        ids = ids.order_by(DraftRevision.id.asc() if upwards else DraftRevision.id.desc())
        numbers = session.scalars(ids.limit(most)).all()
    else:
        walk = _walk_up if upwards else _walk_down
        numbers = session.scalars(walk(wanted, span, most)).all()
    found = dict(_read_lines(session, source, numbers, selection))
    return [found[number] for number in numbers]


def start_of_run(number: Number | ScalarSelect[Any]) -> Number:
    """The first number of the batch that this one is in; itself when it is in none."""
    return _edge(number, DraftBatch.first_id)


def _end_of_run(number: Number) -> Number:
    return _edge(number, DraftBatch.last_id)


def _edge(number: Number | ScalarSelect[Any], edge: Any) -> Number:  # noqa: ANN401 - a column
    """Batches lie apart: only the one that ends next can hold the number."""
    found = case((DraftBatch.first_id <= number, edge), else_=number)
    ends_next = select(found).where(DraftBatch.last_id >= number).order_by(DraftBatch.last_id)
    one = ends_next.limit(1).correlate_except(DraftBatch).scalar_subquery()
    return func.coalesce(one, number)


def _conditions(selection: Selection) -> list[ColumnElement[bool]]:
    wanted = []
    if selection.person is not None:
        wanted.append(DraftRevision.author == selection.person)
    if selection.object:
        type, id = selection.object
        wanted += [DraftRevision.item_type == type, DraftRevision.item_id == id]
    return wanted


# With two bounds on one side, SQLite looks for one of them and passes all rows up to the other: a
# step has that of the line before alone.
def _walk_down(wanted: Wanted, span: Span, most: int) -> Select[tuple[int]]:
    """The last number of each line, the highest first."""
    newest = select(func.max(DraftRevision.id)).where(*wanted, DraftRevision.id >= span.first)
    walk = _begin(newest.where(DraftRevision.id < span.end))
    before = newest.where(DraftRevision.id < start_of_run(walk.c.id)).scalar_subquery()
    walk = _go_on(walk, before, most)
    return select(walk.c.id).where(walk.c.id.is_not(None)).order_by(walk.c.id.desc())


def _walk_up(wanted: Wanted, span: Span, most: int) -> Select[tuple[int]]:
    """The same from the lowest line on."""
    oldest = select(func.min(DraftRevision.id)).where(*wanted, DraftRevision.id < span.end)
    walk = _begin(oldest.where(DraftRevision.id >= span.first))
    after = oldest.where(DraftRevision.id > _end_of_run(walk.c.id)).scalar_subquery()
    walk = _go_on(walk, after, most)
    return select(_end_of_run(walk.c.id)).where(walk.c.id.is_not(None)).order_by(walk.c.id)


def _begin(first: Select[tuple[int]]) -> CTE:
    first_step = select(first.scalar_subquery().label("id"), literal(1).label("step"))
    return first_step.cte("walk", recursive=True)


def _go_on(walk: CTE, next: ScalarSelect[Any], most: int) -> CTE:
    goes_on = and_(walk.c.id.is_not(None), walk.c.step < most)
    return walk.union_all(select(next, walk.c.step + 1).where(goes_on))


def _read_lines(
    session: AnySession, source: int, numbers: Sequence[int], selection: Selection
) -> Iterable[tuple[int, Line]]:
    """By these numbers."""
    own = aliased(DraftBatch)
    ends_next = (
        select(own.id)
        .where(own.last_id >= DraftRevision.id)
        .order_by(own.last_id)
        .limit(1)
        .scalar_subquery()
    )
    batch = and_(DraftBatch.id == ends_next, DraftBatch.first_id <= DraftRevision.id)
    rows = (
        select(*_COLUMNS, *_BATCH)
        .select_from(DraftRevision)
        .outerjoin(DraftBatch, batch)
        .where(DraftRevision.id.in_(numbers))
    )
    for row in session.execute(rows):
        item = Object(row.item_type, row.item_id)
        who = (row.created_at, row.author)
        ids = Span(row.id, row.id + 1)
        if row.batch and not selection.object:
            ids = Span(row.first_id, row.last_id + 1)
            kind, about, details = f"{BATCH}{row.batch}", None, _details_of_batch(row)
        else:
            kind, about, details = f"{DRAFT}{row.action}", item, _details_of_write(row)
        yield row.id, Line(source, ids, *who, kind, row.request_id, about, details)


def _details_of_write(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row
    """Which fields changed, and not what they held."""
    if row.action != "edited":
        return {}
    changed = {*row.old, *row.new} - {*PLACE}
    in_order = [name for name in ITEM_TYPES[row.item_type].fields if name in changed]
    return {"fields": in_order}


def _details_of_batch(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row
    details: dict[str, Any] = {"count": row.last_id - row.first_id + 1}
    if row.release_number:
        details["release"] = row.release_number
    return details | ({"goes_on": True} if row.part_of else {})

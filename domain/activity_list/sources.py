"""What the activity is read from besides draft writes: releases, acts, sign-ins that failed; and
between which numbers of each of them all of it lies."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement, Select, func, literal, null, select, union_all

from domain.accounts.models import FailedSignInHour
from domain.activity.models import Activity
from domain.activity.recording import NOBODY, Object
from domain.activity_list import drafts
from domain.activity_list.lines import Line, Span
from domain.activity_list.selection import FAILED, KINDS_OF, RELEASED, Selection
from domain.catalogue.models import DraftRevision, Release
from domain.database import AnySession


class Reader(Protocol):
    """The highest lines in a span, or `upwards` the lowest, in this order."""

    def __call__(
        self,
        session: AnySession,
        source: int,
        selection: Selection,
        span: Span,
        most: int,
        *,
        upwards: bool,
    ) -> list[Line]: ...


class Source(NamedTuple):
    """`id` numbers its rows as time goes, `at` is the column of that; `end_of` makes the first
    number that is too late one that parts no line."""

    id: Any
    at: Any
    read: Reader
    end_of: Callable[[Any], Any] = lambda number: number


def read_releases(
    session: AnySession, source: int, selection: Selection, span: Span, most: int, *, upwards: bool
) -> list[Line]:
    about = selection.object
    if not selection.wants(RELEASED) or (about and about.type != "release"):
        return []
    columns = (Release.number, Release.created_at, Release.author, Release.request_id)
    wanted = select(*columns, Release.change_count).where(*_within(Release.number, span))
    if selection.person is not None:
        wanted = wanted.where(Release.author == selection.person)
    if about:
        wanted = wanted.where(Release.number == about.id)
    wanted = wanted.order_by(Release.number.asc() if upwards else Release.number.desc())
    return [
        Line(
            *(source, Span(number, number + 1), at, author, RELEASED, request_id),
            *(Object("release", number), {"count": count}),
        )
        for number, at, author, request_id, count in session.execute(wanted.limit(most))
    ]


def read_acts(
    session: AnySession, source: int, selection: Selection, span: Span, most: int, *, upwards: bool
) -> list[Line]:
    columns = (Activity.id, Activity.at, Activity.author, Activity.kind, Activity.request_id)
    more = (Activity.object_type, Activity.object_id, Activity.details)
    ids = _ids_of_acts(selection, span, most, upwards=upwards)
    order = Activity.id.asc() if upwards else Activity.id.desc()
    rows = select(*columns, *more).where(Activity.id.in_(ids)).order_by(order).limit(most)
    return [
        Line(
            *(source, Span(id, id + 1), at, author, kind, request_id),
            *(Object(type, object_id) if type else None, details),
        )
        for id, at, author, kind, request_id, type, object_id, details in session.execute(rows)
    ]


def _ids_of_acts(
    selection: Selection, span: Span, most: int, *, upwards: bool
) -> Select[tuple[int]]:
    """Of one kind after the other, as an index has them, so that rare ones are found at once; of
    one object all kinds, as it has few."""
    wanted = select(Activity.id).where(*_within(Activity.id, span))
    if selection.person is not None:
        wanted = wanted.where(Activity.author == selection.person)
    if selection.object:
        type, id = selection.object
        wanted = wanted.where(Activity.object_type == type, Activity.object_id == id)

    def first_of(ids: Select[tuple[int]]) -> Select[tuple[int]]:
        found = ids.order_by(Activity.id.asc() if upwards else Activity.id.desc()).limit(most)
        return select(found.subquery().c.id)

    if not selection.part:
        return first_of(wanted)
    kinds = KINDS_OF[selection.part]
    if selection.object:
        return first_of(wanted.where(Activity.kind.in_(kinds)))
    of_kinds = union_all(*(first_of(wanted.where(Activity.kind == kind)) for kind in kinds))
    found = of_kinds.subquery().c.id
    return select(found).order_by(found.asc() if upwards else found.desc()).limit(most)


def read_failures(
    session: AnySession, source: int, selection: Selection, span: Span, most: int, *, upwards: bool
) -> list[Line]:
    """By the beginning of their hour. Nobody's acts: who failed may be anybody."""
    if not selection.wants(FAILED) or selection.object or selection.person == NOBODY:
        return []
    hour = FailedSignInHour
    wanted = select(hour.id, hour.hour, hour.author, hour.count).where(
        *_within(hour.id, span), hour.count > 0
    )
    if selection.person is not None:
        wanted = wanted.where(hour.author == selection.person)
    wanted = wanted.order_by(hour.id.asc() if upwards else hour.id.desc())
    return [
        Line(source, Span(id, id + 1), at, author, FAILED, details={"count": count})
        for id, at, author, count in session.execute(wanted.limit(most))
    ]


SOURCES: Sequence[Source] = (
    Source(Release.number, Release.created_at, read_releases),
    Source(Activity.id, Activity.at, read_acts),
    Source(DraftRevision.id, DraftRevision.created_at, drafts.read, drafts.start_of_run),
    Source(FailedSignInHour.id, FailedSignInHour.hour, read_failures),
)


def read_spans(session: AnySession, selection: Selection) -> list[Span]:
    """All numbers of each source that the times of the selection leave, as of now: what comes
    later is not in them."""
    columns: list[ColumnElement[Any]] = []
    for source in SOURCES:
        first = _first_from(source, selection.since) if selection.since else literal(0)
        end = _first_from(source, selection.until) if selection.until else null()
        if selection.until and not selection.object:
            end = source.end_of(end)
        columns += [select(func.max(source.id)).scalar_subquery(), first, end]
    row = iter(session.execute(select(*columns)).one())
    spans = []
    for newest, first, end in zip(row, row, row, strict=True):
        beyond = (newest or 0) + 1
        spans.append(Span(beyond if first is None else first, beyond if end is None else end))
    return spans


def _first_from(source: Source, moment: datetime) -> Any:  # noqa: ANN401 - a statement
    later = select(source.id).where(source.at >= moment).order_by(source.at, source.id)
    return later.limit(1).scalar_subquery()


def _within(id: Any, span: Span) -> Iterable[ColumnElement[bool]]:  # noqa: ANN401 - a column
    return (id >= span.first, id < span.end)

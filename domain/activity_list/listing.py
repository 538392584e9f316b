"""The activity: all that was done, the newest first, page by page or from end to end.

Each source is read by its own numbers, and they are put together by time. A page knows where it
ends in each of them, so the next one goes on there, whatever was added meanwhile.
"""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import NamedTuple

from sqlalchemy import select

from domain.activity_list.lines import Line, Span
from domain.activity_list.selection import ALL, Selection
from domain.activity_list.sources import SOURCES, read_spans
from domain.database import AnySession
from domain.keyset import PAGE_ROWS, PORTION_ROWS
from domain.request_addresses import RequestAddress

# A number for each source: those below it come after an edge, the others before.
Edge = tuple[int, ...]


class Page(NamedTuple):
    """Lines, newest first. Those before them lie above the edge `newer`, those after them below
    `older`; None where there are none."""

    lines: list[Line]
    newer: Edge | None
    older: Edge | None


def list_activity(
    session: AnySession,
    selection: Selection = ALL,
    *,
    below: Edge | None = None,
    above: Edge | None = None,
    most: int = PAGE_ROWS,
) -> Page:
    """The newest, those `below` an edge, or the last ones before those: `above` one."""
    spans = read_spans(session, selection)
    if above is not None:
        return _read_above(session, selection, spans, above, most)
    edge = below or tuple(span.end for span in spans)
    ends = [Span(span.first, min(span.end, end)) for span, end in zip(spans, edge, strict=True)]
    found = _read(session, selection, ends, most, upwards=False)
    shown = found[:most]
    older = tuple(
        min([end, *(line.ids.first for line in shown if line.source == source)])
        for source, end in enumerate(edge)
    )
    newer = below if shown else None
    return Page(_with_addresses(session, shown), newer, older if len(found) > most else None)


def iterate_activity(
    session: AnySession, selection: Selection, most: int = PORTION_ROWS
) -> Iterator[Sequence[Line]]:
    """All of it that is there by now, the newest first, in portions. Each is read in a transaction
    of its own, so a slow download holds up nobody."""
    below = None
    while True:
        page = list_activity(session, selection, below=below, most=most)
        session.rollback()
        yield page.lines
        below = page.older
        if below is None:
            return


def _read_above(
    session: AnySession, selection: Selection, spans: Sequence[Span], above: Edge, most: int
) -> Page:
    begins = [Span(max(span.first, at), span.end) for span, at in zip(spans, above, strict=True)]
    found = _read(session, selection, begins, most, upwards=True)
    shown = found[:most]
    newer = tuple(
        max([begin, *(line.ids.end for line in shown if line.source == source)])
        for source, begin in enumerate(above)
    )
    return Page(
        _with_addresses(session, shown[::-1]),
        newer if len(found) > most else None,
        above if shown else None,
    )


def _read(
    session: AnySession, selection: Selection, spans: Sequence[Span], most: int, *, upwards: bool
) -> list[Line]:
    """One more than are shown, which tells that there are more."""
    lists = [
        source.read(session, number, selection, span, most + 1, upwards=upwards)
        for number, (source, span) in enumerate(zip(SOURCES, spans, strict=True))
        if span.first < span.end
    ]
    # At the same moment, in the order of the sources; the other way round from below.
    in_turn = lists[::-1] if upwards else lists
    merged = merge(*in_turn, key=lambda line: line.at, reverse=not upwards)
    return list(islice(merged, most + 1))


def _with_addresses(session: AnySession, lines: Sequence[Line]) -> list[Line]:
    ids = sorted({line.request_id for line in lines} - {""})
    of_requests = select(RequestAddress.request_id, RequestAddress.address)
    rows = session.execute(of_requests.where(RequestAddress.request_id.in_(ids)))
    found = dict(rows.tuples().all())
    return [line._replace(address=found.get(line.request_id, "")) for line in lines]

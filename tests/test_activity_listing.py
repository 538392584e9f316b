"""The activity is read in pages from four tables: as one look at everything would show it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from domain.activity.kinds import KINDS
from domain.activity.recording import Object, record
from domain.activity_list.lines import Line
from domain.activity_list.listing import Edge, iterate_activity, list_activity
from domain.activity_list.selection import AREAS, PARTS_OF_SETTINGS, Selection
from domain.database import writing
from domain.request_addresses import RequestAddress
from domain.request_context import request_address, request_id
from tests.activity_rows import ANA, Past, Shown, select_naively, some_selections
from tests.counting import watching

SEEDS = range(6)
Key = tuple[int, int]


def lived(session: Session, seed: int, steps: int = 40) -> Past:
    past = Past(session, seed)
    with writing(session):
        past.go_on(steps)
    return past


def keys(lines: list[Line]) -> list[Key]:
    return [(line.source, line.ids.end - 1) for line in lines]


def shown_keys(lines: list[Shown]) -> list[Key]:
    return [(line.source, line.number) for line in lines]


def pages(session: Session, selection: Selection, most: int) -> Iterator[list[Line]]:
    """All pages, one after the other."""
    edge: Edge | None = None
    while True:
        page = list_activity(session, selection, below=edge, most=most)
        yield page.lines
        assert page.older != edge or edge is None, "this page again"
        edge = page.older
        if edge is None:
            return


@pytest.mark.parametrize("seed", SEEDS)
def test_all_pages_are_what_one_look_at_everything_shows(session: Session, seed: int) -> None:
    """Caught: the last number of a batch for its first where a page ends; a batch that the end of a
    time parts; of two lines at the same moment the wrong one first."""
    past = lived(session, seed)
    for selection in some_selections(past.dice, past.lines):
        expected = shown_keys(select_naively(past.lines, selection))
        for most in (1, 3, 50):
            found = [line for page in pages(session, selection, most) for line in page]
            assert keys(found) == expected, (selection, most)
        in_file = [line for part in iterate_activity(session, selection, 7) for line in part]
        assert keys(in_file) == expected, selection


@pytest.mark.parametrize("seed", SEEDS)
def test_the_way_back_is_the_way_there(session: Session, seed: int) -> None:
    """Caught: `max` of the first numbers where a page begins, which shows batches twice."""
    past = lived(session, seed)
    for selection in some_selections(past.dice, past.lines):
        expected = shown_keys(select_naively(past.lines, selection))
        edge, back = last_edge(session, selection), list[Key]()
        while edge is not None:
            page = list_activity(session, selection, above=edge, most=3)
            back = keys(page.lines) + back
            assert page.newer != edge, "this page again"
            after = list_activity(session, selection, below=page.older, most=3)
            assert (after.newer or page.older) == page.older
            edge = page.newer
        assert back == expected[: len(back)]
        assert len(back) == max(0, len(expected) - 1) // 3 * 3


def last_edge(session: Session, selection: Selection) -> Edge | None:
    """Above which all lies that is not on the last page; None where that is the only one."""
    edge = None
    while older := list_activity(session, selection, below=edge, most=3).older:
        edge = older
    return edge


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_shown_twice_or_left_out_while_more_is_done(session: Session, seed: int) -> None:
    """Caught: the edge of the first page left open for tables of which it shows nothing."""
    past = lived(session, seed)
    for selection in (Selection(), Selection(person=ANA), Selection(part="catalogue")):
        expected = shown_keys(select_naively(past.lines, selection))
        found = []
        for page in pages(session, selection, 4):
            found += page
            with writing(session):
                past.go_on(3)
        assert keys(found) == expected


def test_a_batch_is_one_line_with_how_many_it_wrote(session: Session) -> None:
    past = lived(session, 1)
    batches = [line for line in past.lines if line.writes]
    found = {line.ids.end - 1: line for line in list_activity(session, most=1000).lines}
    for batch in batches:
        line = found[batch.number]
        assert (line.kind, line.author, line.object) == (batch.kind, batch.author, None)
        assert line.details == {"count": len(batch.writes)}


def test_a_draft_write_says_which_fields_changed_and_not_what_they_held(session: Session) -> None:
    """Caught: `row.new` as details."""
    lived(session, 2)
    lines = list_activity(session, Selection(object=Object("package", 1)), most=1000).lines
    assert {str(line.details) for line in lines if line.kind == "draft_edited"} == {
        "{'fields': ['name']}"
    }
    assert all(not line.details for line in lines if line.kind != "draft_edited")


def test_from_where_it_came_as_long_as_that_is_kept(session: Session) -> None:
    id, address = request_id.set("a-request"), request_address.set("192.0.2.7")
    with writing(session):
        record(session, "buying_paused", ANA)
    request_id.reset(id)
    request_address.reset(address)
    for kept in ("192.0.2.7", ""):
        [line] = list_activity(session).lines
        assert (line.request_id, line.address) == ("a-request", kept)
        with writing(session):
            session.execute(delete(RequestAddress))


def test_every_kind_has_one_part() -> None:
    """Caught: a new kind that no filter finds."""
    every = [
        kind for part in (AREAS, PARTS_OF_SETTINGS) for kinds in part.values() for kind in kinds
    ]
    assert {*KINDS} <= {*every}
    assert len(every) == len({*every})


def test_a_page_asks_as_often_for_one_line_as_for_many(engine: Engine, session: Session) -> None:
    """Caught: a step from batch to batch by a statement of its own."""
    past, counts = lived(session, 4, 3), []
    for _ in range(2):
        with watching(engine) as asked:
            list_activity(session, most=50)
        counts.append(len(asked.statements))
        with writing(session):
            past.go_on(100)
    assert counts == [7, 7]

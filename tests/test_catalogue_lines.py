"""Lines: many draft writes as one batch, with what stops a line, and their undo."""

from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.catalogue.bulk.lines import (
    Add,
    Edit,
    Keep,
    Line,
    LinesRefused,
    Remove,
    Saved,
    TwoLines,
    plan_lines,
)
from domain.catalogue.errors import EditConflict, InvalidValues, PackageNotFound, PackageRemoved
from domain.catalogue.models import DraftBatch, DraftRevision
from domain.catalogue.pending.planning import write_planned
from domain.catalogue.undo.undo import undo_batch
from tests.conftest import ADMIN
from tests.page_helpers import add, apply_all, draft, edit, order, package_values, pending, remove

BOB = "bob@example.com"


@pytest.fixture
def ids(session: Session) -> list[int]:
    """A, B, C are live in the US, at $19.99 for 100 credits."""
    ids = add(session, "A", "B", "C")
    apply_all(session)
    return ids


def save(session: Session, *lines: Line, whole: bool = False) -> Saved:
    plan = partial(plan_lines, lines=lines, action="prices", author=ADMIN, whole=whole)
    return write_planned(session, plan)


def test_lines_are_one_batch_that_one_undo_takes_back(session: Session, ids: list[int]) -> None:
    """Caught: a new package's place recorded behind the number that stood for it."""
    a, b, _c = ids
    done = save(
        session,
        Edit("1", a, 1, package_values("A", price_minor=2099)),
        Remove("2", b, 1),
        Add("3", package_values("D")),
        Add("4", package_values("E")),
    )
    assert (done.written, done.refused) == (4, ())
    assert len(session.scalars(select(DraftBatch)).all()) == 1
    assert order(session) == ["A", "C", "D", "E"]
    assert len(pending(session)) == 4
    revisions = session.scalars(select(DraftRevision).order_by(DraftRevision.id)).all()
    assert all(revision.item_id > 0 for revision in revisions)
    undo_batch(session, done.batch_id, author=ADMIN)
    assert order(session) == ["A", "B", "C"]
    assert pending(session) == []


@pytest.mark.usefixtures("ids")
def test_undo_leaves_an_added_package_that_somebody_edited(session: Session) -> None:
    done = save(session, Add("1", package_values("D")), Add("2", package_values("E")))
    rows = select(DraftRevision.item_id).where(DraftRevision.action == "added")
    new = session.scalars(rows.order_by(DraftRevision.id.desc())).first()
    assert new
    edit(session, new, author=BOB, price_minor=1)
    undone = undo_batch(session, done.batch_id, author=ADMIN)
    assert [(left.name, left.author) for left in undone.left_out] == [("E", BOB)]
    assert order(session) == ["A", "B", "C", "E"]


def test_a_line_made_before_somebody_saved_other_fields_is_merged(
    session: Session, ids: list[int]
) -> None:
    """Caught: the line's values written as they are."""
    edit(session, ids[0], author=BOB, short_info="New")
    done = save(session, Edit("1", ids[0], 1, package_values("A", price_minor=2099)))
    assert done.written == 1
    values = draft(session, ids[0]).values
    assert (values.price_minor, values.short_info) == (2099, "New")


def test_lines_that_cannot_be_saved_say_why_and_the_others_are_saved(
    session: Session, ids: list[int]
) -> None:
    a, b, c = ids
    edit(session, a, author=BOB, price_minor=1)
    remove(session, b)
    done = save(
        session,
        Edit("a", a, 1, package_values("A", price_minor=2)),
        Edit("b", b, 2, package_values("B", price_minor=2)),
        Edit("c", c, 1, package_values("C", price_minor=2)),
        Edit("d", c + 99, 1, package_values("D")),
        Add("e", package_values("E", credits=0)),
    )
    kinds = [(refused.line.key, type(refused.error)) for refused in done.refused]
    assert kinds == [
        ("a", EditConflict),
        ("b", PackageRemoved),
        ("d", PackageNotFound),
        ("e", InvalidValues),
    ]
    conflict = done.refused[0]
    assert conflict.theirs
    assert (conflict.theirs.price_minor, conflict.version) == (1, 2)
    assert done.written == 1
    assert draft(session, c).price_minor == 2


def test_nothing_is_saved_of_a_whole_with_a_line_that_cannot_be(
    session: Session, ids: list[int]
) -> None:
    """Caught: the other lines written before the refusal was looked at."""
    good = Edit("1", ids[0], 1, package_values("A", price_minor=2))
    with pytest.raises(LinesRefused, match="look at 1 line first") as refused:
        save(session, good, Edit("2", ids[1], 9, package_values("B")), whole=True)
    assert [each.line.key for each in refused.value.refused] == ["2"]
    assert pending(session) == []


def test_the_second_line_about_a_package_is_refused(session: Session, ids: list[int]) -> None:
    """Caught: both written, the second with the version of before the first."""
    done = save(
        session,
        Edit("1", ids[0], 1, package_values("A", price_minor=2)),
        Edit("2", ids[0], 1, package_values("A", credits=2)),
    )
    assert [(each.line.key, type(each.error)) for each in done.refused] == [("2", TwoLines)]
    assert draft(session, ids[0]).values[1:3] == (100, 2)


def test_lines_that_change_nothing_leave_no_batch(session: Session, ids: list[int]) -> None:
    done = save(session, Edit("1", ids[0], 1, package_values("A")), Keep("2", ids[1], 1))
    assert done == Saved(0, 0)
    assert session.scalars(select(DraftBatch)).all() == []

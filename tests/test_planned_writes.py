"""Long writes are planned before they take the lock: who writes in between is never overwritten."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.catalogue.errors import AlreadyApplied, NothingToUndo, StaleReview
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.pending.planning import TRIES_WITHOUT_LOCK, Plan, Work, write_planned
from domain.catalogue.review.review import plan_apply
from domain.catalogue.undo.go_back import plan_go_back
from domain.catalogue.undo.rollback import plan_discard, plan_restore
from domain.catalogue.undo.undo import plan_undo
from domain.database import AnySession
from tests.conftest import ADMIN
from tests.page_helpers import (
    BOB,
    add,
    apply_all,
    discard_all,
    draft,
    edit,
    order,
    pending,
    releases,
)

T = TypeVar("T")


@pytest.fixture
def ids(session: Session) -> list[int]:
    """A, B and C are live; A was edited since."""
    ids = add(session, "A", "B", "C")
    apply_all(session)
    edit(session, ids[0], author=ADMIN, short_info="mine")
    return ids


class Overtaken:
    """A plan; a colleague does something `times` times right after it has read everything."""

    def __init__(self, engine: Engine, do: Callable[[Session], object], times: int = 1) -> None:
        self.engine, self.do, self.times, self.plans = engine, do, times, 0

    def __call__(self, plan: Plan[T]) -> Plan[T]:
        def planned(session: AnySession) -> Work[T]:
            work = plan(session)
            self.plans += 1
            if self.plans <= self.times:
                with Session(self.engine) as own:
                    self.do(own)
            return work

        return planned


def token(session: Session) -> str:
    session.rollback()
    return pending_changes(session).token


def test_what_is_saved_while_apply_looks_waits(
    session: Session, engine: Engine, ids: list[int]
) -> None:
    """Caught: `read_cursor(session) != seen` left out, and nobody told of Bob's edit."""
    overtaken = Overtaken(engine, partial(edit, package_id=ids[1], short_info="Bob's"))
    plan = partial(plan_apply, token=token(session), author=ADMIN)
    applied = write_planned(session, overtaken(plan))
    assert (applied.number, applied.unseen, overtaken.plans) == (2, {BOB: 1}, 2)
    assert pending(session) == ["edited B"]


def test_another_edit_of_the_same_stops_apply(
    session: Session, engine: Engine, ids: list[int]
) -> None:
    """Caught: the same."""
    overtaken = Overtaken(engine, partial(edit, package_id=ids[0], short_info="Bob's"))
    plan = partial(plan_apply, token=token(session), author=ADMIN)
    with pytest.raises(StaleReview):
        write_planned(session, overtaken(plan))
    assert releases(session) == 1


def test_discard_throws_away_what_was_seen_only(
    session: Session, engine: Engine, ids: list[int]
) -> None:
    """Caught: the same, and Bob's edit was gone."""
    overtaken = Overtaken(engine, partial(edit, package_id=ids[0], short_info="Bob's"))
    with pytest.raises(StaleReview):
        write_planned(session, overtaken(partial(plan_discard, token=token(session), author=ADMIN)))
    assert draft(session, ids[0]).short_info == "Bob's"


def test_a_release_in_between_stops_a_discard(
    session: Session, engine: Engine, ids: list[int]
) -> None:
    """Caught: only the revisions compared, and A went back to what is not live any more."""
    overtaken = Overtaken(engine, apply_all)
    with pytest.raises(AlreadyApplied):
        write_planned(session, overtaken(partial(plan_discard, token=token(session), author=ADMIN)))
    assert draft(session, ids[0]).short_info == "mine"


def test_restore_asks_again(session: Session, engine: Engine, ids: list[int]) -> None:
    overtaken = Overtaken(engine, partial(edit, package_id=ids[2], short_info="Bob's"))
    plan = partial(plan_restore, number=1, token=token(session), author=ADMIN)
    with pytest.raises(StaleReview):
        write_planned(session, overtaken(plan))
    assert draft(session, ids[2]).short_info == "Bob's"


def test_an_undo_leaves_what_is_saved_meanwhile(
    session: Session, engine: Engine, ids: list[int]
) -> None:
    """Caught: no second plan, and Bob's edit was undone with the rest."""
    batch = discard_all(session)
    overtaken = Overtaken(engine, partial(edit, package_id=ids[0], short_info="Bob's"))
    with pytest.raises(NothingToUndo):
        write_planned(session, overtaken(partial(plan_undo, batch_id=batch, author=ADMIN)))
    assert draft(session, ids[0]).short_info == "Bob's"


def test_going_back_says_whose_drafts_it_replaced_meanwhile(
    session: Session, engine: Engine, ids: list[int]
) -> None:
    apply_all(session)
    overtaken = Overtaken(engine, partial(edit, package_id=ids[0], short_info="Bob's"))
    went = write_planned(session, overtaken(partial(plan_go_back, number=1, live=2, author=ADMIN)))
    assert [each.authors for each in went.replaced] == [(BOB,)]


@pytest.mark.usefixtures("ids")
def test_who_is_overtaken_again_and_again_gets_the_lock(session: Session, engine: Engine) -> None:
    """Caught: the last plan written, though somebody wrote since."""
    overtaken = Overtaken(engine, lambda own: add(own, "D"), TRIES_WITHOUT_LOCK)
    plan = partial(plan_apply, token=token(session), author=ADMIN)
    assert write_planned(session, overtaken(plan)).number == 2
    assert overtaken.plans == TRIES_WITHOUT_LOCK + 1
    assert order(session) == [*"ABCDDD"]

"""Batches that are undone one after the other, the newest first: nothing stands in the way."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.catalogue.drafts.batch_writes import DraftWrites
from domain.catalogue.drafts.drafts import package_key
from domain.catalogue.drafts.ordering import Place
from domain.catalogue.errors import NothingToDiscard, NothingToUndo
from domain.catalogue.item_types import PACKAGE
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.undo.batches import plan_batch
from domain.catalogue.undo.undo import plan_undo
from domain.database import writing
from tests.conftest import ADMIN, only_sqlite
from tests.page_helpers import BOB, add, draft, edit, everything, move, order, package_values

# What, to which package, and how.
STEP = st.tuples(
    st.sampled_from(["add", "remove", "keep", "name", "price", "country", "move"]),
    st.integers(0, 9),
    st.integers(1, 5),
)
COUNTRIES = ("US", "TR")
BATCHES = st.lists(st.lists(STEP, min_size=1, max_size=4), min_size=1, max_size=3)


def write(session: Session, steps: Sequence[tuple[str, int, int]]) -> int:
    """A batch of these steps; 0 where they change nothing."""
    keys = [package_key(id) for id in session.scalars(select(CreditPackage.id))]
    writes = DraftWrites(session, keys, author=ADMIN)
    for what, which, how in steps:
        item = keys[which % len(keys)]
        values = writes.drafts[item].values
        if what == "add":
            keys.append(writes.add(PACKAGE, package_values(f"N{how}")))
        elif what == "keep":
            writes.keep(item)
        elif writes.drafts[item].is_removed:
            continue
        elif what == "remove":
            writes.remove(item)
        elif what == "move":
            writes.move(item, Place(how))
        else:
            writes.edit(item, values._replace(**typed(what, how)))
    return plan_batch(writes, "import", ADMIN)(session) if writes.revisions else 0


def typed(what: str, how: int) -> dict[str, object]:
    if what == "country":
        return {"country": COUNTRIES[how % 2]}
    return {"name": f"N{how}"} if what == "name" else {"price_minor": how}


def undo(session: Session, batch: int) -> int:
    """The batch that took it back, 0 where nothing was left of it."""
    try:
        undone = plan_undo(session, batch, author=ADMIN)(session) if batch else None
    except NothingToDiscard:
        return 0
    assert not (undone and undone.left_out)
    return undone.batch_id if undone else 0


def staying(session: Session) -> list[tuple[object, ...]]:
    """Each with its values, in listing order."""
    session.expire_all()
    kept = select(CreditPackage).where(CreditPackage.removed_at.is_(None))
    in_order = kept.order_by(CreditPackage.country, CreditPackage.rank, CreditPackage.id)
    return [(package.id, *package.values) for package in session.scalars(in_order)]


@only_sqlite
def test_undone_one_after_the_other_batches_give_all_back_and_again(session: Session) -> None:
    """Caught: what an undo took back counted as somebody's later work; so did a change of the
    country that it took back, or the place there that came back with it."""
    add(session, "A", "B", "C", "D")
    add(session, "E", country="TR")

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(BATCHES)
    @example([[("move", 0, 3)], [("country", 0, 1)]])
    @example([[("add", 0, 1)], [("country", 5, 1)], [("move", 5, 1)]])
    def check(batches: list[list[tuple[str, int, int]]]) -> None:
        session.rollback()
        session.connection(execution_options={"writing": True})
        states, written = [staying(session)], []
        for steps in batches:
            written.append(write(session, steps))
            states.append(staying(session))
        undone = []
        for batch, state in zip(reversed(written), reversed(states[:-1]), strict=True):
            undone.append(undo(session, batch))
            assert staying(session) == state
        for batch, state in zip(reversed(undone), states[1:], strict=True):
            undo(session, batch)
            assert staying(session) == state

    before = everything(session)
    check()
    session.rollback()
    assert everything(session) == before


def test_an_undo_of_something_else_hides_no_save_of_a_colleague(session: Session) -> None:
    """Caught: `_mirrors` left out, and Bob's price was gone."""
    (id,) = add(session, "A")
    session.rollback()
    with writing(session):
        batches = [write(session, [(what, 0, 5)]) for what in ("name", "price")]
    edit(session, id, author=BOB, price_minor=2500)
    with writing(session):
        undo(session, batches[0])
    with writing(session), pytest.raises(NothingToUndo, match="bob"):
        undo(session, batches[1])
    assert (draft(session, id).name, draft(session, id).price_minor) == ("A", 2500)


def test_moves_by_a_colleague_are_no_undo_of_each_other(session: Session) -> None:
    """Caught: `revision.id in undos` left out, and the package was gone that Bob had moved."""
    add(session, "A", "B", "C")
    with writing(session):
        batch = write(session, [("add", 0, 1)])
    new = session.scalars(select(CreditPackage.id).order_by(CreditPackage.id.desc())).first() or 0
    for place in (1, 2):
        move(session, new, place)
    with writing(session), pytest.raises(NothingToUndo, match="bob"):
        undo(session, batch)
    assert order(session) == ["A", "N1", "B", "C"]

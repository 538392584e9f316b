"""A colleague who saves between the parts of an import, and its undo."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.catalogue.errors import EditConflict
from domain.catalogue.imports import saving
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.pending.planning import Plan, Work, write_planned
from domain.catalogue.undo.undo import undo_batch
from domain.database import AnySession
from tests.conftest import ADMIN
from tests.importing import drafted, keep, save_kept, shown, written
from tests.page_helpers import BOB, add, apply_all, edit, move, order

Priced = dict[str, tuple[str, str]]


@pytest.fixture
def file(session: Session, monkeypatch: pytest.MonkeyPatch) -> int:
    """One of four parts: A and B have another price; C and D do; X and Y are new; X comes first."""
    monkeypatch.setattr(saving, "PART", 2)
    add(session, *"ABCD")
    apply_all(session)
    rows = drafted(session)
    new = rows[0] | {"package": "", "version": ""}
    lines = [row | {"price": "9.90", "position": ""} for row in rows]
    return keep(
        session, written([*lines, new | {"name": "X"}, new | {"name": "Y", "position": ""}])
    )


class Colleague:
    """Bob saves before the second part, the third and the last: before it is planned, or when its
    plan has read everything."""

    def __init__(self, engine: Engine, when: str) -> None:
        self.engine, self.when, self.parts = engine, when, 0
        self.saves = {2: self.edit_three, 3: self.put_c_last, 4: self.edit_new}

    def write_planned(self, session: AnySession, plan: Plan[Any]) -> Any:  # noqa: ANN401
        self.parts += 1
        save = self.saves.get(self.parts, lambda _session: None)
        if self.when == "before":
            self.do(save)
            return write_planned(session, plan)

        def planned(own: AnySession) -> Work[Any]:
            nonlocal save
            work = plan(own)
            self.do(save)
            save = lambda _session: None  # noqa: E731 - once
            return work

        return write_planned(session, planned)

    def do(self, save: Callable[[Session], object]) -> None:
        with Session(self.engine) as session:
            save(session)

    def edit_three(self, session: Session) -> None:
        """What the first part wrote, another field of it, and what the second is about to write."""
        edit(session, 1, price_minor=2500)
        edit(session, 2, short_info="Bob's")
        edit(session, 4, price_minor=2600)

    def put_c_last(self, session: Session) -> None:
        move(session, 3, 9)

    def edit_new(self, session: Session) -> None:
        new = select(CreditPackage.id).where(CreditPackage.name == "X")
        edit(session, session.scalars(new).one(), short_info="Bob's")


def priced(session: Session) -> Priced:
    return {row["name"]: (row["price"], row["short_info"]) for row in drafted(session)}


@pytest.mark.parametrize("when", ["before", "planned"])
def test_what_a_colleague_saves_between_the_parts_stays_and_is_named(
    session: Session, engine: Engine, file: int, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """In the import, in its undo, and in the undo of that. Caught: what was written between the
    parts of a batch counted as its own; a part that is written as it was planned first."""
    monkeypatch.setattr(saving, "write_planned", Colleague(engine, when).write_planned)
    saved = save_kept(session, file)
    assert [type(refused.error) for refused in saved.refused] == [EditConflict]
    imported, is_priced = shown(session), priced(session)
    assert order(session) == [*"XABDCY"]
    ours = {"B": ("9.90", "Bob's"), "C": ("9.90", ""), "Y": ("19.99", "")}
    bobs = {"A": ("25.00", ""), "D": ("26.00", ""), "X": ("19.99", "Bob's")}
    assert is_priced == ours | bobs
    undone = undo_batch(session, saved.batch_id, author=ADMIN)
    named = sorted((left.name, left.author) for left in undone.left_out)
    assert named == [("A", BOB), ("X", BOB)]
    back = shown(session)
    assert priced(session) == {"B": ("19.99", "Bob's"), "C": ("19.99", "")} | bobs
    again = undo_batch(session, undone.batch_id, author=ADMIN)
    assert (again.left_out, shown(session)) == ((), imported)
    undo_batch(session, again.batch_id, author=ADMIN)
    assert shown(session) == back

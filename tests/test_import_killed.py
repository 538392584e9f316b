"""An import that kill -9 ends between or inside its parts, and an undo of one."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.catalogue.imports import saving
from domain.catalogue.pending.planning import Plan, write_planned
from domain.catalogue.undo.undo import undo_batch
from domain.connections import connect
from domain.database import AnySession
from tests import rounds
from tests.conftest import ADMIN
from tests.importing import drafted, is_kept, keep, read_text, roots, save_kept, shown, written
from tests.kill_after import dies_after
from tests.page_helpers import add, apply_all
from tests.soak import IMPORT_STRIDE

# Lines of a part, so that a small file has several.
PART = 3

State = list[Sequence[object]]


@pytest.fixture
def states(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[State]:
    """The drafts before the file and after each of its parts, of which nothing is left."""
    monkeypatch.setattr(saving, "PART", PART)
    add(session, *"ABCDEFG")
    add(session, "H", country="DE")
    apply_all(session)
    found = [shown(session)]

    def write_noted(own: AnySession, plan: Plan[Any]) -> Any:  # noqa: ANN401 - what the plan says
        done = write_planned(own, plan)
        found.append(shown(session))
        return done

    with monkeypatch.context() as patch:
        patch.setattr(saving, "write_planned", write_noted)
        batch = save_kept(session, choose(session)).batch_id
    assert len(found) == len({repr(state) for state in found}) == 5
    undo_batch(session, batch, author=ADMIN)
    assert shown(session) == found[0]
    return found


def choose(session: Session) -> int:
    """A file of four parts: A to C have another price; D goes to Germany, E has a short info, and
    X is new; Y is new, F and G go; then X and Y get their places."""
    rows = {row["name"]: row for row in drafted(session)}
    new = rows["A"] | {"package": "", "version": ""}
    lines = [rows[name] | {"price": "9.90", "position": ""} for name in "ABC"]
    lines += [rows["D"] | {"country": "DE", "position": ""}, rows["E"] | {"short_info": "x"}]
    lines += [new | {"name": name, "position": place} for name, place in [("X", "1"), ("Y", "3")]]
    return keep(session, written([*lines, rows["H"]]), removes=True)


def press(url: str, file_id: int) -> None:
    saving.PART = PART
    engine = connect(url)
    with Session(engine) as session:
        save_kept(session, file_id)
    engine.dispose()


def take_back(url: str, batch_id: int) -> None:
    engine = connect(url)
    with Session(engine) as session:
        undo_batch(session, batch_id, author=ADMIN)
    engine.dispose()


def take_all_back(session: Session, batches: Sequence[int]) -> None:
    for batch in reversed(batches):
        undo_batch(session, batch, author=ADMIN)


def strides() -> Iterator[int]:
    return count(1, IMPORT_STRIDE)


def test_a_killed_import_leaves_whole_parts_with_one_undo(
    database: str, engine: Engine, session: Session, states: list[State]
) -> None:
    """And the same file again has the rest. Caught: a commit between the packages of a part and
    its batch; a batch for each part; the file taken away in a transaction of its own, before the
    first part, or after it (that by `make soak`)."""
    seen: list[int] = []
    for steps in strides():
        file, old = choose(session), len(roots(session))
        text = read_text(session, file)
        died = dies_after(steps, press, database, file)
        assert shown(session) in states, f"after {steps} statements"
        seen.append(states.index(shown(session)))
        assert is_kept(session, file) == (seen[-1] == 0), f"after {steps} statements"
        batches = roots(session)[old:]
        assert len(batches) == min(seen[-1], 1), f"after {steps} statements"
        if len(seen) % 2 and seen[-1] < len(states) - 1:
            save_kept(session, keep(session, text, removes=True))
            assert shown(session) == states[-1]
            batches = roots(session)[old:]
        take_all_back(session, batches)
        assert shown(session) == states[0]
        if not died:
            break
    assert seen == sorted(seen)
    assert {0, len(states) - 1} < set(seen)
    rounds.check_integrity(engine)
    print(f"{engine.dialect.name}: {len(seen) - 1} kills of an import: {seen}")  # noqa: T201


def test_a_killed_undo_of_an_import_goes_on_where_it_was(
    database: str, engine: Engine, session: Session, states: list[State]
) -> None:
    """Caught: what the first undo had taken back counted as somebody's later work, so that new
    packages stayed; an undo that gives up at a part of which nothing is left."""
    seen: list[int] = []
    for steps in strides():
        batch = save_kept(session, choose(session)).batch_id
        died = dies_after(steps, take_back, database, batch)
        assert shown(session) in states, f"after {steps} statements"
        seen.append(states.index(shown(session)))
        if seen[-1]:
            undo_batch(session, batch, author=ADMIN)
        assert shown(session) == states[0], f"after {steps} statements"
        if not died:
            break
    assert seen == sorted(seen, reverse=True)
    assert {0, len(states) - 1} < set(seen)
    rounds.check_integrity(engine)
    print(f"{engine.dialect.name}: {len(seen) - 1} kills of an undo: {seen}")  # noqa: T201

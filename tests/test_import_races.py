"""Two who save one file at the same moment; a database that is lost between two parts of it."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.catalogue.imports import saving
from domain.catalogue.imports.files import FileNotFound
from domain.catalogue.imports.saving import Imported
from domain.catalogue.pending.planning import Plan, Work, write_planned
from domain.catalogue.undo.undo import undo_batch
from domain.database import AnySession
from tests.conftest import ADMIN
from tests.importing import (
    IMPORT,
    check,
    chips,
    compared,
    drafted,
    keep,
    read_text,
    roots,
    save,
    save_in,
    save_kept,
    shown,
    written,
)
from tests.page_helpers import add, order

PATIENCE_SECONDS = 20


@pytest.fixture
def file(session: Session, monkeypatch: pytest.MonkeyPatch) -> int:
    """One that gives A and B another price and adds C to F between them. It is saved in four parts:
    three of two lines each, and the places."""
    monkeypatch.setattr(saving, "PART", 2)
    add(session, "A", "B")
    rows = {row["name"]: row | {"price": "9.90"} for row in drafted(session)}
    places = {name: str(place) for place, name in enumerate("CDAEFB", start=1)}
    new = rows["A"] | {"package": "", "version": ""}
    lines = [
        rows.get(name, new) | {"name": name, "position": str(places[name])} for name in "ABCDEF"
    ]
    return keep(session, written(lines))


def after_each(do: Callable[[int], object]) -> Callable[..., Any]:
    """A write_planned that does something each time a plan was made, before it is written."""
    made = Counter[str]()

    def planned(session: AnySession, plan: Plan[Any]) -> Any:  # noqa: ANN401 - what the plan says
        def noted(session: AnySession) -> Work[Any]:
            work = plan(session)
            made["plans"] += 1
            do(made["plans"])
            return work

        return write_planned(session, noted)

    return planned


def test_two_presses_at_once_save_a_file_once(
    session: Session, engine: Engine, file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: the file taken away after the last part only, not in the first, and C to F added
    twice; a `claim_file` that does not look whether it was there."""
    both = threading.Barrier(2)

    def meet(plans: int) -> None:
        if plans <= both.parties:
            both.wait(PATIENCE_SECONDS)

    monkeypatch.setattr(saving, "write_planned", after_each(meet))
    digest = compared(session, file).digest
    session.rollback()

    def press(_who: int) -> Imported | FileNotFound:
        try:
            return save_in(engine, file, digest)
        except FileNotFound as error:
            return error

    with ThreadPoolExecutor(both.parties) as pool:
        answers = list(pool.map(press, range(both.parties)))
    (saved,) = (answer for answer in answers if isinstance(answer, Imported))
    (refused,) = (answer for answer in answers if isinstance(answer, FileNotFound))
    assert "saved already" in str(refused)
    assert saved.written == 6
    assert order(session) == [*"CDAEFB"]
    assert roots(session) == [saved.batch_id]
    undo_batch(session, saved.batch_id, author=ADMIN)
    assert order(session) == [*"AB"]


def fail_at(plans: int) -> Callable[[int], None]:
    def fail(made: int) -> None:
        if made == plans:
            raise OperationalError("SELECT 1", None, Exception("gone"))

    return fail


def test_a_database_lost_between_parts_leaves_one_undo(
    session: Session, file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: `raise` whatever was saved, so that the answer was "Nothing was changed"."""
    before = shown(session)
    monkeypatch.setattr(saving, "write_planned", after_each(fail_at(3)))
    saved = save_kept(session, file)
    assert saved.failure
    assert (saved.written, order(session)) == (4, [*"ABCD"])
    assert roots(session) == [saved.batch_id]
    undo_batch(session, saved.batch_id, author=ADMIN)
    assert shown(session) == before


def test_what_could_not_be_saved_is_told_and_shown_by_the_same_file(
    signed_in: FlaskClient, session: Session, file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: an answer that leaves the rest out."""
    text, page = read_text(session, file), signed_in.get(f"{IMPORT}/{file}")
    with monkeypatch.context() as patch:
        patch.setattr(saving, "write_planned", after_each(fail_at(3)))
        answer = save(signed_in, page)
    said = "4 changes saved as drafts. The rest could not be saved: import the file again."
    assert said in signed_in.get(answer.location).text
    page = check(signed_in, text)
    assert chips(page) == ["All changes 4", "Added 2", "Moved 2", "Same 2"]
    assert save(signed_in, page).status_code == 303
    assert order(session) == [*"CDAEFB"]


def test_a_database_lost_at_once_leaves_the_file(
    session: Session, file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: `if not saving.batch` left out, and an answer that some of it was saved."""
    with monkeypatch.context() as patch:
        patch.setattr(saving, "write_planned", after_each(fail_at(1)))
        with pytest.raises(OperationalError):
            save_kept(session, file)
    assert roots(session) == []
    assert save_kept(session, file).written == 6

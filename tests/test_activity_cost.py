"""The activity is found by indexes, with each filter, however much was done."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.activity.recording import Object
from domain.activity_list.listing import list_activity
from domain.activity_list.selection import Selection
from tests.conftest import only_sqlite
from tools.bench.activity import BUSY, FORMER, add_many

BUSY_ONE, FORMER_ONE = f"{BUSY}@example.com", f"{FORMER}@example.com"
TODAY = datetime.now(UTC)
SELECTIONS = (
    Selection(),
    Selection(person=BUSY_ONE),
    Selection(person=FORMER_ONE),
    Selection(person="nobody@example.com"),
    Selection(part="catalogue"),
    Selection(part="server"),
    Selection(person=BUSY_ONE, part="settings"),
    Selection(person=FORMER_ONE, part="customers"),
    Selection(object=Object("package", 777)),
    Selection(object=Object("customer", 7777)),
    Selection(since=TODAY.replace(year=TODAY.year - 1), until=TODAY),
)
STEPS_AT_ONCE = 10
ROWS = 20_000
# A look at each row takes several times as many.
MOST_STEPS = 30_000


def count_steps(session: Session, selection: Selection, *, is_far: bool) -> int:
    """How many instructions SQLite's machine takes for a page and the one before it."""
    steps = 0

    def note() -> int:
        nonlocal steps
        steps += STEPS_AT_ONCE
        return 0

    driver: Any = session.connection().connection.driver_connection
    driver.set_progress_handler(note, STEPS_AT_ONCE)
    below = (900, 400, 400, 300) if is_far else None
    page = list_activity(session, selection, below=below)
    list_activity(session, selection, above=page.older or below)
    driver.set_progress_handler(None, 0)
    return steps


@pytest.mark.long
@only_sqlite
def test_no_filter_looks_at_everything(engine: Engine, session: Session) -> None:
    """Caught: the index of acts by author, by kind or by object left out, that of batches by their
    last number; two upper bounds for one step from line to line, in activity_list/drafts.py."""
    add_many(engine, ROWS)
    costs = {
        (selection, is_far): count_steps(session, selection, is_far=is_far)
        for selection in SELECTIONS
        for is_far in (False, True)
    }
    assert {asked: steps for asked, steps in costs.items() if steps > MOST_STEPS} == {}

"""Scrip is killed in the middle of Apply Changes."""

from itertools import count

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.connections import connect
from tests import rounds
from tests.crashing import crash
from tests.kill_after import dies_after
from tests.page_helpers import everything
from tests.soak import KILLS


@pytest.mark.long
@pytest.mark.usefixtures("cheap_hashing")
def test_kills_leave_nothing_half_mixed_or_lost(database: str, engine: Engine) -> None:
    """Caught: a commit after each package, with the settings of the release first or last."""
    told = crash(database, engine, KILLS)
    print(f"{engine.dialect.name}: {told}")  # noqa: T201 - make soak shows it


def publish(url: str) -> None:
    engine = connect(url)
    rounds.publish(engine, 1)
    engine.dispose()


def test_killed_at_any_statement_apply_is_all_or_nothing(
    database: str, engine: Engine, session: Session
) -> None:
    """Caught: a commit between the release and its packages, or before its settings, or before
    what is live was brought along."""
    rounds.edit(engine, rounds.fill(engine), 1)
    drafts = everything(session)
    for steps in count(1):
        if not dies_after(steps, publish, database):
            break
        assert rounds.read_notes(engine) == {"Round 0"}, f"after {steps} statements"
    assert rounds.read_notes(engine) == {"Round 0", "Round 1"}
    assert everything(session) == drafts
    rounds.check_integrity(engine)

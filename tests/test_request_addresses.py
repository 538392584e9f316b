"""Network addresses are kept apart from what was done, and deleted after 90 days."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

import daily
from domain import request_addresses
from domain.database import writing
from domain.request_addresses import KEPT, RequestAddress, has_old_addresses
from tests.clock import Clock
from tests.plans import list_scans, noting

SECOND = timedelta(seconds=1)


def put(session: Session, clock: Clock, *ages: timedelta) -> None:
    rows: list[dict[str, Any]] = [
        {"request_id": f"r{number}", "address": "192.0.2.7", "at": clock.now - age}
        for number, age in enumerate(ages)
    ]
    with writing(session):
        session.execute(insert(RequestAddress), rows)


def left(session: Session) -> list[str]:
    session.rollback()
    return sorted(session.scalars(select(RequestAddress.request_id)))


@pytest.mark.on_both
def test_all_that_are_old_go_once_a_day_in_portions(
    app: Flask, clock: Clock, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: one portion a day; `<` for `>` in what a clock that was set back left."""
    monkeypatch.setattr(request_addresses, "MOST_FORGOTTEN", 2)
    put(session, clock, *[KEPT + SECOND] * 5, -KEPT - SECOND, KEPT - SECOND, SECOND)
    forget, steps = daily.ForgetAddresses(), 0
    with app.app_context():
        while forget(session):
            steps += 1
    assert steps == 3
    assert left(session) == ["r6", "r7"]
    clock.go_on(seconds=2)
    with app.app_context():
        assert not forget(session)
    session.rollback()
    clock.go_on(days=1)
    with app.app_context():
        assert forget(session)
    assert left(session) == ["r7"]


def test_a_look_for_old_ones_reads_none_that_are_not(engine: Engine, session: Session) -> None:
    """Caught: the index on the time left out of the migration."""
    rows = [{"request_id": f"r{number}", "address": "192.0.2.7"} for number in range(2000)]
    with writing(session):
        session.execute(insert(RequestAddress), rows)
        if session.get_bind().dialect.name == "postgresql":  # by itself, after a while
            session.execute(text("ANALYZE"))
    with noting(engine, "request_address") as asked:
        assert not has_old_addresses(session)
    assert list_scans(session, asked, "request_address") == []

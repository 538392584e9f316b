"""What is kept of an act: who, when, from where, by which request, to what."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.activity.models import Activity
from domain.activity.recording import NOBODY, Object, record
from domain.database import writing
from domain.request_addresses import RequestAddress
from domain.request_context import request_address, request_id

ANA = "ana@example.com"


@pytest.fixture(autouse=True)
def asked() -> Iterator[None]:
    """A request is answered."""
    id, address = request_id.set("a-request-id"), request_address.set("192.0.2.7")
    yield
    request_id.reset(id)
    request_address.reset(address)


def test_an_act_is_kept_with_its_request_and_object(session: Session) -> None:
    with writing(session):
        record(session, "credits_given", ANA, Object("customer", 7), credits=50)
    line = session.scalars(select(Activity)).one()
    assert (line.kind, line.author, line.request_id) == ("credits_given", ANA, "a-request-id")
    assert (line.object_type, line.object_id, line.details) == ("customer", 7, {"credits": 50})


def test_the_address_is_kept_once_for_a_request_however_much_it_does(session: Session) -> None:
    """Caught: one insert for each act, which the primary key refuses."""
    for _ in range(2):
        with writing(session):
            record(session, "buying_paused", ANA)
            record(session, "buying_resumed", ANA)
    found = session.scalars(select(RequestAddress)).one()
    assert (found.request_id, found.address) == ("a-request-id", "192.0.2.7")


def test_an_address_that_was_undone_is_kept_by_the_next_try(session: Session) -> None:
    """Caught: a mark on the session that outlives its transaction."""
    with pytest.raises(RuntimeError), writing(session):
        record(session, "buying_paused", ANA)
        raise RuntimeError
    with writing(session):
        record(session, "buying_paused", ANA)
    assert session.scalars(select(RequestAddress.address)).all() == ["192.0.2.7"]


def test_a_command_has_no_author_and_no_address(session: Session) -> None:
    request_id.set("")
    request_address.set("")
    with writing(session):
        record(session, "backup_made", NOBODY)
    assert session.scalars(select(Activity.author)).all() == [""]
    assert session.scalars(select(RequestAddress)).all() == []


@pytest.mark.parametrize(
    ("kind", "details"),
    [("credits_given", {}), ("credits_given", {"credits": 1, "name": "Ayşe"}), ("danced", {})],
)
def test_only_what_is_listed_can_be_kept(
    session: Session, kind: str, details: dict[str, Any]
) -> None:
    """Caught: a check of the names that are there, and not of those that are missing."""
    with pytest.raises(ValueError, match=kind), writing(session):
        record(session, kind, ANA, **details)


@pytest.mark.parametrize("change", [{"kind": "danced"}, None])
def test_the_database_keeps_acts_as_they_were_written(
    session: Session, change: dict[str, str] | None
) -> None:
    """Caught: `seal` left out of the migration."""
    with writing(session):
        record(session, "buying_paused", ANA)
    with pytest.raises(IntegrityError, match="insert-only|never deleted"), writing(session):
        line = session.scalars(select(Activity)).one()
        if change:
            line.kind = change["kind"]
        else:
            session.delete(line)


def test_a_page_of_no_admin_keeps_no_address(app: Flask, session: Session) -> None:
    app.test_client().get("/packages")
    assert session.scalars(select(RequestAddress)).all() == []


def test_the_address_of_a_request_ends_with_it(app: Flask) -> None:
    """Caught: `teardown_request` left out, so that what a thread writes by itself seems to come
    from whoever asked last."""
    app.test_client().get("/packages", environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert request_address.get() == ""

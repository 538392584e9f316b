"""A disk without room: what is answered is true, and all goes on when there is room again."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.conftest import PASSWORD, csrf_token, sign_in
from tests.page_helpers import (
    BOB,
    LIST,
    TYPED,
    add,
    apply_all,
    buyers_pages,
    everything,
    order,
    partials,
    post,
    releases,
    review_token,
)
from tests.rounds import check_integrity
from tests.small_disks import (
    Disk,
    may_mount,
    postgres_on_small_disk,
    postgres_without_room,
    sqlite_on_small_disk,
    sqlite_with_a_limit,
)

pytestmark = pytest.mark.on_both

KINDS = ["sqlite", "postgres", *(["sqlite disk", "postgres disk"] if may_mount() else [])]
MOST_TRIES = 500


@pytest.fixture(params=KINDS)
def disk(request: pytest.FixtureRequest) -> Iterator[Disk]:
    ask = request.getfixturevalue
    disks: dict[str, Callable[[], AbstractContextManager[Disk]]] = {
        "sqlite": lambda: sqlite_with_a_limit(ask("sqlite_file")),
        "postgres": lambda: postgres_without_room(ask("postgres_url")),
        "sqlite disk": lambda: sqlite_on_small_disk(ask("migrated")),
        "postgres disk": lambda: postgres_on_small_disk(ask("postgres")),
    }
    with disks[request.param]() as disk:
        yield disk


@pytest.fixture
def database(disk: Disk) -> str:
    return disk.url


@pytest.fixture
def full(disk: Disk, session: Session, signed_in: FlaskClient) -> list[str]:
    """The disk is full; the names of all drafts that were saved before and since."""
    add(session, "Live")
    apply_all(session)
    session.rollback()
    assert save(signed_in, 1).status_code == 303
    disk.fill()
    for number in range(2, MOST_TRIES):
        answer = save(signed_in, number)
        if answer.status_code == 507:
            return ["Live", *(f"P{saved}" for saved in range(1, number))]
        assert answer.status_code == 303
    raise AssertionError("The disk does not get full.")


def save(client: FlaskClient, number: int, *, htmx: bool = False) -> TestResponse:
    """A new package; bigger ones are cheaper per credit, so that Apply asks for no second look."""
    fields = {"name": f"P{number}", "credits": str(100 + number), "short_info": "x" * 280}
    return post(client, f"{LIST}add", TYPED | fields, htmx=htmx)


def test_a_full_disk_is_told_and_nothing_is_changed_until_there_is_room(
    disk: Disk,
    signed_in: FlaskClient,
    session: Session,
    engine: Engine,
    full: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Caught: a COMMIT whose failure nobody hears of, and the words for a busy database."""
    before, seen = everything(session), buyers_pages(signed_in)
    session.rollback()
    caplog.clear()
    for htmx in (True, False):
        answer = save(signed_in, MOST_TRIES, htmx=htmx)
        assert answer.status_code == 507
        told = partials(answer)["#alert"] if htmx else answer.text
        assert "Not saved: the disk is full" in told
        assert "Nothing was changed" in told
    assert caplog.text.count(f"POST {LIST}add failed because the disk is full") == 2
    assert order(session) == full
    assert (everything(session), buyers_pages(signed_in)) == (before, seen)
    check_integrity(engine)
    session.rollback()
    disk.free()
    assert save(signed_in, MOST_TRIES).status_code == 303
    answer = post(signed_in, f"{LIST}apply", {"token": review_token(signed_in)})
    assert answer.status_code == 303
    assert order(session) == [*full, f"P{MOST_TRIES}"]
    assert b">P1<" in buyers_pages(signed_in)["US"]


@pytest.mark.usefixtures("full")
def test_apply_on_a_full_disk_is_live_or_told(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a COMMIT whose failure nobody hears of."""
    drafts, seen = everything(session), buyers_pages(signed_in)
    session.rollback()
    answer = post(signed_in, f"{LIST}apply", {"token": review_token(signed_in)})
    is_live = "Release 2 is live" in signed_in.get(LIST).text
    assert answer.status_code == (303 if is_live else 507)
    assert releases(session) == (2 if is_live else 1)
    assert (buyers_pages(signed_in) != seen) is is_live
    assert everything(session) == drafts


@pytest.mark.usefixtures("full")
def test_signing_in_and_out_and_commands_say_why_not(
    app: Flask, signed_in: FlaskClient, disk: Disk
) -> None:
    """Caught: the cookie kept when its row could not be deleted; "does not answer", as of a
    database that is away; readyz content although nothing can be kept."""
    assert signed_in.get("/healthz").status_code == 200
    if is_known_to_be_full(disk):
        assert signed_in.get("/readyz").status_code == 503
    sign_in_or_be_told(app.test_client())
    sign_out_or_be_told(signed_in)
    result = app.test_cli_runner().invoke(args=["create-admin", BOB], input=PASSWORD)
    if result.exit_code:  # a row may still fit
        assert result.stderr.startswith("Error: The database has no room left on its disk: ")
        assert result.stderr.count("\n") == 1


def is_known_to_be_full(disk: Disk) -> bool:
    """Before anything is written: a file on a disk, of which the system tells."""
    file = Path(make_url(disk.url).database or "")
    return file.is_file() and shutil.disk_usage(file).free == 0


def sign_in_or_be_told(client: FlaskClient) -> None:
    answer = sign_in(client)
    assert answer.status_code in (303, 507)  # a row may still fit
    assert ("the disk is full" in answer.text) == (answer.status_code == 507)
    assert (client.get("/settings/").status_code == 200) == (answer.status_code == 303)
    assert client.get("/packages").status_code == 200


def sign_out_or_be_told(signed_in: FlaskClient) -> None:
    """This browser forgets at once, and a row that stays behind is told."""
    copied = signed_in.get_cookie("scrip")
    assert copied
    answer = signed_in.post("/logout", data={"csrf_token": csrf_token(signed_in, "/login/again")})
    assert answer.status_code in (303, 507)  # a row may go without room
    assert ("It ends by itself after 2 hours" in answer.text) == (answer.status_code == 507)
    assert signed_in.get("/settings/").status_code == 302
    signed_in.set_cookie("scrip", copied.value)
    assert (signed_in.get("/settings/").status_code == 200) == (answer.status_code == 507)

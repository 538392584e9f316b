"""Who is known to have which edit form open, and for how long."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.catalogue.drafts import presence
from domain.catalogue.drafts.presence import BELIEVED, BELIEVED_HIDDEN
from domain.catalogue.models import Presence
from domain.database import utc_now, writing
from tests.conftest import ADMIN
from tests.page_helpers import BOB, add

CARLA = "carla@example.com"
MARGIN = timedelta(seconds=10)


@pytest.fixture(autouse=True)
def packages(session: Session) -> list[int]:
    return add(session, "One", "Two")


def open_form(
    session: Session, form: str, package_id: int = 1, author: str = BOB, *, is_hidden: bool = False
) -> None:
    with writing(session):
        presence.note_open(session, form, package_id, author=author, is_hidden=is_hidden)


def close(session: Session, form: str, author: str = BOB) -> None:
    with writing(session):
        presence.note_closed(session, form, author=author)


def let_pass(session: Session, time: timedelta) -> None:
    """As if nothing had been heard of for that long."""
    with writing(session):
        for row in session.scalars(select(Presence)):
            row.until -= time


def seen(session: Session, reader: str = ADMIN) -> dict[int, tuple[str, ...]]:
    session.rollback()
    return presence.others_editing(session, reader)


def test_others_see_who_edits_what(session: Session) -> None:
    open_form(session, "a")
    open_form(session, "b", 2)
    open_form(session, "c", 2, CARLA)
    assert seen(session) == {1: (BOB,), 2: (BOB, CARLA)}
    assert seen(session, CARLA) == {1: (BOB,), 2: (BOB,)}


def test_nobody_sees_himself(session: Session) -> None:
    open_form(session, "a")
    assert seen(session, BOB) == {}


def test_two_forms_of_one_admin_are_one_hint_until_both_are_closed(session: Session) -> None:
    """Seeded bug: one form closed all of its admin; a second tab went unseen."""
    open_form(session, "a")
    open_form(session, "b")
    assert seen(session) == {1: (BOB,)}
    close(session, "a")
    assert seen(session) == {1: (BOB,)}
    close(session, "b")
    assert seen(session) == {}


def test_closing_twice_or_what_was_never_open_is_no_error(session: Session) -> None:
    open_form(session, "a")
    for form in ("a", "a", "never"):
        close(session, form)
    assert seen(session) == {}


def test_nobody_closes_the_form_of_another(session: Session) -> None:
    open_form(session, "a")
    close(session, "a", CARLA)
    assert seen(session) == {1: (BOB,)}


@pytest.mark.parametrize(("is_hidden", "believed"), [(False, BELIEVED), (True, BELIEVED_HIDDEN)])
def test_a_form_that_falls_silent_is_forgotten(
    session: Session, is_hidden: bool, believed: timedelta
) -> None:
    """Seeded bug: whoever was ever heard of is editing; the hint outlived a dead tab."""
    open_form(session, "a", is_hidden=is_hidden)
    let_pass(session, believed - MARGIN)
    assert seen(session) == {1: (BOB,)}
    let_pass(session, MARGIN)
    assert seen(session) == {}


def test_a_form_that_is_heard_of_again_is_believed_again(session: Session) -> None:
    open_form(session, "a", is_hidden=True)
    let_pass(session, 2 * BELIEVED_HIDDEN)
    open_form(session, "a")
    assert seen(session) == {1: (BOB,)}
    let_pass(session, BELIEVED)
    assert seen(session) == {}


def test_a_clock_that_was_set_back_keeps_nobody(session: Session) -> None:
    """Seeded bug: until any time to come; a form closed long ago was open for an hour more."""
    open_form(session, "a")
    let_pass(session, -timedelta(hours=1))
    assert seen(session) == {}


def test_old_rows_are_removed_in_passing(session: Session) -> None:
    open_form(session, "a")
    let_pass(session, BELIEVED)
    open_form(session, "b", 2)
    assert session.scalars(select(Presence.form)).all() == ["b"]


def test_times_are_the_databases(session: Session) -> None:
    open_form(session, "a")
    now, until = session.execute(select(utc_now(), Presence.until)).one()
    assert now < until <= now + BELIEVED


def test_the_same_form_heard_of_twice_at_once_is_one_row(engine: Engine, session: Session) -> None:
    """Seeded bug: no lock; on PostgreSQL the second insert failed."""
    session.rollback()

    def beat(_turn: int) -> None:
        with Session(engine) as own:
            for _ in range(10):
                open_form(own, "a")
                close(own, "a")
            open_form(own, "a")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(beat, range(4)))
    assert session.scalar(select(func.count()).select_from(Presence)) == 1

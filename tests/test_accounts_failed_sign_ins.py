"""Failed sign-ins are counted for each admin and hour; a sign-in that works counts for nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.accounts.failed_sign_ins import count_failed, take_back_failed
from domain.accounts.models import FailedSignInHour
from domain.accounts.sign_in_limits import Try, count_failure, take_back
from domain.database import writing
from tests.clock import NOON, Clock
from tests.conftest import ADMIN, PASSWORD
from tests.page_helpers import post
from tests.second_factor import set_up_app

HOUR = timedelta(hours=1)
HOME = "203.0.113.7"

pytestmark = pytest.mark.usefixtures("admin")


def counts(session: Session) -> list[tuple[str, int]]:
    session.rollback()
    rows = select(FailedSignInHour.author, FailedSignInHour.count)
    return [
        (author, count) for author, count in session.execute(rows.order_by(FailedSignInHour.id))
    ]


def fail(session: Session, email: str = ADMIN) -> int:
    with writing(session):
        return count_failure(session, Try(email, HOME))


def test_each_hour_has_a_count_of_its_own(session: Session, clock: Clock) -> None:
    for _ in range(3):
        fail(session)
    clock.go_on(hours=1)
    fail(session)
    assert counts(session) == [(ADMIN, 3), (ADMIN, 1)]
    hours = session.scalars(select(FailedSignInHour.hour)).all()
    assert hours == [NOON, NOON + HOUR]


def test_what_was_typed_is_not_kept_when_it_is_nobodys(session: Session) -> None:
    """Caught: `tried.email` as the author."""
    for typed in ("a-password@typed.example", "nobody@example.com"):
        fail(session, typed)
    assert counts(session) == [("", 2)]


def test_a_try_that_was_right_is_taken_back(session: Session, clock: Clock) -> None:
    """Caught: the hour of now taken for that of the try; a count of none that stays."""
    failure_id, other = fail(session), fail(session)
    clock.go_on(hours=1)
    with writing(session):
        take_back(session, failure_id, ADMIN)
    assert counts(session) == [(ADMIN, 1)]
    with writing(session):
        take_back(session, failure_id, ADMIN)
        take_back(session, other, ADMIN)
    assert counts(session) == []


def test_what_was_never_counted_cannot_be_taken_back(session: Session) -> None:
    """As of a try that was counted before an upgrade. Caught: the check of the count refused it,
    and nobody could sign in."""
    with writing(session):
        session.add(FailedSignInHour(hour=NOON, author=ADMIN, count=0))
    with writing(session):
        take_back_failed(session, ADMIN, NOON)
    assert counts(session) == []


def test_counting_and_taking_back_at_the_same_moment(engine: Engine, session: Session) -> None:
    """Caught: the count read, and written one higher."""

    def count(number: int) -> None:
        with Session(engine) as own, writing(own):
            count_failed(own, ADMIN, NOON)
        if number % 2:
            with Session(engine) as own, writing(own):
                take_back_failed(own, ADMIN, NOON)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, range(40)))
    assert counts(session) == [(ADMIN, 20)]


@pytest.mark.on_both
def test_over_http_only_what_failed_is_counted(client: FlaskClient, session: Session) -> None:
    """Caught: `take_back_failed` left out of `take_back`."""
    typed = {"email": ADMIN, "password": PASSWORD}
    for fields in (typed | {"password": "wrong"}, typed | {"email": "no@example.com"}, typed):
        post(client, "/login", fields)
    assert counts(session) == [(ADMIN, 1), ("", 1)]


def test_a_wrong_code_is_counted_and_a_right_one_is_not(
    client: FlaskClient, session: Session
) -> None:
    app = set_up_app(session, ADMIN)
    post(client, "/login", {"email": ADMIN, "password": PASSWORD})
    post(client, "/login/code", {"code": app.code(-20)})
    assert counts(session) == [(ADMIN, 1)]
    assert post(client, "/login/code", {"code": app.code(1)}).status_code == 303
    assert counts(session) == [(ADMIN, 1)]

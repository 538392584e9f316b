"""Acts that ask for the admin's password again, on the page of the limits for giving credits."""

from datetime import timedelta
from threading import BoundedSemaphore

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.accounts import hashing
from domain.accounts.limits import PER_ACCOUNT_AND_ADDRESS
from domain.accounts.models import FailedSignIn, SignInSession
from domain.accounts.sessions import CONFIRMED
from domain.customers.limits import USUAL, Limits, read_limits
from domain.database import utc_now, writing
from tests.conftest import PASSWORD
from tests.html import find, find_all, texts, values
from tests.page_helpers import field, form_token, post

PAGE = "/settings/customers"
TYPED = {"at_once": "10", "a_day": "20", "version": USUAL.version}
WANTED = Limits(10, 20)
SECOND = timedelta(seconds=1)


@pytest.fixture
def unconfirmed(signed_in: FlaskClient, session: Session) -> FlaskClient:
    """A browser whose admin typed the password ten minutes ago."""
    confirm(session, CONFIRMED)
    return signed_in


def confirm(session: Session, ago: timedelta | None) -> None:
    """Sets when the password was typed; None for a sign-in from before that was kept."""
    with writing(session):
        now = session.scalars(select(utc_now())).one()
        at = None if ago is None else now - ago
        session.execute(update(SignInSession).values(confirmed_at=at))


def limits(session: Session) -> Limits:
    session.rollback()
    return read_limits(session)


def failures(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(FailedSignIn.id))) or 0


def asks(html: str) -> bool:
    return bool(find_all(html, "[name=password]"))


def test_right_after_the_sign_in_nothing_is_asked(signed_in: FlaskClient, session: Session) -> None:
    assert not asks(signed_in.get(PAGE).text)
    assert post(signed_in, PAGE, TYPED).status_code == 303
    assert limits(session) == WANTED


@pytest.mark.parametrize("ago", [CONFIRMED - 10 * SECOND, CONFIRMED, -2 * CONFIRMED, None])
def test_the_password_is_good_for_ten_minutes(
    signed_in: FlaskClient, session: Session, ago: timedelta | None
) -> None:
    """Caught: a clock that was set back, and a session of before, counted as confirmed for good."""
    confirm(session, ago)
    is_fresh = ago is not None and ago < CONFIRMED and ago > timedelta(0)
    assert asks(signed_in.get(PAGE).text) is not is_fresh
    assert post(signed_in, PAGE, TYPED).status_code == (303 if is_fresh else 422)
    assert limits(session) == (WANTED if is_fresh else USUAL)


@pytest.mark.on_both
@pytest.mark.parametrize("htmx", [True, False])
def test_one_press_with_the_password_does_it_and_confirms(
    unconfirmed: FlaskClient, session: Session, htmx: bool
) -> None:
    answer = post(unconfirmed, PAGE, TYPED | {"password": PASSWORD}, htmx=htmx)
    assert answer.status_code == (200 if htmx else 303)
    assert (limits(session), failures(session)) == (WANTED, 0)
    assert not asks(unconfirmed.get(PAGE).text)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("", "Enter your password to go on."), ("not <it>", "Wrong password.")],
)
def test_what_was_typed_stays_and_the_password_does_not(
    unconfirmed: FlaskClient, session: Session, password: str, sentence: str
) -> None:
    """Caught: no question at all where the field is left out; the password in the page again."""
    answer = post(unconfirmed, PAGE, TYPED | {"password": password})
    assert answer.status_code == 422
    assert texts(answer.text, "#limits-password-error") == [sentence]
    assert (field(answer.text, "at_once"), field(answer.text, "a_day")) == ("10", "20")
    assert "value" not in find(answer.text, "[name=password]").attributes
    assert "not &lt;it&gt;" not in answer.text
    assert values(answer.text, "[name=password]", "autocomplete") == ["current-password"]
    assert limits(session) == USUAL
    assert failures(session) == (1 if password else 0)
    assert asks(unconfirmed.get(PAGE).text)


def test_the_right_password_counts_though_something_else_is_wrong(
    unconfirmed: FlaskClient, session: Session
) -> None:
    answer = post(unconfirmed, PAGE, TYPED | {"at_once": "30", "password": PASSWORD})
    assert answer.status_code == 422
    assert texts(answer.text, ".problems li") == ["Credits a day"]
    assert not asks(answer.text)
    assert limits(session) == USUAL


@pytest.mark.on_both
def test_guesses_are_counted_as_those_of_a_sign_in(
    unconfirmed: FlaskClient, session: Session
) -> None:
    """Caught: a password hashed without a count, so that a borrowed browser can guess for ever."""
    for _ in range(PER_ACCOUNT_AND_ADDRESS.failures):
        assert post(unconfirmed, PAGE, TYPED | {"password": "wrong"}).status_code == 422
    answer = post(unconfirmed, PAGE, TYPED | {"password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert texts(answer.text, "#limits-password-error")[0].startswith("Too many tries.")
    assert field(answer.text, "at_once") == "10"
    assert limits(session) == USUAL


def test_a_busy_process_says_so_and_keeps_what_was_typed(
    unconfirmed: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "_hashing", BoundedSemaphore(1))
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 0)
    with hashing._turn():
        answer = post(unconfirmed, PAGE, TYPED | {"password": PASSWORD})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert field(answer.text, "a_day") == "20"
    assert limits(session) == USUAL


def test_a_password_is_no_part_of_what_is_offered_again(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the password in a hidden field of the page of who is signed out."""
    token = form_token(signed_in)
    with writing(session):
        session.query(SignInSession).delete()
    fields = TYPED | {"password": PASSWORD, "csrf_token": token}
    answer = signed_in.post(PAGE, data=fields, headers={"Origin": "http://localhost"})
    assert answer.status_code == 401
    assert field(answer.text, "a_day") == "20"
    assert PASSWORD not in answer.text

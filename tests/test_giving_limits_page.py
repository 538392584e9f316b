"""Settings, Customers: how many credits an admin may give. It works at once."""

from functools import partial

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.customers.limits import USUAL, Limits, change_limits, read_limits
from domain.database import write
from tests.html import find, text_of, texts
from tests.page_helpers import field, post

PAGE = "/settings/customers"
TYPED = {"at_once": "10", "a_day": "20", "version": USUAL.version}


def limits(session: Session) -> Limits:
    session.rollback()
    return read_limits(session)


def test_settings_lead_to_the_page(signed_in: FlaskClient) -> None:
    page = signed_in.get("/settings/").text
    assert texts(page, f"a.door[href='{PAGE}'] .door-title") == ["Customers"]
    page = signed_in.get(PAGE).text
    assert "Changes here work at once, without Apply Changes." in page
    assert (field(page, "at_once"), field(page, "a_day")) == ("1000", "5000")


def test_limits_are_saved_and_can_be_saved_again(signed_in: FlaskClient, session: Session) -> None:
    answer = post(signed_in, PAGE, TYPED | {"at_once": " ١٬٠٠٠ ", "a_day": "2.000"})
    assert (answer.status_code, answer.location) == (303, PAGE)
    page = signed_in.get(PAGE).text
    assert texts(page, "#status p") == ["The limits are saved."]
    version = field(page, "version")
    assert post(signed_in, PAGE, TYPED | {"version": version}).status_code == 303
    assert limits(session) == Limits(10, 20)


@pytest.mark.parametrize(
    ("at_once", "a_day", "wrong", "sentence"),
    [
        ("", "20", "at_once", "Enter a whole number from 0 to 1,000,000,000"),
        ("-1", "20", "at_once", "Enter a whole number from 0"),
        ("1.5", "20", "at_once", "Enter a whole number from 0"),
        ("10", "1000000001", "a_day", "Enter a whole number from 0"),
        ("10", "<b>", "a_day", "Enter a whole number from 0"),
        ("21", "20", "a_day", "Enter at least as many credits a day as at once."),
    ],
)
def test_bad_input_is_said_and_kept(
    signed_in: FlaskClient, session: Session, at_once: str, a_day: str, wrong: str, sentence: str
) -> None:
    answer = post(signed_in, PAGE, TYPED | {"at_once": at_once, "a_day": a_day})
    assert answer.status_code == 422
    assert text_of(find(answer.text, f"#limits-{wrong}-error")).startswith(sentence)
    assert (field(answer.text, "at_once"), field(answer.text, "a_day")) == (at_once, a_day)
    assert "<title>Error: Customers" in answer.text
    assert limits(session) == USUAL


def test_what_a_colleague_saved_meanwhile_is_said(signed_in: FlaskClient, session: Session) -> None:
    """Caught: no look at the version."""
    write(session, partial(change_limits, limits=Limits(5, 6), version=USUAL.version))
    answer = post(signed_in, PAGE, TYPED)
    assert answer.status_code == 409
    assert "Not saved: somebody changed the limits meanwhile." in text_of(
        find(answer.text, ".problems")
    )
    assert texts(answer.text, ".field .hint") == ["Now 5", "Now 6"]
    assert field(answer.text, "at_once") == "10"
    assert limits(session) == Limits(5, 6)
    again = TYPED | {"version": field(answer.text, "version")}
    assert post(signed_in, PAGE, again).status_code == 303
    assert limits(session) == Limits(10, 20)

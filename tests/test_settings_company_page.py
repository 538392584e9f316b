"""Settings, Company: who sells. It works at once."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.accounts.models import SignInSession
from domain.company.company import find_company, read_versioned
from domain.company.rules import CompanyValues
from domain.database import writing
from tests.companies import LOTUS, save_company
from tests.conftest import PASSWORD
from tests.html import find, find_all, text_of, texts
from tests.page_helpers import everything, field, post

PAGE = "/settings/company"
TYPED = LOTUS._asdict() | {"version": "1"}
NOT_YET = "Nobody can pay with real money before the company is filled in"


def saved(session: Session) -> CompanyValues | None:
    session.rollback()
    return find_company(session)


def test_the_company_is_filled_in(signed_in: FlaskClient, session: Session) -> None:
    page, drafts = signed_in.get("/settings/").text, everything(session)
    assert texts(page, f"a.door[href='{PAGE}'] .door-title") == ["Company"]
    page = signed_in.get(PAGE).text
    assert "Changes here work at once, without Apply Changes." in page
    assert (NOT_YET in page, field(page, "legal_name")) == (True, "")
    answer = post(signed_in, PAGE, TYPED | {"privacy_url": ""})
    assert (answer.status_code, answer.location) == (303, PAGE)
    page = signed_in.get(PAGE).text
    assert texts(page, "#status p") == ["The company is saved."]
    assert (NOT_YET in page, field(page, "legal_name")) == (True, LOTUS.legal_name)
    assert text_of(find(page, "[name=address]")) == LOTUS.address.replace("\n", " ")
    assert post(signed_in, PAGE, TYPED | {"version": field(page, "version")}).status_code == 303
    assert NOT_YET not in signed_in.get(PAGE).text
    assert (saved(session), everything(session)) == (LOTUS, drafts)


def test_bad_input_is_said_and_kept(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a tax number that was checked before the country was known."""
    typed = dict.fromkeys(CompanyValues._fields, "\u200b") | {"version": "1"}
    answer = post(signed_in, PAGE, typed)
    assert (answer.status_code, saved(session)) == (422, None)
    assert "<title>Error: Company" in answer.text
    wrong = {name for name in typed if find_all(answer.text, f"#company-{name}-error")}
    assert wrong == set(CompanyValues._fields) - {"tax_number"}
    assert field(answer.text, "phone") == "\u200b"
    answer = post(signed_in, PAGE, TYPED | {"tax_number": "DE 1", "address": "<b>\r\nBerlin"})
    assert texts(answer.text, ".problems a") == ["Tax Number"]
    assert text_of(find(answer.text, "#company-tax_number-error")) == (
        "This is no tax number in Germany. Check each digit."
    )
    assert "&lt;b&gt;\r\nBerlin" in answer.text
    assert saved(session) is None


def test_what_a_colleague_saved_meanwhile_is_shown(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: no look at the version."""
    theirs = LOTUS._replace(legal_name="Theirs", country="TR", tax_number="")
    save_company(session, theirs)
    answer = post(signed_in, PAGE, TYPED)
    assert (answer.status_code, saved(session)) == (409, theirs)
    assert "Not saved: somebody changed the company meanwhile." in answer.text
    hints = [text.strip("\u2068\u2069") for text in texts(answer.text, ".field .hint")]
    now = [hint for hint in hints if hint.startswith("Saved now:")]
    assert [hint.replace("\u2068", "").replace("\u2069", "") for hint in now] == [
        *("Saved now: Theirs", "Saved now: Türkiye", "Saved now: (empty)")
    ]
    assert field(answer.text, "legal_name") == LOTUS.legal_name
    again = TYPED | {"version": field(answer.text, "version")}
    assert post(signed_in, PAGE, again).status_code == 303
    session.rollback()
    assert read_versioned(session) == (LOTUS, 3)


def test_it_needs_the_password(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a plain form, by which a stolen sign-in could say that another company sells."""
    with writing(session):
        session.execute(update(SignInSession).values(confirmed_at=None))
    assert find_all(signed_in.get(PAGE).text, "#company-password")
    for typed in ({}, {"password": "wrong"}):
        answer = post(signed_in, PAGE, TYPED | typed)
        assert (answer.status_code, saved(session)) == (422, None)
        assert find_all(answer.text, "#company-password-error")
        assert field(answer.text, "legal_name") == LOTUS.legal_name
    assert post(signed_in, PAGE, TYPED | {"password": PASSWORD}).status_code == 303
    assert saved(session) == LOTUS


@pytest.mark.usefixtures("session")
def test_signed_out_nothing_is_saved(client: FlaskClient, session: Session) -> None:
    assert client.get(PAGE).status_code == 302
    assert client.post(PAGE, data=TYPED).status_code == 401
    assert saved(session) is None

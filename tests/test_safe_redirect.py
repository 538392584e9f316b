"""Edit from the review leads back to it; `next` leads nowhere but to our own pages."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from tests.conftest import Once
from tests.html import find_all, text_of, values
from tests.page_helpers import (
    LIST,
    TYPED_SETTINGS,
    add,
    apply_all,
    draft,
    edit,
    field,
    post,
    typed_for,
)
from tests.test_login_page import LEADING_AWAY

REVIEW = f"{LIST}review"
BACK = f"{REVIEW}#change-package-1-edited"
EDIT = f"{LIST}1/edit"
SETTINGS = "/settings/"


@pytest.fixture(autouse=True)
def scene(once: Once) -> None:
    once(make_scene)


def make_scene(session: Session) -> None:
    """Pro is live and edited."""
    add(session, "Pro")
    apply_all(session)
    edit(session, 1, name="Prime")


def link_to_edit(client: FlaskClient) -> str:
    (address,) = values(client.get(REVIEW).text, "a[aria-label='Edit Prime']", "href")
    return address


def cancel(page: str) -> str:
    links = [link for link in find_all(page, "a.button.quiet") if text_of(link) == "Cancel"]
    return (links[0].attributes["href"] or "") if links else ""


def test_cancel_and_save_lead_back_to_the_change(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the list of the package's country after Save."""
    page = signed_in.get(link_to_edit(signed_in)).text
    assert (field(page, "next"), cancel(page)) == (BACK, BACK)
    answer = post(signed_in, EDIT, typed_for(session, 1, name="Primo", next=BACK))
    assert (answer.status_code, answer.location) == (303, BACK)
    assert draft(session, 1).name == "Primo"
    assert "Primo saved." in signed_in.get(REVIEW).text


@pytest.mark.parametrize(
    ("changes", "status"), [({"credits": "x"}, 422), ({"version": "1", "name": "Max"}, 409)]
)
def test_a_refusal_keeps_the_way_back(
    signed_in: FlaskClient, session: Session, changes: dict[str, str], status: int
) -> None:
    answer = post(signed_in, EDIT, typed_for(session, 1, next=BACK, **changes))
    assert answer.status_code == status
    assert (field(answer.text, "next"), cancel(answer.text)) == (BACK, BACK)


def test_the_settings_lead_back_too(signed_in: FlaskClient, session: Session) -> None:
    page = signed_in.get(SETTINGS, query_string={"next": BACK}).text
    assert (field(page, "next"), cancel(page)) == (BACK, BACK)
    assert 'id="settings-form" method="post" action="/settings/" novalidate' in page
    answer = post(signed_in, SETTINGS, {**TYPED_SETTINGS, "next": BACK}, page=SETTINGS)
    assert (answer.status_code, answer.location) == (303, BACK)
    session.rollback()
    assert drafts.get_settings(session).platform_name == "Shop"


def test_it_never_leads_away(signed_in: FlaskClient, session: Session) -> None:
    """Caught: `next` taken as it was sent."""
    saved = f"{LIST}?country=US&page=1#package-1"
    for wanted in LEADING_AWAY:
        page = signed_in.get(EDIT, query_string={"next": wanted}).text
        assert 'name="next"' not in page, wanted
        assert cancel(page) == f"{LIST}?country=US"
        answer = post(signed_in, EDIT, typed_for(session, 1, next=wanted))
        assert (wanted, answer.status_code, answer.location) == (wanted, 303, saved)
        answer = post(signed_in, SETTINGS, {**TYPED_SETTINGS, "next": wanted}, page=SETTINGS)
        assert (wanted, answer.status_code, answer.location) == (wanted, 303, SETTINGS)

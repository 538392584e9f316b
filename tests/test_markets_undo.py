"""Taking back what was said about a country: discard, restore and undo, as admins press them."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.catalogue.drafts import drafts
from domain.catalogue.markets.rules import INITIAL_MARKET, MarketValues
from tests.html import texts, values
from tests.page_helpers import (
    BOB,
    LIST,
    add,
    apply_all,
    differences,
    edit_market,
    edit_settings,
    everything,
    field,
    hidden_fields,
    market,
    pending,
    post,
)

HISTORY = f"{LIST}history"
DISCARD = f"{LIST}discard"
LIVE = MarketValues("included", 1900, "Note", note_de="Notiz")
DRAFTED = MarketValues("when_used", 0, "New note", note_de="Notiz", note_ar="ملاحظة")

pytestmark = pytest.mark.usefixtures("scene")


@pytest.fixture
def scene(session: Session) -> None:
    """Germany's tax and note are live, and drafted otherwise; the US got its first note."""
    add(session, "Klein", country="DE", currency="EUR")
    edit_market(session, "DE", **LIVE._asdict())
    apply_all(session)
    edit_market(session, "DE", **DRAFTED._asdict())
    edit_market(session, "US", note_en="First")


def confirm(client: FlaskClient, address: str) -> TestResponse:
    """Opens the page that asks, and says yes."""
    page = client.get(address).text
    path = address.partition("?")[0]
    return post(client, path, dict(hidden_fields(page)))


def undo(client: FlaskClient, answer: TestResponse) -> TestResponse:
    """Presses Undo on the page that a discard or restore led to."""
    page = client.get(answer.location).text if answer.location else answer.text
    (address,) = values(page, 'form[action*="/undo/"]', "action")
    return post(client, address)


def discard(client: FlaskClient, name: str) -> TestResponse:
    """Presses the button of that name in the review."""
    page = client.get(f"{LIST}review").text
    (address,) = values(page, f'button[aria-label="{name}"]', "formaction")
    return post(client, address, {"token": field(page, "token")})


def test_a_change_is_discarded_and_comes_back(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a market left as it was drafted, as only packages were written back."""
    page = signed_in.get(DISCARD).text
    assert texts(page, ".changes tr:not(.further) th[scope=row] bdi") == [
        "Market of Germany",
        "Market of United States",
    ]
    assert differences(page)[:3] == [
        ("Tax", "was Tax is due when the credits are used → now Price includes 19% VAT"),
        ("Note (English)", "was New note → now Note"),
        ("Note (العربية)", "was ملاحظة → now (empty)"),
    ]
    assert set(texts(page, ".changes small")) == {f"Drafted by {BOB}"}
    answer = discard(signed_in, "Discard the changes of Germany")
    assert (market(session, "DE"), market(session, "US").note_en) == (LIVE, "First")
    assert undo(signed_in, answer).status_code == 303
    assert market(session, "DE") == DRAFTED


def test_what_was_never_live_goes_back_to_nothing(signed_in: FlaskClient, session: Session) -> None:
    """Caught: an error 500, as there is no live market to go back to."""
    discard(signed_in, "Discard Market of United States, Edited")
    assert market(session, "US") == INITIAL_MARKET
    assert pending(session) == ["edited market"]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Note (English)", DRAFTED._replace(note_en="Note")),
        ("Note (العربية)", DRAFTED._replace(note_ar="")),
        ("Tax", DRAFTED._replace(tax="included", tax_basis_points=1900)),
    ],
)
def test_one_field_goes_back(
    signed_in: FlaskClient, session: Session, label: str, expected: MarketValues
) -> None:
    """Caught: the whole edit discarded for one field; a tax without its rate."""
    answer = discard(signed_in, f"Discard {label} of Market of Germany")
    assert texts(answer.text, "#status p") == [f"{label} of Market of Germany discarded. Undo"]
    assert market(session, "DE") == expected
    assert undo(signed_in, answer).status_code == 303
    assert market(session, "DE") == DRAFTED


def test_one_setting_goes_back(signed_in: FlaskClient, session: Session) -> None:
    edit_settings(session, platform_name="Shop", intro_tr="Selam")
    discard(signed_in, "Discard Intro Text (Türkçe) of Settings")
    session.rollback()
    settings = drafts.get_settings(session)
    assert (settings.platform_name, settings.intro_tr) == ("Shop", "")


def test_a_stale_field_is_not_discarded(signed_in: FlaskClient, session: Session) -> None:
    address = f"{LIST}review/discard?change=market-1-edited&field=note_en"
    token = field(signed_in.get(f"{LIST}review").text, "token")
    edit_market(session, "DE", note_en="Newer")
    before = everything(session)
    for wrong in (token, "", "0", "x", "9" * 500):
        answer = post(signed_in, address, {"token": wrong})
        assert (wrong, answer.status_code) == (wrong, 409)
        assert "Nothing discarded" in answer.text
    assert everything(session) == before


@pytest.mark.parametrize("name", ["name", "country", "id", "version", "__class__", "note"])
def test_a_field_that_a_market_does_not_have_is_refused(
    signed_in: FlaskClient, session: Session, name: str
) -> None:
    address = f"{LIST}review/discard?change=market-1-edited&field={name}"
    token = field(signed_in.get(f"{LIST}review").text, "token")
    before = everything(session)
    assert post(signed_in, address, {"token": token}).status_code == 422
    assert everything(session) == before


def test_a_release_is_restored_with_its_markets(signed_in: FlaskClient, session: Session) -> None:
    """Caught: markets left as they are drafted; one that the release did not know left out."""
    apply_all(session)
    page = signed_in.get(f"{HISTORY}/1/restore").text
    assert texts(page, "tr:not(.further) th[scope=row] bdi") == [
        "Market of Germany",
        "Market of United States",
    ]
    assert ("Note (English)", "was First → now (empty)") in differences(page)
    answer = confirm(signed_in, f"{HISTORY}/1/restore")
    assert answer.status_code == 303
    assert (market(session, "DE"), market(session, "US")) == (LIVE, INITIAL_MARKET)
    assert pending(session) == ["edited market", "edited market"]
    assert undo(signed_in, answer).status_code == 303
    assert (market(session, "DE"), market(session, "US").note_en) == (DRAFTED, "First")
    assert pending(session) == []


def test_a_stale_plan_restores_no_market(signed_in: FlaskClient, session: Session) -> None:
    """Caught: any token taken for that of now."""
    token = field(signed_in.get(f"{HISTORY}/1/restore").text, "token")
    edit_market(session, "DE", note_tr="Yeni")
    before = everything(session)
    answer = post(signed_in, f"{HISTORY}/1/restore", {"token": token})
    assert (answer.status_code, everything(session)) == (409, before)


def test_undo_names_the_market_that_it_left(signed_in: FlaskClient, session: Session) -> None:
    answer = confirm(signed_in, DISCARD)
    assert pending(session) == []
    edit_market(session, "DE", note_en="Bobs")
    answer = undo(signed_in, answer)
    page = signed_in.get(answer.location).text
    assert f"That was undone, except for Market of Germany, which {BOB} changed since." in page
    assert market(session, "DE") == DRAFTED._replace(note_en="Bobs")
    assert market(session, "US").note_en == "First"


def test_the_history_tells_what_it_was_about(signed_in: FlaskClient) -> None:
    confirm(signed_in, DISCARD)
    page = signed_in.get(f"{HISTORY}/drafts").text
    about = re.findall(r"\(([^()]*Market of[^()]*)\)", page)
    assert [set(each.split(", ")) for each in about] == [
        {"Market of Germany", "Market of United States"}
    ]


def test_releases_are_compared_with_their_markets(signed_in: FlaskClient, session: Session) -> None:
    apply_all(session)
    page = signed_in.get(f"{HISTORY}/2").text
    assert texts(page, "tr:not(.further) th[scope=row] bdi") == [
        "Market of Germany",
        "Market of United States",
    ]
    tax = "was Price includes 19% VAT → now Tax is due when the credits are used"
    assert ("Tax", tax) in differences(page)
    first = signed_in.get(f"{HISTORY}/1").text
    assert ("Tax", "was Nothing is said → now Price includes 19% VAT") in differences(first)

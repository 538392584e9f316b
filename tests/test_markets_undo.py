"""Taking back what was said about a country: discard, restore and undo, as admins press them."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.catalogue.drafts import drafts
from domain.catalogue.markets.rules import INITIAL_MARKET, MarketValues
from tests.html import find, texts, values
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
ONE_FIELD = f"{LIST}items/market-1/discard"
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
    (address,) = values(client.get(answer.location).text, 'form[action*="/undo/"]', "action")
    return post(client, address)


def test_a_change_is_discarded_and_comes_back(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a market left as it was drafted, as only packages were written back."""
    address = f"{DISCARD}?change=market-1-edited"
    page = signed_in.get(address).text
    assert texts(page, "#page-title, .change h3") == ["Discard 1 change?", "Market of Germany"]
    assert differences(page) == [
        ("Tax", "was Tax is due when the credits are used → now Price includes 19% VAT"),
        ("Note (English)", "was New note → now Note"),
        ("Note (العربية)", "was ملاحظة → now (empty)"),
    ]
    assert texts(page, ".change-foot") == [f"Drafted by {BOB}"]
    answer = confirm(signed_in, address)
    assert answer.status_code == 303
    assert (market(session, "DE"), market(session, "US").note_en) == (LIVE, "First")
    assert undo(signed_in, answer).status_code == 303
    assert market(session, "DE") == DRAFTED


def test_what_was_never_live_goes_back_to_nothing(signed_in: FlaskClient, session: Session) -> None:
    """Caught: an error 500, as there is no live market to go back to."""
    answer = confirm(signed_in, f"{DISCARD}?change=market-2-edited")
    assert (answer.status_code, market(session, "US")) == (303, INITIAL_MARKET)
    assert pending(session) == ["edited market"]


@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [
        ("note_en", "Note (English)", DRAFTED._replace(note_en="Note")),
        ("note_ar", "Note (العربية)", DRAFTED._replace(note_ar="")),
        ("tax", "Tax", DRAFTED._replace(tax="included", tax_basis_points=1900)),
    ],
)
def test_one_field_goes_back(
    signed_in: FlaskClient, session: Session, name: str, label: str, expected: MarketValues
) -> None:
    """Caught: the whole edit discarded for one field; a tax without its rate."""
    review = find(signed_in.get(f"{LIST}review").text, "#change-market-1-edited").html or ""
    address = f"{ONE_FIELD}?field={name}"
    link = f'a[aria-label="Discard {label} of Market of Germany"]'
    assert values(review, link, "href") == [address]
    page = signed_in.get(address).text
    assert [each for each, _said in differences(page)] == [label]
    assert "Market of Germany</bdi> goes back to what buyers see here." in page
    answer = confirm(signed_in, address)
    assert answer.status_code == 303
    assert market(session, "DE") == expected
    assert undo(signed_in, answer).status_code == 303
    assert market(session, "DE") == DRAFTED


def test_one_setting_goes_back(signed_in: FlaskClient, session: Session) -> None:
    edit_settings(session, platform_name="Shop", intro_tr="Selam")
    address = f"{LIST}items/settings-1/discard?field=intro_tr"
    review = signed_in.get(f"{LIST}review").text
    link = 'a[aria-label="Discard Intro Text (Türkçe) of Settings"]'
    assert values(review, link, "href") == [address]
    assert confirm(signed_in, address).status_code == 303
    session.rollback()
    settings = drafts.get_settings(session)
    assert (settings.platform_name, settings.intro_tr) == ("Shop", "")


def test_a_stale_field_is_not_discarded(signed_in: FlaskClient, session: Session) -> None:
    version = field(signed_in.get(f"{ONE_FIELD}?field=note_en").text, "version")
    edit_market(session, "DE", note_en="Newer")
    before = everything(session)
    for wrong in (version, "", "0", "x", "9" * 500):
        answer = post(signed_in, ONE_FIELD, {"field": "note_en", "version": wrong})
        assert (wrong, answer.status_code) == (wrong, 409)
        assert "so nothing was discarded" in answer.text
    assert everything(session) == before


@pytest.mark.parametrize(
    "item",
    [
        *("market-99", "settings-2", "package-99", "market-0", "market--1", "market-x", "market"),
        *(
            "shop-1",
            "-1",
            "market-9" + "9" * 99,
            "market-1-edited",
            "Market-1",
            "%00-1",
            "market-²",
        ),
    ],
)
def test_an_item_that_is_not_there_is_not_found(
    signed_in: FlaskClient, session: Session, item: str
) -> None:
    """Caught: an error 500 for a type that nobody knows."""
    before, path = everything(session), f"{LIST}items/{item}/discard"
    assert signed_in.get(f"{path}?field=note_en").status_code == 404
    assert post(signed_in, path, {"field": "note_en", "version": "2"}).status_code == 404
    assert everything(session) == before


@pytest.mark.parametrize("name", ["", "name", "country", "id", "version", "__class__", "note"])
def test_a_field_that_a_market_does_not_have_is_refused(
    signed_in: FlaskClient, session: Session, name: str
) -> None:
    before = everything(session)
    assert signed_in.get(ONE_FIELD, query_string={"field": name}).status_code == 404
    assert post(signed_in, ONE_FIELD, {"field": name, "version": "3"}).status_code == 422
    assert everything(session) == before


def test_a_release_is_restored_with_its_markets(signed_in: FlaskClient, session: Session) -> None:
    """Caught: markets left as they are drafted; one that the release did not know left out."""
    apply_all(session)
    page = signed_in.get(f"{HISTORY}/1/restore").text
    assert texts(page, ".change h3") == ["Market of Germany", "Market of United States"]
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
    assert texts(page, ".change h3") == ["Market of Germany", "Market of United States"]
    tax = "was Price includes 19% VAT → now Tax is due when the credits are used"
    assert ("Tax", tax) in differences(page)
    first = signed_in.get(f"{HISTORY}/1").text
    assert ("Tax", "was Nothing is said → now Price includes 19% VAT") in differences(first)


def test_signed_out_nothing_is_discarded(client: FlaskClient, session: Session) -> None:
    before = everything(session)
    assert client.get(f"{ONE_FIELD}?field=tax").status_code == 302
    assert client.post(ONE_FIELD, data={"field": "tax", "version": "3"}).status_code == 401
    assert everything(session) == before

"""How cards lead to buying, and who sells."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.companies import LOTUS, save_company
from tests.conftest import only_sqlite
from tests.html import find, texts, values
from tests.page_helpers import add, apply_all, edit_settings

PAGE = "/packages?country=DE&lang=en"
FRAME = "/embed/packages?country=DE&lang=en"
API = "/api/v1/packages?country=DE&lang=en"
BUTTON = ".card > a.button"

pytestmark = only_sqlite


@pytest.fixture(autouse=True)
def _live(session: Session) -> None:
    add(session, "Klein", country="DE", currency="EUR")
    add(session, "Groß <3", country="DE", currency="EUR", credits=1500, price_minor=26900)
    add(session, "Gratis", country="DE", currency="EUR", price_minor=0)
    apply_all(session)


def buy_urls(client: FlaskClient) -> list[str | None]:
    return [package["buy_url"] for package in client.get(API).get_json()["packages"]]


def test_each_card_leads_to_its_checkout(client: FlaskClient) -> None:
    """Caught: a button on a package that costs nothing, and an address without its release."""
    page = client.get(PAGE).text
    links = [f"/checkout/{id}?release=1&country=DE&lang=en" for id in (1, 2)]
    assert values(page, BUTTON, "href") == links
    assert values(page, BUTTON, "aria-label") == [
        "Buy Klein, 100 credits, €19.99",
        "Buy Groß <3, 1,500 credits, €269.00",
    ]
    assert texts(page, BUTTON) == ["Buy", "Buy"]
    assert texts(page, ".card.is-best > a.primary") == ["Buy"]
    assert len(values(page, ".card > .primary", "href")) == 1
    assert buy_urls(client) == [*(f"http://localhost{link}" for link in links), None]
    assert values(client.get(FRAME).text, f"{BUTTON}[target=_top]", "href") == links


def test_cards_lead_to_another_address(client: FlaskClient, session: Session) -> None:
    """Caught: the drafted link on the cards before Apply Changes."""
    before = {path: client.get(path).data for path in (PAGE, FRAME, API)}
    link = "https://shop.example/buy?package={id}&from=<cards>"
    edit_settings(session, buying="link", buying_link=link)
    assert {path: client.get(path).data for path in before} == before
    apply_all(session)
    links = [link.replace("{id}", str(id)) for id in (1, 2)]
    assert values(client.get(PAGE).text, BUTTON, "href") == links
    assert values(client.get(FRAME).text, BUTTON, "href") == links
    assert buy_urls(client) == [*links, None]


def test_without_buying_no_card_has_a_button(client: FlaskClient, session: Session) -> None:
    edit_settings(session, buying="nowhere")
    apply_all(session)
    assert [texts(client.get(path).text, ".button[aria-label]") for path in (PAGE, FRAME)] == [
        *([], [])
    ]
    assert buy_urls(client) == [None, None, None]
    api = client.get("/api/v1/releases/1?country=DE&lang=en").get_json()["packages"]
    assert api[0]["buy_url"] == "http://localhost/checkout/1?release=1&country=DE&lang=en"


def test_the_button_speaks_turkish(client: FlaskClient) -> None:
    page = client.get("/packages?country=DE&lang=tr").text
    assert values(page, BUTTON, "href")[0] == "/checkout/1?release=1&country=DE&lang=tr"
    word, label = texts(page, BUTTON)[0], values(page, BUTTON, "aria-label")[0]
    assert word != "Buy"
    assert label.startswith(word)


def test_the_preview_has_buttons_that_lead_nowhere(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the live way of buying above the drafted cards."""
    preview = "/settings/credit-packages/preview?show=both&country=DE"
    said = "In the preview, buttons to buy lead nowhere."
    edit_settings(session, buying="nowhere")
    page = signed_in.get(preview).text
    assert texts(page, "[aria-labelledby=side-live] .card > span.button") == ["Buy", "Buy"]
    assert texts(page, "[aria-labelledby=side-draft] .card > .button") == []
    assert values(page, ".preview-sides a", "href") == []
    assert texts(page, ".preview-inert") == [said]
    apply_all(session)
    assert texts(signed_in.get(preview).text, ".preview-inert") == []


def test_the_footer_says_who_sells(client: FlaskClient, session: Session) -> None:
    """Caught: a page kept by its release alone, which went on without the company."""
    assert texts(client.get(PAGE).text, ".shop-foot p") == ["Our platform"]
    tags = [client.get(PAGE).headers["ETag"]]
    save_company(session)
    page = client.get(PAGE)
    assert texts(page.text, ".shop-foot p") == [
        "Lotus Consulting GmbH · Torstraße 140, 10119 Berlin"
    ]
    withdraw = "Withdraw from the contract here"
    assert texts(page.text, ".shop-foot a") == ["Terms", "Privacy", withdraw]
    links = values(page.text, ".shop-foot a", "href")
    assert links == [LOTUS.terms_url, LOTUS.privacy_url, "/withdraw?lang=en"]
    tags.append(page.headers["ETag"])
    save_company(session, LOTUS._replace(legal_name="Rose GmbH", terms_url=""))
    page = client.get(PAGE)
    assert texts(page.text, ".shop-foot a") == ["Privacy", withdraw]
    assert "Rose GmbH" in page.text
    assert len({*tags, page.headers["ETag"]}) == 3


def test_the_header_leads_to_the_account(client: FlaskClient) -> None:
    link = find(client.get("/packages?country=DE&lang=de").text, ".shop-account")
    answer = client.get(link.attributes["href"])
    assert (answer.status_code, answer.location) == (303, "/account")
    assert client.get_cookie("lang")

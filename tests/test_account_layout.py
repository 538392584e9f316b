"""What all of the customers' pages share: who may read them, the menu, the languages."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from blueprints import locale
from blueprints.customer_sign_in import current_customer
from blueprints.device_labels import device_label
from domain.customers.models import CustomerSession
from tests.account_pages import customer_client, send_form
from tests.conftest import only_sqlite
from tests.customers import add_customer
from tests.html import find, find_all, texts, values

SIGN_IN = "/account/sign-in"


@pytest.fixture
def ayse(app: Flask, engine: Engine) -> FlaskClient:
    return customer_client(app, engine, add_customer(engine))


def test_the_doors_are_open_and_say_where_one_is(client: FlaskClient) -> None:
    answer = client.get(SIGN_IN)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert values(answer.text, "meta[name=robots]", "content") == ["noindex"]
    assert texts(answer.text, ".shop-head .mode") == ["TEST"]
    assert not find_all(answer.text, "script")


def test_who_is_signed_in_need_not_do_so_again(ayse: FlaskClient) -> None:
    assert ayse.get(SIGN_IN).location == "/account"
    assert ayse.get(f"{SIGN_IN}?next=/packages").location == "/packages"


def test_the_menu_leads_to_each_page(ayse: FlaskClient) -> None:
    """Caught: a menu that can only sign out."""
    page = ayse.get("/account/emails").text
    pages = values(page, ".customer-menu a", "href")
    names = ("purchases", "profile", "emails", "sign-ins")
    assert pages == ["/account", *(f"/account/{name}" for name in names)]
    assert values(page, ".customer-menu [aria-current]", "href") == ["/account/emails"]
    assert all(ayse.get(path).status_code == 200 for path in pages)


def test_an_error_leads_back_to_the_account(ayse: FlaskClient) -> None:
    """Caught: a customer led away to the packages."""
    answer = ayse.get("/account/nothing")
    assert answer.status_code == 404
    assert values(answer.text, ".lone-card a", "href") == ["/account"]


def test_signing_out_ends_the_session_for_good(ayse: FlaskClient, session: Session) -> None:
    """Caught: the cookie deleted, and the row left."""
    answer = send_form(ayse, "/account/sign-out")
    assert (answer.status_code, answer.location) == (303, SIGN_IN)
    assert ayse.get(SIGN_IN).status_code == 200
    assert session.scalar(select(func.count()).select_from(CustomerSession)) == 0


def test_a_language_is_chosen_for_this_browser(client: FlaskClient) -> None:
    page = client.get(f"{SIGN_IN}?next=/packages").text
    links = values(page, ".languages a", "href")
    assert len(links) == 4
    answer = client.get(links[1])
    assert (answer.status_code, answer.location) == (303, f"{SIGN_IN}?next=%2Fpackages")
    assert find(client.get(SIGN_IN).text, "html").attributes["lang"] == "tr"
    assert client.get("/account/language?lang=fr").status_code == 404


@pytest.mark.parametrize(
    ("address", "cookie", "language"),
    [(f"{SIGN_IN}?lang=de", "ar", "de"), (SIGN_IN, "ar", "ar"), (SIGN_IN, "", "tr")],
)
def test_a_customers_own_language_counts_until_another_is_chosen(
    app: Flask, engine: Engine, address: str, cookie: str, language: str
) -> None:
    """Caught: the browser's language before the customer's."""
    client = customer_client(app, engine, add_customer(engine))
    client.set_cookie("lang", cookie)
    with client:
        client.get(address, headers={"Accept-Language": "en"})
        assert current_customer()
        assert locale.language() == language


@only_sqlite
@pytest.mark.own_app
def test_all_but_the_doors_need_a_sign_in(app: Flask, engine: Engine, client: FlaskClient) -> None:
    """Caught: the guard left out, with a view that asks for nobody."""
    app.add_url_rule("/account/new", "account.new", lambda: "", methods=["GET", "POST"])
    answer = client.get("/account/new?x=1")
    assert (answer.status_code, answer.location) == (303, f"{SIGN_IN}?next=/account/new?x%3D1")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert send_form(client, "/account/new").location == f"{SIGN_IN}?next=/account/new"
    assert customer_client(app, engine, add_customer(engine)).get("/account/new").text == ""


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        ("Mozilla/5.0 (Linux; Android 10; K) Chrome/126.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) CriOS/126.0 Safari/604.1", "Chrome, iPhone"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Version/17.5 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Firefox/127.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Macintosh) Chrome/126.0 Safari/537.36 OPR/112.0", "Opera, Mac"),
        ("curl/8.8.0", ""),
        ("", ""),
    ],
)
def test_a_browser_is_called_by_two_words(user_agent: str, label: str) -> None:
    assert device_label(user_agent) == label

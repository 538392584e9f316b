"""The admins' pages in English and Turkish: chosen, kept, complete."""

import calendar
import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import create_app
from blueprints import locale
from domain.accounts.sessions import CONFIRMED
from domain.languages import LANGUAGES
from tests.conftest import ADMIN, PASSWORD, config_for, only_sqlite, sign_in
from tests.html import texts, values, without
from tests.page_helpers import (
    HTMX,
    LIST,
    TYPED,
    TYPED_MARKET,
    TYPED_SETTINGS,
    add,
    apply_all,
    draft,
    edit,
    edit_market,
    edit_settings,
    move,
    post,
    remove,
    review_token,
    typed_for,
)
from tests.pseudo_translation import Marked, unmarked
from tests.second_factor import set_up_app
from tests.team import CEM, TEAM, add_member, new_invitation, new_link, seen
from tests.test_reauth import confirm

SETTINGS = "/settings/"
SITES = "/settings/sites"
FACTOR = "/settings/account/second-factor"
SWITCH = "/settings/account/language"
MARKETS = "/settings/markets"
SITE = "https://one.example"
PACKAGES = ("ONE", "TWO", "GIFT", "DEAR", "NEW", "EIN", "UNO", "SOLO")
COUNTRIES = ("United States", "Germany", "Japan", "Türkiye", "France")
DATA = (
    *PACKAGES,
    *COUNTRIES,
    ADMIN,
    "bob@example.com",
    "Our platform",
    "Scrip",
    "UTC",
    "USD",
    SITE,
    *LANGUAGES.values(),
    "NOTE",
    "19",
    "INFO",
    "JPY",
    *calendar.month_name[1:],
    "Ana",
)
TURKISH = {"Accept-Language": "tr-TR,tr;q=0.9"}

pytestmark = only_sqlite


@pytest.fixture
def ids(session: Session) -> list[int]:
    """Two releases, and every kind of change pending, some by a colleague, some odd."""
    ids = add(session, "ONE", "TWO", "GIFT", "DEAR")
    add(session, "SOLO", country="JP", currency="JPY", credits=1)
    apply_all(session)
    edit(session, ids[0], short_info="INFO")
    edit_market(session, "US", tax="included", tax_basis_points=700, note_en="NOTE")
    apply_all(session)
    edit_market(session, "US", tax="when_used", tax_basis_points=0, note_tr="NOTE")
    edit_settings(session, intro_de="INFO", main_language="de", time_zone="UTC")
    edit(session, ids[0], name="UNO", price_minor=19990, credits=110, author=ADMIN)
    edit(session, ids[2], price_minor=0)
    move(session, ids[3], 1)
    remove(session, ids[1])
    add(session, "EIN", country="DE", currency="USD")
    remove(session, add(session, "GONE")[0])
    return ids


@pytest.fixture
def _marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locale, "texts", Marked)


marked = pytest.mark.usefixtures("_marked")


# Every kind of page, and the status it has; "1/" is a package with changes.
PAGES = {
    200: (
        *("", "?country=DE", "?q=o", "?q=zzz", "?country=FR", "add", "review", "history"),
        *("preview", "preview?country=JP", "preview?country=FR", "discard"),
        *("1/edit", "1/duplicate", "1/actions", "1/edit/form", "1/row", "add/form"),
        *("history/1", "history/2?with=1", "history/1/restore", "history/2/restore"),
        *("pending?list=0-0", "pending?version=1", "pending?review=1", "unseen?list=0-0"),
        "pending?market=US-1",
        *(
            "/settings/",
            "/settings/account",
            "/settings/account/sign-ins",
            SITES,
            MARKETS,
            f"{MARKETS}/US",
            "/login/done",
            "/login/again",
        ),
    ),
    404: (
        *("history/99", "99/edit", "history/at?moment=2001-01-01T00:00", "/settings/nothing"),
        f"{MARKETS}/XX",
    ),
    422: ("history/2?with=x", "history/at?moment=x", "history/at?moment=2999-01-01T00:00"),
}


@marked
@pytest.mark.parametrize("status", PAGES)
def test_every_text_of_a_page_is_looked_up(
    signed_in: FlaskClient, ids: list[int], status: int
) -> None:
    """Caught: an aria-label, a title and a heading in English, not marked."""
    assert ids[0] == 1
    for page in PAGES[status]:
        path = page if page.startswith("/") else f"{LIST}{page}"
        answer = signed_in.get(path)
        assert (path, answer.status_code) == (path, status)
        assert (path, unmarked(answer.text, DATA)) == (path, [])
        assert "⟦" in answer.text, path


@marked
def test_every_text_of_the_second_factor_is_looked_up(
    signed_in: FlaskClient, session: Session
) -> None:
    confirm(session, CONFIRMED)
    pages = [signed_in.get(f"{FACTOR}{page}").text for page in ("", "/on")]
    set_up_app(session, ADMIN)
    pages += [signed_in.get(f"{FACTOR}{page}").text for page in ("", "/on", "/off")]
    typed = {"code": "1", "password": PASSWORD}
    pages += [post(signed_in, f"{FACTOR}/on", typed).text]
    pages += [post(signed_in, f"{FACTOR}/recovery-codes").text]
    for page in pages:
        assert unmarked(without(page, "#factor-key, #recovery-codes"), DATA) == []
    assert signed_in.get("/settings/account").text.count("⟦Second factor⟧") == 1


@marked
def test_every_text_of_the_team_is_looked_up(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a state in English, not marked; the sentence of an error as the domain has it."""
    member, invitation = f"{TEAM}/2", f"{TEAM}/invitations/1"
    add_member(engine)
    set_up_app(session, "bob@example.com")
    paths = [new_invitation(session), new_link(session, 2), "/invitation/x"]
    pages = [app.test_client().get(path).text for path in paths]
    acts = ("disable", "remove", "password-link", "second-factor")
    paths += [TEAM, f"{TEAM}/1", f"{TEAM}/9", member, *(f"{member}/{act}" for act in acts)]
    paths += [f"{TEAM}/second-factor", f"{invitation}/renew", f"{invitation}/revoke"]
    pages += [signed_in.get(path).text for path in paths]
    for path in (TEAM, member, f"{member}/remove", f"{TEAM}/1/remove", f"{invitation}/renew"):
        pages += [post(signed_in, path, {"role": "viewer", "email": CEM}).text]
    for act in ("disable", "enable"):
        post(signed_in, f"{member}/{act}", {"seen": seen(session, 2)})
        pages += [signed_in.get(path).text for path in (TEAM, member, f"{member}/enable")]
    for page in pages:
        assert unmarked(without(page, "[dir=ltr]"), (*DATA, CEM, "Ana", "Bob")) == []


@marked
def test_every_text_of_an_old_release_is_looked_up(signed_in: FlaskClient, ids: list[int]) -> None:
    for number in (1, 2):
        page = signed_in.get(f"{LIST}history/{number}/cards").text
        assert unmarked(page, DATA) == [], ids


def presses(
    client: FlaskClient, session: Session, ids: list[int]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """What is pressed, with what, in an order in which all of it happens."""
    one, two, gift, dear = ids
    empty = dict.fromkeys(TYPED, "")
    wrong = TYPED | {"credits": "x", "price": "1.999,50", "position": "x", "name": "N" * 81}
    yield f"{LIST}add", empty
    yield f"{LIST}add", wrong
    yield f"{LIST}add", TYPED | {"name": "\u202e", "price": "-1"}
    yield f"{LIST}add", TYPED | {"name": "NEW"}
    yield f"{LIST}echo", TYPED
    stale = typed_for(session, one, name="NEW")
    edit(session, one, name="UNO")
    yield f"{LIST}{one}/edit", stale
    yield f"{LIST}{one}/edit", typed_for(session, one, position="1")
    yield f"{LIST}{one}/edit", typed_for(session, one, version="99")
    yield f"{LIST}{two}/edit", typed_for(session, two, version="1")
    yield f"{LIST}{two}/remove", {"version": "1"}
    yield f"{LIST}{gift}/remove", {"version": "1"}
    for step in ({"step": "down", "country": "US"}, {}, {"position": "x", "country": "US"}):
        yield f"{LIST}{dear}/move", step
    yield f"{LIST}{dear}/move", {"step": "up", "country": "DE"}
    yield f"{LIST}apply", {"token": "x"}
    yield f"{LIST}apply", {"token": review_token(client)}
    yield f"{LIST}review", {"token": review_token(client), "note": "N" * 501}
    yield f"{LIST}review", {"token": review_token(client)}
    yield f"{LIST}review", {"token": review_token(client), "change": f"package-{one}-edited"}
    yield f"{LIST}review", {"token": "x"}
    yield f"{LIST}discard", {}
    yield f"{LIST}discard", {"token": "x", "everything": "1"}
    yield f"{LIST}review/discard?change=package-{one}-edited&field=x", {"token": "1-1"}
    yield f"{LIST}review/discard?change=package-{one}-edited", {"token": "1-1"}
    yield f"{LIST}history/1/restore", {"token": "x"}
    yield f"{LIST}undo/99", {}
    yield f"{LIST}preview/links", {"days": "x"}
    yield f"{LIST}preview/links", {"days": "7"}
    yield f"{LIST}preview/links/1/revoke", {}
    yield from presses_of_settings(client, session, dear)
    for origin in ("", "x", "https://*", SITE, SITE):
        yield SITES, {"origin": origin}
    yield f"{SITES}/1/remove", {}
    yield f"{SITES}/1/remove", {}
    yield f"{LIST}review", {"token": review_token(client), "change": "settings-1-edited"}


def presses_of_settings(
    client: FlaskClient, session: Session, dear: int
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Of the settings and markets, and what stays pending of a colleague as they are applied."""
    yield SETTINGS, {"platform_name": "", "default_country": "", "version": "1"}
    settings = TYPED_SETTINGS | {"intro_en": "INFO", "time_zone": "UTC"}
    yield SETTINGS, settings | {"platform_name": "Scrip", "version": "2"}
    yield SETTINGS, settings | {"platform_name": "UNO", "main_language": "tr", "version": "9"}
    market = TYPED_MARKET | {"note_en": "NOTE", "note_de": "", "version": "9"}
    yield f"{MARKETS}/US", market | {"tax": "", "rate": "x", "note_tr": "N" * 501}
    yield f"{MARKETS}/US", market | {"rate": "101"}
    yield f"{MARKETS}/US", market
    yield f"{MARKETS}/DE", market | {"version": "1"}
    yield f"{LIST}review/discard?country=US", {"token": "1-1"}
    token = review_token(client)
    edit(session, dear, name="DEAR", author="eve@example.com", price_minor=3900)
    mine = ["market-2-edited", "settings-1-edited"]
    sent = {"token": token, "change": mine, "acknowledge": "by-bob@example.com"}
    yield f"{LIST}review", sent


@marked
@pytest.mark.parametrize("htmx", [True, False])
def test_every_text_of_an_answer_is_looked_up(
    signed_in: FlaskClient, session: Session, ids: list[int], htmx: bool
) -> None:
    """Caught: the sentence of an error as the domain has it; a flashed message in English."""
    for path, fields in presses(signed_in, session, ids):
        answer = post(signed_in, path, fields, htmx=htmx)
        if answer.status_code == 303:
            answer = signed_in.get(answer.location)
        assert answer.status_code in (200, 404, 409, 422), path
        assert (path, fields, unmarked(answer.text, DATA)) == (path, fields, [])


@marked
def test_every_text_of_signing_in_is_looked_up(client: FlaskClient, admin: str) -> None:
    wrong = sign_in(client, admin, "not this one")
    empty = sign_in(client, "ana", "")
    signed_out = client.post(f"{LIST}add", data=TYPED, headers={"Origin": "http://localhost"})
    in_place = client.post(f"{LIST}add", data=TYPED, headers=HTMX)
    for answer in (client.get("/login"), wrong, empty, signed_out, in_place):
        assert unmarked(answer.text, DATA) == []
        assert "⟦" in answer.text


@marked
def test_every_text_of_an_expired_page_is_looked_up(signed_in: FlaskClient) -> None:
    for headers in ({"Origin": "http://localhost"}, {}):
        answer = signed_in.post(f"{LIST}add", data=TYPED, headers=headers)
        assert answer.status_code == 400
        assert unmarked(answer.text, DATA) == []


def test_a_turkish_browser_gets_turkish_pages(signed_in: FlaskClient, ids: list[int]) -> None:
    page = signed_in.get(LIST, headers=TURKISH).text
    assert '<html lang="tr"' in page
    for words in ("Kredi Paketleri", "Değişiklikleri Uygula", "Amerika Birleşik Devletleri"):
        assert words in page
    assert f'aria-label="Düzenle: UNO" formaction="{LIST}{ids[0]}/edit"' in page
    history = signed_in.get(f"{LIST}history", headers=TURKISH).text
    times = texts(history, "time")
    assert times
    assert all(re.fullmatch(r"bugün \d\d:\d\d", time) for time in times)


@pytest.mark.parametrize("typed", ["1.299,50", "1299,5", "1,299.50"])
def test_a_price_is_typed_in_any_habit(
    signed_in: FlaskClient, session: Session, typed: str
) -> None:
    """Caught: English numbers alone on a Turkish page."""
    fields = TYPED | {"price": typed}
    assert post(signed_in, f"{LIST}add", fields, language="tr-TR").status_code == 303
    assert draft(session, 1).price_minor == 129950


def way_back(page: str) -> list[str]:
    """Where the switch of the language leads to."""
    (action,) = values(page, f"form[action^='{SWITCH}']", "action")
    return parse_qs(urlsplit(action).query).get("next", [""])


def switch(client: FlaskClient, page: str, language: str) -> TestResponse:
    return post(client, SWITCH, {"language": language, "next": way_back(page)[0]})


def test_the_language_is_chosen_on_the_page_and_kept(signed_in: FlaskClient) -> None:
    """Caught: the language in the address left there, which then ruled over the choice."""
    page = signed_in.get(f"{LIST}?country=DE&lang=en").text
    turkish = "button[name=language][lang=tr]"
    assert texts(page, turkish) == ["Türkçe"]
    assert values(page, turkish, "aria-pressed") == ["false"]
    answer = switch(signed_in, page, "tr")
    assert (answer.status_code, answer.location) == (303, f"{LIST}?country=DE")
    page = signed_in.get(answer.location).text
    assert '<html lang="tr"' in page
    assert values(page, turkish, "aria-pressed") == ["true"]
    assert '<html lang="tr"' in signed_in.get("/packages?country=DE").text


def test_a_page_that_answers_a_form_leads_to_one_that_can_be_opened(
    signed_in: FlaskClient,
) -> None:
    """Caught: next=…/apply, which can only be posted to."""
    assert way_back(post(signed_in, f"{LIST}apply").text) == [""]
    assert way_back(post(signed_in, f"{LIST}add").text) == [f"{LIST}add"]


@pytest.mark.parametrize(
    ("query", "status", "place"),
    [
        ("lang=tr", 303, LIST),
        ("lang=TR&next=/login", 303, "/login"),
        ("lang=tr&next=//elsewhere.example", 303, LIST),
        ("lang=de", 404, None),
        ("lang=", 404, None),
        ("", 404, None),
    ],
)
def test_choosing_a_language(
    client: FlaskClient, query: str, status: int, place: str | None
) -> None:
    answer = client.get(f"/language?{query}")
    assert (answer.status_code, answer.location) == (status, place)
    assert client.post(f"/language?{query}").status_code in (400, 405)


def test_the_sign_in_page_offers_both_languages(client: FlaskClient) -> None:
    page = client.get(f"/login?next={LIST}", headers=TURKISH).text
    assert "<h1>Oturum aç</h1>" in page
    english = "a[lang=en][hreflang=en]:not([aria-current])"
    assert texts(page, english) == ["English"]
    (address,) = values(page, english, "href")
    answer = client.get(address)
    assert answer.location == f"/login?next={quote(LIST, safe='')}"


def test_a_fragment_speaks_as_its_page_does(signed_in: FlaskClient) -> None:
    """Caught: an English form on a page that its address has in Turkish."""
    answer = post(signed_in, f"{LIST}add", TYPED | {"name": ""}, htmx=True, page=f"{LIST}?lang=tr")
    assert "Bir ad girin" in answer.text


def test_cards_are_in_the_language_of_buyers_and_the_rest_in_that_of_admins(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the cards of a German browser in English; the page around them in German."""
    add(session, "ONE")
    german = {"Accept-Language": "de"}
    page = signed_in.get(f"{LIST}preview", headers=german).text
    assert '<html lang="en"' in page
    assert '<div class="preview-side" lang="de"' in page
    assert "Credit-Pakete" in page
    assert '<p class="card-change" lang="en"' in page
    page = signed_in.get(f"{LIST}preview", headers=TURKISH).text
    assert '<p class="card-change" lang="tr"' in page
    assert texts(page, ".card-change > .state") == ["Yeni"]
    apply_all(session)
    page = signed_in.get(f"{LIST}history/1/cards", headers=german).text
    assert '<html lang="de"' in page
    assert '<aside class="archive" lang="en"' in page


def test_in_production_the_cookie_needs_https(database: str) -> None:
    app = create_app(config_for(database, production=True, hosts=("localhost",)))
    cookie = app.test_client().get("/language?lang=tr").headers["Set-Cookie"]
    assert cookie.startswith("lang=tr; ")
    assert "Secure; HttpOnly; Path=/; SameSite=Lax" in cookie

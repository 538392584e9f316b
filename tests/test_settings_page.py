"""Settings: what buyers see besides packages, and the admin's own colours."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.catalogue.models import DraftRevision
from domain.catalogue.settings.models import StorefrontSettings
from domain.catalogue.settings.rules import INTRO_FIELDS, SettingsValues
from domain.languages import LANGUAGES
from domain.times import TIME_ZONES
from tests.conftest import ADMIN
from tests.html import find, text_of, texts, values
from tests.page_helpers import (
    HTMX,
    LIST,
    TYPED_SETTINGS,
    add,
    apply_all,
    buyers_pages,
    chosen,
    edit_settings,
    field,
    main_part,
    partials,
    pending,
    post,
)

SETTINGS = "/settings/"
THEME = "/settings/theme"
TYPED = TYPED_SETTINGS
SAVED = SettingsValues("Shop", "DE", "Welcome.", main_language="en", time_zone="Europe/Berlin")


def saved(session: Session) -> SettingsValues:
    session.rollback()
    return session.scalars(select(StorefrontSettings)).one().values


def save_as_bob(session: Session, name: str) -> None:
    edit_settings(session, platform_name=name, default_country="TR", intro_en="Hello.")


def test_the_page_leads_to_the_packages(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One", "Two")
    page = signed_in.get(SETTINGS).text
    assert "<title>Settings · Scrip</title>" in page
    assert texts(page, f"a[href='{SETTINGS}'][aria-current=page]") == ["Settings"]
    assert values(page, "#door", "href") == [LIST]
    assert texts(page, "#door .muted") == ["2 packages, 2 pending changes"]


def test_the_form_holds_what_is_saved(signed_in: FlaskClient, session: Session) -> None:
    save_as_bob(session, "Lotus")
    others = {"intro_tr": "Selam.", "intro_de": "Hallo.", "intro_ar": "مرحبا"}
    edit_settings(session, **others, main_language="tr", time_zone="Europe/Istanbul")
    page = signed_in.get(SETTINGS).text
    names = ["Platform Name", "Default Country", "Main Language", "Time Zone"]
    intros = [f"Intro Text ({name})" for name in LANGUAGES.values()]
    names += ["How packages are bought", "Address"]
    assert texts(page, "label[for^=settings-]") == [*names, *intros]
    assert (field(page, "platform_name"), field(page, "intro_en")) == ("Lotus", "Hello.")
    assert {name: field(page, name) for name in others} == others
    assert (chosen(page, "default_country"), field(page, "version")) == ("TR", "3")
    assert (chosen(page, "main_language"), chosen(page, "time_zone")) == ("tr", "Europe/Istanbul")


def test_the_languages_and_zones_to_choose_from(signed_in: FlaskClient) -> None:
    page = signed_in.get(SETTINGS).text
    assert values(page, "#settings-main_language option", "value") == ["", *LANGUAGES]
    assert texts(page, "#settings-main_language option")[1:] == list(LANGUAGES.values())
    zones = values(page, "#settings-time_zone option", "value")
    assert zones[1:] == sorted(TIME_ZONES)
    assert {"UTC", "Europe/Berlin", "Asia/Tokyo", "America/New_York"} < set(zones)
    assert "America/New York" in texts(page, "#settings-time_zone option")


def test_a_plain_form_leads_back(signed_in: FlaskClient, session: Session) -> None:
    answer = post(signed_in, SETTINGS, TYPED)
    assert (answer.status_code, answer.location) == (303, SETTINGS)
    assert "Settings saved. Buyers see it when you apply." in signed_in.get(SETTINGS).text
    assert saved(session) == SAVED


def test_an_intro_is_saved_in_each_language(signed_in: FlaskClient, session: Session) -> None:
    """Caught: one rule made of four fields, so that the last language was saved in all."""
    intros = {f"intro_{code}": f"{name}\nintro" for code, name in LANGUAGES.items()}
    assert post(signed_in, SETTINGS, TYPED | intros).status_code == 303
    assert saved(session) == SAVED._replace(**intros)
    page = signed_in.get(SETTINGS).text
    assert {name: field(page, name) for name in intros} == intros


def test_htmx_gets_form_message_and_bar(signed_in: FlaskClient) -> None:
    answer = post(signed_in, SETTINGS, TYPED, htmx=True, page=SETTINGS)
    assert answer.status_code == 200
    assert main_part(answer).startswith('<form class="card" id="settings-form"')
    assert field(main_part(answer), "platform_name") == "Shop"
    assert "Settings saved." in partials(answer)["#status"]
    assert "1 edited" in text_of(find(partials(answer)["#pending"], "body"))


def test_the_form_that_comes_back_can_be_saved_again(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the new form filled from the request, with the version from before the save."""
    answer = post(signed_in, SETTINGS, TYPED, htmx=True, page=SETTINGS)
    assert field(main_part(answer), "version") == "2"
    again = TYPED | {"platform_name": "Store", "version": field(main_part(answer), "version")}
    assert post(signed_in, SETTINGS, again, htmx=True).status_code == 200
    assert saved(session).platform_name == "Store"


def test_the_form_that_comes_back_shows_what_was_stored(signed_in: FlaskClient) -> None:
    answer = post(signed_in, SETTINGS, TYPED | {"platform_name": "  Shop "}, htmx=True)
    assert field(main_part(answer), "platform_name") == "Shop"


def test_who_saved_is_noted(signed_in: FlaskClient, session: Session) -> None:
    post(signed_in, SETTINGS, TYPED)
    revision = session.scalars(select(DraftRevision)).one()
    assert (revision.item_type, revision.item_id) == ("settings", 1)
    assert (revision.action, revision.author) == ("edited", ADMIN)
    assert revision.new == {
        "platform_name": "Shop",
        "default_country": "DE",
        "intro_en": "Welcome.",
        "time_zone": "Europe/Berlin",
    }


BAD = [
    ("platform_name", "", "Enter a name, for example Starter."),
    ("platform_name", "a" * 81, "It has 81 characters. Shorten it to 80."),
    ("platform_name", "a\nb", "Write it on one line"),
    ("platform_name", "a\u202eb", "It holds an invisible character."),
    ("default_country", "", "Choose a country from the list."),
    ("default_country", "ZZ", "Choose a country from the list."),
    ("main_language", "", "Choose a language from the list."),
    ("main_language", "fr", "Choose a language from the list."),
    ("main_language", "EN", "Choose a language from the list."),
    ("main_language", "en\0", "Choose a language from the list."),
    ("time_zone", "", "Choose a time zone from the list."),
    ("time_zone", "Europe/Atlantis", "Choose a time zone from the list."),
    ("time_zone", "../../etc/passwd", "Choose a time zone from the list."),
    ("time_zone", "a" * 5000, "Choose a time zone from the list."),
    ("buying", "", "Choose how packages are bought."),
    ("buying", "everywhere", "Choose how packages are bought."),
    *((name, "a" * 501, "It has 501 characters. Shorten it to 500.") for name in INTRO_FIELDS),
    *((name, "a\0b", "Write it on one line") for name in INTRO_FIELDS),
]


@pytest.mark.parametrize("htmx", [True, False])
def test_each_bad_value_is_told_at_its_field(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    before = saved(session)
    for name, text, message in BAD:
        answer = post(signed_in, SETTINGS, TYPED | {name: text}, htmx=htmx)
        assert (name, text, answer.status_code) == (name, text, 422)
        assert text_of(find(answer.text, f"#settings-{name}-error")).startswith(message)
        assert ("<title>Error: Settings" in answer.text) is not htmx
    assert saved(session) == before


def test_bad_input_keeps_everything_typed(signed_in: FlaskClient) -> None:
    intros = {name: f"<b>{name}" for name in INTRO_FIELDS}
    chose = {"default_country": "JP", "main_language": "ar", "time_zone": "Asia/Tokyo"}
    answer = post(signed_in, SETTINGS, TYPED | intros | chose | {"platform_name": ""}, htmx=True)
    assert answer.status_code == 422
    assert {name: field(answer.text, name) for name in intros} == intros
    assert {name: chosen(answer.text, name) for name in chose} == chose
    assert field(answer.text, "version") == "1"


@pytest.mark.parametrize("name", ["main_language", "time_zone", "buying"])
def test_without_a_field_nothing_is_saved(
    signed_in: FlaskClient, session: Session, name: str
) -> None:
    """Caught: a form of before the upgrade that put the main language back to English."""
    edit_settings(session, author=ADMIN, main_language="tr", time_zone="Europe/Istanbul")
    before = saved(session)
    sent = {key: text for key, text in TYPED.items() if key != name} | {"version": "2"}
    assert post(signed_in, SETTINGS, sent).status_code == 422
    assert saved(session) == before


def test_save_again_keeps_mine(signed_in: FlaskClient, session: Session) -> None:
    save_as_bob(session, "Theirs")
    stale = post(signed_in, SETTINGS, TYPED, htmx=True)
    again = TYPED | {"version": field(stale.text, "version")}
    assert post(signed_in, SETTINGS, again, htmx=True).status_code == 200
    assert saved(session).platform_name == "Shop"


def test_any_other_version_is_stale(signed_in: FlaskClient, session: Session) -> None:
    before = saved(session)
    for version in ("", "0", "-1", "x", "2", "9" * 5000):
        answer = post(signed_in, SETTINGS, TYPED | {"version": version})
        assert (version, answer.status_code) == (version, 409)
    assert saved(session) == before


def test_buyers_see_it_after_apply(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the storefront reading storefront_settings."""
    add(session, "Eins", country="DE")
    before = buyers_pages(signed_in)
    post(signed_in, SETTINGS, TYPED)
    assert buyers_pages(signed_in) == before
    apply_all(session)
    page = signed_in.get("/packages").text
    assert "<title>Credit packages · Germany · Shop</title>" in page
    assert "Welcome." in page
    assert "Eins" in page


def test_back_to_the_live_values_nothing_is_pending(
    signed_in: FlaskClient, session: Session
) -> None:
    post(signed_in, SETTINGS, TYPED)
    assert pending(session) == ["edited settings"]
    first = {"platform_name": "Our platform", "default_country": "US", "intro_en": ""}
    post(signed_in, SETTINGS, TYPED | first | {"time_zone": "UTC", "version": "2"})
    assert pending(session) == []


ELSEWHERE = {"buying": "link", "buying_link": "https://Shop.example:443/buy?package={id}"}
BAD_LINKS = [
    ("", "Enter where packages are bought"),
    ("https://shop.example/buy", "Write {id} once"),
    ("https://shop.example/{id}/{id}", "Write {id} once"),
    ("https://shop.example/{id}?lang={lang}", "Write {id} once"),
    ("https://shop.example/{ID}", "Write {id} once"),
    ("https://{id}.shop.example/", "This is no website's name."),
    ("http://shop.example/{id}", "Use https://."),
    ("javascript:alert({id})", "Start it with https://"),
    ("//shop.example/{id}", "Start it with https://"),
    ("https://shop.example/a b?{id}", "An address has no spaces."),
    ("https://me@shop.example/{id}", "Leave out the name"),
    ("https://shop.example/{id}" + "x" * 500, "It has 525 characters."),
]


def test_packages_are_bought_at_another_address(signed_in: FlaskClient, session: Session) -> None:
    """Caught: an address kept as it was typed, and one kept with another way of buying."""
    assert post(signed_in, SETTINGS, TYPED | ELSEWHERE).status_code == 303
    link = "https://shop.example/buy?package={id}"
    assert saved(session) == SAVED._replace(buying="link", buying_link=link)
    page = signed_in.get(SETTINGS).text
    assert (chosen(page, "buying"), field(page, "buying_link")) == ("link", link)
    here = TYPED | {"buying": "here", "buying_link": "what is left over", "version": "2"}
    assert post(signed_in, SETTINGS, here).status_code == 303
    assert saved(session) == SAVED


def test_each_bad_address_is_told(
    app: Flask, signed_in: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved(session)
    for link, message in BAD_LINKS:
        answer = post(signed_in, SETTINGS, TYPED | ELSEWHERE | {"buying_link": link}, htmx=True)
        assert (link, answer.status_code) == (link, 422)
        assert text_of(find(answer.text, "#settings-buying_link-error")).startswith(message)
        assert field(answer.text, "buying_link") == link
    assert saved(session) == before
    local = TYPED | ELSEWHERE | {"buying_link": "http://localhost:3000/{id}"}
    with monkeypatch.context() as patch:
        patch.setitem(app.extensions, "scrip", replace(app.extensions["scrip"], production=True))
        assert post(signed_in, SETTINGS, local).status_code == 422
    assert post(signed_in, SETTINGS, local).status_code == 303


def test_signed_out_nothing_is_saved(client: FlaskClient, session: Session) -> None:
    """Caught: guard.admit_admins_only left out."""
    before = saved(session)
    assert client.get(SETTINGS).status_code == 302
    assert client.post(SETTINGS, data=TYPED).status_code == 401
    assert client.post(SETTINGS, data=TYPED, headers=HTMX).status_code == 401
    assert saved(session) == before


def test_without_csrf_token_nothing_is_saved(signed_in: FlaskClient, session: Session) -> None:
    """Caught: csrf.init_app left out of app.py."""
    before = saved(session)
    assert signed_in.post(SETTINGS, data=TYPED).status_code == 400
    assert saved(session) == before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_chosen_colours_stay(signed_in: FlaskClient, theme: str) -> None:
    answer = post(signed_in, THEME, {"theme": theme})
    assert answer.status_code == 303
    page = signed_in.get(SETTINGS).text
    assert f'<html lang="en" data-theme="{theme}">' in page
    assert find(page, f"button[name=theme][value={theme}][aria-pressed=true]")
    assert values(page, "[aria-pressed=true]", "name") == ["theme", "language"]


def test_no_known_colour_follows_the_system(signed_in: FlaskClient) -> None:
    for theme in ("", "purple", '"><script>', "dark\0", "d" * 5000):
        post(signed_in, THEME, {"theme": "dark"})
        assert (theme, post(signed_in, THEME, {"theme": theme}).status_code) == (theme, 303)
        assert '<html lang="en">' in signed_in.get(SETTINGS).text


def test_a_forged_colour_cookie_is_left_out(signed_in: FlaskClient) -> None:
    signed_in.set_cookie("theme", "x onload=alert(1)")
    assert '<html lang="en">' in signed_in.get(SETTINGS).text


def test_the_cookie_of_colours_is_out_of_scripts_reach(signed_in: FlaskClient) -> None:
    cookie = post(signed_in, THEME, {"theme": "dark"}).headers.getlist("Set-Cookie")[-1]
    assert cookie.startswith("theme=dark;")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_colours_are_chosen_by_a_form_only(app: Flask, signed_in: FlaskClient) -> None:
    assert signed_in.get(THEME).status_code == 405
    assert signed_in.post(THEME, data={"theme": "dark"}).status_code == 400
    assert app.test_client().post(THEME, data={"theme": "dark"}).status_code == 401


def test_the_form_has_no_say_in_other_columns(signed_in: FlaskClient, session: Session) -> None:
    post(signed_in, SETTINGS, TYPED | {"id": "2", "rank": "1"})
    session.rollback()
    assert session.scalars(select(StorefrontSettings.id)).all() == [1]

"""A save after somebody else's: other fields are merged, the same ones are put to the admin."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from blueprints.packages.forms import PackageForm
from domain.catalogue.drafts import drafts
from domain.catalogue.errors import StaleVersion
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.settings.rules import SettingsValues
from extensions import db
from tests.html import find, find_all, inputs, text_of
from tests.page_helpers import (
    BOB,
    LIST,
    TYPED_SETTINGS,
    add,
    chosen,
    draft,
    edit,
    edit_settings,
    everything,
    field,
    order,
    partials,
    post,
    typed_for,
)

pytestmark = pytest.mark.on_both
both_ways = pytest.mark.parametrize("htmx", [pytest.param(True, marks=pytest.mark.long), False])

SETTINGS = "/settings/"
BOTH_SIDES = "input[name^=mine-], input[name^=theirs-]"


def path(package_id: int) -> str:
    return f"{LIST}{package_id}/edit"


def clashes(page: str) -> list[tuple[str, str, str]]:
    """(field, mine, theirs) as the admin reads them."""
    found = [part.css("legend, bdi") for part in find_all(page, "fieldset.clash")]
    return [(text_of(legend), text_of(mine), text_of(theirs)) for legend, mine, theirs in found]


def sent_again(page: str, **choices: str) -> dict[str, str]:
    """What the form sends when Save is pressed once more, with these radios chosen."""
    fields = inputs(page, ".package-form input:not([name=csrf_token], [type=radio])")
    fields |= {name: chosen(page, name) for name in ("country", "currency")}
    fields |= inputs(page, ".package-form input[type=radio][checked]")
    return fields | {f"keep-{name}": side for name, side in choices.items()}


@both_ways
def test_different_fields_are_saved_together(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: the whole form saved over what was changed meanwhile."""
    (id,) = add(session, "Pro")
    opened = typed_for(session, id, name="Mine")
    edit(session, id, price_minor=2499)
    answer = post(signed_in, path(id), opened, htmx=htmx)
    assert answer.status_code == (200 if htmx else 303)
    said = partials(answer)["#status"] if htmx else signed_in.get(answer.location).text
    assert f"Saved together with {BOB}'s changes." in text_of(find(said, "body"))
    assert (draft(session, id).name, draft(session, id).price_minor) == ("Mine", 2499)


@both_ways
def test_the_same_field_is_put_to_the_admin(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: edit_package without the comparison of versions."""
    (id,) = add(session, "Pro")
    opened = typed_for(session, id, name="Mine", credits="7")
    edit(session, id, name="Theirs <b>", short_info="New")
    before = everything(session)
    answer = post(signed_in, path(id), opened, htmx=htmx)
    assert answer.status_code == 409
    assert ("<html" in answer.text) is not htmx
    assert f"Not saved: {BOB} changed Package Name while you were editing." in answer.text
    assert f"Keep {BOB}'s:" in answer.text
    assert clashes(answer.text) == [("Package Name", "Mine", "Theirs <b>")]
    assert (field(answer.text, "name"), field(answer.text, "credits")) == ("Mine", "7")
    assert field(answer.text, "short_info") == "New"
    assert field(answer.text, "version") == "2"
    assert everything(session) == before


@both_ways
@pytest.mark.parametrize(
    ("choices", "name", "credits"),
    [
        ({}, "Mine", 7),
        ({"name": "theirs"}, "Theirs", 7),
        ({"credits": "theirs"}, "Mine", 9),
        ({"name": "theirs", "credits": "theirs"}, "Theirs", 9),
        ({"name": "x", "rank": "theirs"}, "Mine", 7),
    ],
)
def test_what_is_chosen_is_saved(
    signed_in: FlaskClient,
    session: Session,
    htmx: bool,
    choices: dict[str, str],
    name: str,
    credits: int,
) -> None:
    """Caught: fields that only the other one had changed, overwritten by Save."""
    (id,) = add(session, "Pro")
    opened = typed_for(session, id, name="Mine", credits="7")
    edit(session, id, name="Theirs", credits=9, short_info="New")
    page = post(signed_in, path(id), opened, htmx=htmx).text
    answer = post(signed_in, path(id), sent_again(page, **choices), htmx=htmx)
    assert answer.status_code == (200 if htmx else 303)
    saved = draft(session, id)
    assert (saved.name, saved.credits, saved.short_info) == (name, credits, "New")


def test_an_amount_and_its_currency_are_one_choice(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: my amount in the other one's currency."""
    (id,) = add(session, "Pro")
    opened = typed_for(session, id, price="24.99")
    edit(session, id, currency="JPY", price_minor=3000)
    page = post(signed_in, path(id), opened, htmx=True).text
    assert clashes(page) == [("Price", "$24.99", "¥3,000")]
    assert post(signed_in, path(id), sent_again(page, price="theirs")).status_code == 303
    assert (draft(session, id).price_minor, draft(session, id).currency) == (3000, "JPY")


@pytest.mark.parametrize(
    ("typed", "currency", "said"),
    [
        ("2499", "USD", "$2,499.00"),
        ("0", "USD", "Free"),
        ("24,9 a", "USD", "24,9 a USD"),
        ("", "USD", " USD"),
        ("24.99", "??", "24.99 ??"),
        ("1.234", "KWD", "KWD\u00a01.234"),
        ("2.345", "KWD", "2.345 KWD"),
    ],
)
def test_a_price_is_put_as_the_page_writes_it(
    app: Flask, typed: str, currency: str, said: str
) -> None:
    """Caught: "97.00 USD" beside a list that says $97.00; an error for what is no price."""
    with app.test_request_context(LIST):
        form = PackageForm(formdata=None)
        values = {"price": typed, "currency": currency, "opened_price": "1.234"}
        assert form.format_value("price", values) == said


def test_theirs_in_three_decimals_is_taken_without_a_question(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the price of the other side without the number that it means."""
    (id,) = add(session, "Pro", price_minor=1234, currency="KWD")
    opened = typed_for(session, id, price="3.456", opened_price="3.456")
    edit(session, id, price_minor=2345)
    page = post(signed_in, path(id), opened).text
    assert post(signed_in, path(id), sent_again(page, price="theirs")).status_code == 303
    assert draft(session, id).price_minor == 2345
    page = post(signed_in, path(id), opened).text
    assert post(signed_in, path(id), sent_again(page, price="mine")).status_code == 303
    assert draft(session, id).price_minor == 3456


@both_ways
@pytest.mark.parametrize(
    ("typed", "saved"),
    [({"price": "22"}, (2200, "USD")), ({"price": "25", "currency": "TRY"}, (2500, "TRY"))],
)
def test_what_is_typed_over_both_sides_is_never_dropped(
    signed_in: FlaskClient,
    session: Session,
    htmx: bool,
    typed: dict[str, str],
    saved: tuple[int, str],
) -> None:
    """Caught: "Keep theirs" winning over a third price that was typed beside it."""
    (id,) = add(session, "Pro")
    opened = typed_for(session, id, price="24.99")
    edit(session, id, currency="JPY", price_minor=3000)
    page = post(signed_in, path(id), opened, htmx=htmx).text
    again = sent_again(page, price="theirs") | typed
    assert post(signed_in, path(id), again, htmx=htmx).status_code == (200 if htmx else 303)
    assert (draft(session, id).price_minor, draft(session, id).currency) == saved


def test_lines_of_a_text_are_compared_however_they_end(
    signed_in: FlaskClient, session: Session
) -> None:
    edit_settings(session, intro_en="Hello\nyou")
    sent = typed_settings("Our platform", "US", "Mine\r\ntoo")
    page = post(signed_in, SETTINGS, sent, page=SETTINGS).text
    again = typed_settings("Our platform", "US", "Mine\ntoo", field(page, "version"))
    again |= inputs(page, BOTH_SIDES)
    again |= {"keep-intro_en": "theirs"}
    assert post(signed_in, SETTINGS, again, page=SETTINGS).status_code == 303
    session.rollback()
    assert drafts.get_settings(session).intro_en == "Hello\nyou"


def test_a_third_save_asks_again(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "Pro")
    opened = typed_for(session, id, name="Mine")
    edit(session, id, name="Theirs")
    page = post(signed_in, path(id), opened, htmx=True).text
    edit(session, id, name="Again")
    answer = post(signed_in, path(id), sent_again(page), htmx=True)
    assert answer.status_code == 409
    assert clashes(answer.text) == [("Package Name", "Mine", "Again")]


def test_what_cannot_be_saved_keeps_the_choice_and_the_text(
    signed_in: FlaskClient, session: Session
) -> None:
    (id,) = add(session, "Pro")
    opened = typed_for(session, id, name="Mine")
    edit(session, id, name="Theirs")
    page = post(signed_in, path(id), opened, htmx=True).text
    answer = post(
        signed_in, path(id), sent_again(page, name="theirs") | {"credits": "x"}, htmx=True
    )
    assert answer.status_code == 422
    assert (field(answer.text, "name"), field(answer.text, "credits")) == ("Theirs", "x")


@pytest.mark.parametrize("version", ["", "0", "-1", "x", "3", "9" * 5000, "²", "1\0"])
def test_any_other_version_is_stale(signed_in: FlaskClient, session: Session, version: str) -> None:
    (id,) = add(session, "Pro")
    edit(session, id, name="Theirs")
    typed = typed_for(session, id, name="Max", version=version)
    answer = post(signed_in, path(id), typed, htmx=True)
    assert answer.status_code == 409
    assert clashes(answer.text) == [("Package Name", "Max", "Theirs")]
    assert draft(session, id).name == "Theirs"


def typed_settings(name: str, country: str, intro: str, version: str = "1") -> dict[str, str]:
    fields = {"platform_name": name, "default_country": country, "intro_en": intro}
    return TYPED_SETTINGS | fields | {"time_zone": "UTC", "version": version}


@both_ways
def test_settings_of_different_fields_are_saved_together(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: others_since left out of the settings."""
    edit_settings(session, intro_en="Hello", intro_ar="مرحبا", main_language="ar")
    sent = typed_settings("Mine", "US", "")
    answer = post(signed_in, SETTINGS, sent, htmx=htmx, page=SETTINGS)
    assert answer.status_code == (200 if htmx else 303)
    said = partials(answer)["#status"] if htmx else signed_in.get(SETTINGS).text
    assert f"Saved together with {BOB}'s changes." in text_of(find(said, "body"))
    session.rollback()
    expected = SettingsValues("Mine", "US", "Hello", intro_ar="مرحبا", main_language="ar")
    assert drafts.get_settings(session).values == expected


@pytest.mark.parametrize("side", ["mine", "theirs"])
@both_ways
def test_the_same_setting_is_put_to_the_admin(
    signed_in: FlaskClient, session: Session, htmx: bool, side: str
) -> None:
    """Caught: edit_settings without the comparison of versions."""
    edit_settings(session, default_country="TR", intro_en="Hello")
    sent = typed_settings("Shop", "DE", "")
    answer = post(signed_in, SETTINGS, sent, htmx=htmx, page=SETTINGS)
    assert answer.status_code == 409
    assert clashes(answer.text) == [("Default Country", "Germany", "Türkiye")]
    session.rollback()
    assert drafts.get_settings(session).platform_name == "Our platform"
    again = typed_settings(
        field(answer.text, "platform_name"),
        chosen(answer.text, "default_country"),
        field(answer.text, "intro_en").strip(),
        field(answer.text, "version"),
    )
    again |= {"keep-default_country": side}
    again |= {"mine-default_country": "DE", "theirs-default_country": "TR"}
    saved = post(signed_in, SETTINGS, again, htmx=htmx, page=SETTINGS)
    assert saved.status_code == (200 if htmx else 303)
    session.rollback()
    expected = SettingsValues("Shop", "DE" if side == "mine" else "TR", "Hello")
    assert drafts.get_settings(session).values == expected


def test_settings_are_put_in_words(signed_in: FlaskClient, session: Session) -> None:
    """Caught: "de" and "tr" to choose from."""
    edit_settings(session, main_language="tr", time_zone="Asia/Tokyo", intro_tr="Theirs")
    edit_settings(session, buying="nowhere")
    sent = typed_settings("Our platform", "US", "Mine") | {"intro_tr": "Mine"}
    sent |= {"main_language": "de", "time_zone": "Europe/Berlin"}
    sent |= {"buying": "link", "buying_link": "https://shop.example/{id}"}
    answer = post(signed_in, SETTINGS, sent, page=SETTINGS)
    assert answer.status_code == 409
    ways = ("https://shop.example/{id}", "Nowhere: cards have no button")
    assert sorted(clashes(answer.text)) == [
        ("How packages are bought", *ways),
        ("Intro Text (Türkçe)", "Mine", "Theirs"),
        ("Main Language", "Deutsch", "Türkçe"),
        ("Time Zone", "Europe/Berlin", "Asia/Tokyo"),
    ]


def test_a_place_that_was_meant_for_another_country_is_put_to_the_admin(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: first in the US typed, first in Germany saved."""
    _first, second = add(session, "One", "Two")
    typed = typed_for(session, second, position="1")
    edit(session, second, country="DE", currency="EUR")
    answer = post(signed_in, path(second), typed)
    assert answer.status_code == 409
    assert field(answer.text, "position") == "1"
    assert (draft(session, second).country, order(session)) == ("DE", ["One"])


def test_a_third_save_while_the_conflict_is_drawn_is_not_lost(
    signed_in: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: the form given the version of the third save, along with values from before it."""
    (id,) = add(session, "Pro")
    opened = typed_for(session, id, name="Mine")
    edit(session, id, name="Theirs")
    show_stale = PackageForm.show_stale

    def show_late(form: PackageForm, _: CreditPackage, error: StaleVersion) -> None:
        edit(session, id, author="cat@example.com", credits=9)
        db.session.rollback()
        show_stale(form, drafts.get_package(db.session, id), error)

    monkeypatch.setattr(PackageForm, "show_stale", show_late)
    answer = post(signed_in, path(id), opened)
    monkeypatch.undo()
    assert answer.status_code == 409
    answer = post(signed_in, path(id), sent_again(answer.text))
    assert answer.status_code == 303
    assert (draft(session, id).name, draft(session, id).credits) == ("Mine", 9)

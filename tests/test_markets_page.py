"""Markets: what buyers of each country are told about its prices, as admins edit it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from blueprints.markets.forms import MarketForm
from domain.catalogue.drafts import drafts
from domain.catalogue.errors import StaleVersion
from domain.catalogue.markets.models import Market
from domain.catalogue.markets.rules import INITIAL_MARKET, MARKET_NOTES, MarketValues
from domain.catalogue.models import DraftRevision
from domain.database import writing
from domain.languages import LANGUAGES
from extensions import db
from tests.conftest import ADMIN
from tests.counting import watching
from tests.html import find, find_all, inputs, text_of, texts, values
from tests.page_helpers import (
    BOB,
    HTMX,
    LIST,
    TYPED_MARKET,
    add,
    apply_all,
    buyers_pages,
    chosen,
    edit_market,
    everything,
    field,
    market,
    partials,
    pending,
    post,
    remove,
)
from tests.test_login_page import LEADING_AWAY

MARKETS = "/settings/markets"
GERMANY = f"{MARKETS}/DE"
SAVED = MarketValues("included", 1900, "Invoices by email.", note_de="Rechnung per E-Mail.")
NOTHING = TYPED_MARKET | {"tax": "nothing", "rate": "", "note_en": "", "note_de": ""}

on_both = pytest.mark.on_both


def rows(page: str) -> list[tuple[str, ...]]:
    """What each row of the list says: country, tax, languages of the note, state."""
    found = find_all(page, "tr.market")
    return [tuple(text_of(cell) for cell in row.css("th, td")[:4]) for row in found]


def clashes(page: str) -> list[tuple[str, str, str]]:
    """(field, mine, theirs) as the admin reads them."""
    found = [part.css("legend, bdi") for part in find_all(page, "fieldset.clash")]
    return [(text_of(legend), text_of(mine), text_of(theirs)) for legend, mine, theirs in found]


def sent_again(page: str, **choices: str) -> dict[str, str]:
    """What the form sends when Save is pressed once more, with these radios chosen."""
    fields = inputs(page, "#market-form input:not([name=csrf_token], [type=radio])")
    fields |= {name: field(page, name) for name in MARKET_NOTES} | {"tax": chosen(page, "tax")}
    fields |= inputs(page, "#market-form input[type=radio][checked]")
    return fields | {f"keep-{name}": side for name, side in choices.items()}


def test_without_packages_there_are_no_markets(signed_in: FlaskClient) -> None:
    page = signed_in.get(MARKETS).text
    assert "<title>Markets · Scrip</title>" in page
    assert texts(page, ".nothing h2") == ["No markets yet"]
    assert values(page, ".nothing a", "href") == [LIST]


def test_the_list_has_each_country_and_what_is_said_there(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a country left out whose last package went, though buyers' pages still name it."""
    add(session, "Eins", country="DE")
    (gone,) = add(session, "One")
    edit_market(session, "DE", tax="included", tax_basis_points=1950, note_ar="ملاحظة")
    edit_market(session, "DE", note_en="Note")
    edit_market(session, "TR", tax="when_used")
    apply_all(session)
    remove(session, gone)
    edit_market(session, "TR", tax="nothing")
    edit_market(session, "JP", note_de="Hinweis")
    page = signed_in.get(MARKETS).text
    assert rows(page) == [
        ("Germany", "Price includes 19.5% VAT", "Note in English, العربية", "Live"),
        ("Japan", "Not mentioned", "Note in Deutsch", "Edited"),
        ("Türkiye", "Not mentioned", "–", "Edited"),
        ("United States", "Not mentioned", "–", "Live"),
    ]
    codes = ("DE", "JP", "TR", "US")
    assert values(page, ".market-actions a", "href") == [f"{MARKETS}/{code}" for code in codes]
    assert values(page, ".market-actions a", "aria-label")[0] == "Edit Germany"
    assert values(page, ".market", "id") == [f"market-{code}" for code in codes]


def test_settings_lead_to_the_list(signed_in: FlaskClient) -> None:
    page = signed_in.get("/settings/").text
    assert texts(page, f'a.door[href="{MARKETS}"] .door-title') == ["Markets"]
    assert values(signed_in.get(MARKETS).text, ".crumb a", "href") == ["/settings/"]


def test_more_markets_ask_no_more_questions(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a query for each country's market."""
    with app.app_context():
        engine = db.engine
    add(session, "One")
    edit_market(session, "US", note_en="Note")
    counts = []
    for codes in (["DE"], ["TR", "JP", "FR", "CH", "AT", "GB"]):
        for code in codes:
            edit_market(session, code, tax="when_used")
            add(session, code, country=code)
        signed_in.get(MARKETS)
        with watching(engine) as asked:
            assert signed_in.get(MARKETS).status_code == 200
        counts.append(len(asked.statements))
    assert counts[0] == counts[1] <= 12, "\n".join(asked.statements)


@on_both
def test_what_is_no_country_is_not_found(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a market of "de" beside that of DE."""
    strange = ("DE%00", "DE%20", "%F0%9F%92%A9", "..", "a" * 5000)
    for code in ("XX", "de", "De", "DEU", "D", "EU", *strange):
        assert (code, signed_in.get(f"{MARKETS}/{code}").status_code) == (code, 404)
        answer = post(signed_in, f"{MARKETS}/{code}", TYPED_MARKET)
        assert (code, answer.status_code) == (code, 404)
    assert everything(session) == []


def test_the_form_of_a_country_nothing_was_said_about(
    signed_in: FlaskClient, session: Session
) -> None:
    page = signed_in.get(GERMANY)
    assert page.status_code == 200
    assert "<title>Germany · Markets · Scrip</title>" in page.text
    labels = ["Tax", "Tax Rate", *(f"Note ({name})" for name in LANGUAGES.values())]
    assert texts(page.text, "#market-form label") == labels
    assert (chosen(page.text, "tax"), field(page.text, "rate")) == ("nothing", "")
    assert [field(page.text, name) for name in MARKET_NOTES] == [""] * 4
    assert field(page.text, "version") == "1"
    assert texts(page.text, "#market-tax option")[1:] == [
        "Say nothing about tax",
        "The price includes tax",
        "Tax is due when the credits are used",
    ]
    assert everything(session) == []


def test_the_form_holds_what_is_saved(signed_in: FlaskClient, session: Session) -> None:
    notes = {f"note_{code}": f"{name}\nnote" for code, name in LANGUAGES.items()}
    edit_market(session, "DE", tax="included", tax_basis_points=1905, **notes)
    page = signed_in.get(GERMANY).text
    assert {name: field(page, name) for name in notes} == notes
    assert (chosen(page, "tax"), field(page, "rate")) == ("included", "19.05")
    assert field(page, "version") == "2"
    turkish = signed_in.get(GERMANY, headers={"Accept-Language": "tr"}).text
    assert field(turkish, "rate") == "19,05"


@on_both
@pytest.mark.parametrize("htmx", [True, False])
def test_it_is_saved_and_leads_to_the_list(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    before = buyers_pages(signed_in)
    answer = post(signed_in, GERMANY, TYPED_MARKET, htmx=htmx, page=GERMANY)
    if htmx:
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, MARKETS)
    else:
        assert (answer.status_code, answer.location) == (303, MARKETS)
    page = signed_in.get(MARKETS).text
    assert "Germany saved. Buyers see it when you apply." in page
    assert market(session, "DE") == SAVED
    assert (pending(session), buyers_pages(signed_in)) == (["edited market"], before)


@on_both
def test_a_note_is_saved_in_each_language(signed_in: FlaskClient, session: Session) -> None:
    """Caught: one field's text saved in all four."""
    notes = {f"note_{code}": f"{name}\r\n<b>" for code, name in LANGUAGES.items()}
    assert post(signed_in, GERMANY, TYPED_MARKET | notes).status_code == 303
    saved = {name: text.replace("\r", "") for name, text in notes.items()}
    assert market(session, "DE") == SAVED._replace(**saved)  # type: ignore[arg-type]


def test_who_saved_is_noted(signed_in: FlaskClient, session: Session) -> None:
    post(signed_in, GERMANY, TYPED_MARKET)
    session.rollback()
    revision = session.scalars(select(DraftRevision)).one()
    assert (revision.item_type, revision.item_id) == ("market", 1)
    assert (revision.action, revision.author, revision.version) == ("edited", ADMIN, 2)
    assert revision.new == {
        "tax": "included",
        "tax_basis_points": 1900,
        "note_en": "Invoices by email.",
        "note_de": "Rechnung per E-Mail.",
    }


@pytest.mark.parametrize(
    ("rate", "language", "points"),
    [
        ("20", "en", 2000),
        ("19.5", "en", 1950),
        ("19,5", "en", 1950),
        ("%20", "tr", 2000),
        ("20 %", "en", 2000),
        (" 20% ", "en", 2000),
        ("7.75", "en", 775),
        ("0", "en", 0),
        ("100", "en", 10_000),
        ("100.00", "en", 10_000),
        ("٢٠", "en", 2000),
    ],
)
def test_rates_as_people_type_them(
    signed_in: FlaskClient, session: Session, rate: str, language: str, points: int
) -> None:
    """Caught: a comma for decimals read as one for thousands."""
    sent = TYPED_MARKET | {"rate": rate}
    assert post(signed_in, GERMANY, sent, language=language).status_code == 303
    assert market(session, "DE").tax_basis_points == points
    page = signed_in.get(GERMANY, headers={"Accept-Language": language}).text
    again = sent | {"rate": field(page, "rate"), "version": "2", "note_en": "Again"}
    assert post(signed_in, GERMANY, again, language=language).status_code == 303
    assert market(session, "DE").tax_basis_points == points


RATE = "Enter a tax rate from 0 to 100, for example 20 or 19.5."
WRONG_RATES = [
    *("", " ", "%", "abc", "101", "100.01", "-1", "19.555", "1e1", "20 20", "NaN", "½"),
    *("20%20", "9" * 5000, "20\0", "\u202e20", "<b>", "$20"),
]
BAD = [
    *(("rate", rate, RATE) for rate in WRONG_RATES),
    *(("tax", tax, "Choose what the cards say about tax.") for tax in ("", "x", "INCLUDED", "\0")),
    *((name, "a" * 501, "It has 501 characters. Shorten it to 500.") for name in MARKET_NOTES),
    *((name, "a\0b", "Write it on one line") for name in MARKET_NOTES),
    *((name, "a\u202eb", "It holds an invisible character.") for name in MARKET_NOTES),
]


@pytest.mark.parametrize("htmx", [True, False])
def test_each_bad_value_is_told_at_its_field_and_nothing_typed_is_lost(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: the form of a refusal filled from the draft."""
    for name, typed, message in BAD:
        sent = TYPED_MARKET | {name: typed}
        answer = post(signed_in, GERMANY, sent, htmx=htmx)
        assert (name, typed, answer.status_code) == (name, typed, 422)
        assert text_of(find(answer.text, f"#market-{name}-error")).startswith(message)
        assert "<title>Error: Germany" in answer.text
        kept = {each: field(answer.text, each) for each in sent if each not in ("tax", name)}
        assert kept == {each: sent[each] for each in kept}
        assert name == "tax" or chosen(answer.text, "tax") == "included"
    assert everything(session) == []


def test_a_bad_value_stays_as_it_was_typed(signed_in: FlaskClient) -> None:
    sent = TYPED_MARKET | {"rate": "101", "note_tr": "<b>\u202e"}
    page = post(signed_in, GERMANY, sent).text
    assert (field(page, "rate"), field(page, "note_tr")) == ("101", "<b>\u202e")
    assert texts(page, ".problems h2") == ["Not saved yet: 2 fields need a look"]
    assert values(page, ".problems a", "href") == ["#market-rate", "#market-note_tr"]


@pytest.mark.parametrize("tax", ["nothing", "when_used"])
def test_a_rate_without_an_included_tax_says_nothing(
    signed_in: FlaskClient, session: Session, tax: str
) -> None:
    """Caught: a rate kept that no page shows, which the database refuses; an error for a rate
    that was there, as no script empties it."""
    for rate in ("20", "abc", ""):
        version = str(1 + (rate != "20"))
        sent = TYPED_MARKET | {"tax": tax, "rate": rate, "opened_rate": rate, "version": version}
        assert (rate, post(signed_in, GERMANY, sent).status_code) == (rate, 303)
        assert market(session, "DE")[:2] == (tax, 0)


@pytest.mark.parametrize("tax", ["nothing", "when_used"])
def test_a_rate_that_is_typed_needs_an_included_tax(
    signed_in: FlaskClient, session: Session, tax: str
) -> None:
    """Caught: the rate dropped in silence, and the market said to be saved."""
    answer = post(signed_in, GERMANY, TYPED_MARKET | {"tax": tax, "rate": "20"})
    assert answer.status_code == 422
    assert field(answer.text, "rate") == "20"
    assert texts(answer.text, "#market-rate-error") == [
        "Choose that the price includes tax, or leave the rate empty."
    ]
    assert market(session, "DE") == INITIAL_MARKET


@on_both
def test_texts_up_to_the_limit_are_saved(signed_in: FlaskClient, session: Session) -> None:
    longest = dict.fromkeys(MARKET_NOTES, "ü\n" * 249 + "üü")
    assert post(signed_in, GERMANY, TYPED_MARKET | longest).status_code == 303
    assert market(session, "DE") == SAVED._replace(**longest)  # type: ignore[arg-type]


def test_a_field_that_is_left_out_is_refused_or_empty(
    signed_in: FlaskClient, session: Session
) -> None:
    edit_market(session, "DE", author=ADMIN, **SAVED._asdict())
    for name in ("tax", "rate"):
        sent = {key: text for key, text in TYPED_MARKET.items() if key != name}
        assert post(signed_in, GERMANY, sent | {"version": "2"}).status_code == 422
    assert market(session, "DE") == SAVED
    repeated = TYPED_MARKET | {"note_en": ["a", "b"], "version": "2"}
    assert post(signed_in, GERMANY, repeated).status_code == 400
    assert market(session, "DE") == SAVED


def test_the_form_has_no_say_in_other_columns(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the country taken from the form."""
    sent = TYPED_MARKET | {"country": "US", "id": "9", "tax_basis_points": "1", "market": "US-1"}
    assert post(signed_in, GERMANY, sent).status_code == 303
    session.rollback()
    found = session.scalars(select(Market)).one()
    assert (found.id, found.country, found.values) == (1, "DE", SAVED)


def test_back_to_the_live_values_nothing_is_pending(
    signed_in: FlaskClient, session: Session
) -> None:
    post(signed_in, GERMANY, TYPED_MARKET)
    assert pending(session) == ["edited market"]
    post(signed_in, GERMANY, NOTHING | {"version": "2"})
    assert (pending(session), market(session, "DE")) == ([], INITIAL_MARKET)


def test_saving_what_is_there_already_changes_nothing(
    signed_in: FlaskClient, session: Session
) -> None:
    assert post(signed_in, GERMANY, NOTHING).status_code == 303
    assert pending(session) == []
    assert session.scalar(select(func.count()).select_from(DraftRevision)) == 0


BACK = f"{LIST}review#change-market-1-edited"


def cancel(page: str) -> str:
    (link,) = [each for each in find_all(page, ".form-foot a") if text_of(each) == "Cancel"]
    return link.attributes["href"] or ""


def test_it_leads_back_to_the_review(signed_in: FlaskClient, session: Session) -> None:
    page = signed_in.get(GERMANY, query_string={"next": BACK}).text
    assert (field(page, "next"), cancel(page)) == (BACK, BACK)
    wrong = post(signed_in, GERMANY, TYPED_MARKET | {"rate": "x", "next": BACK}).text
    assert (field(wrong, "next"), cancel(wrong)) == (BACK, BACK)
    answer = post(signed_in, GERMANY, TYPED_MARKET | {"next": BACK})
    assert (answer.status_code, answer.location) == (303, BACK)
    edit_market(session, "DE", note_en="Theirs")
    stale = post(signed_in, GERMANY, TYPED_MARKET | {"note_en": "Mine", "version": "2"} | NEXT)
    assert (stale.status_code, field(stale.text, "next")) == (409, BACK)


NEXT = {"next": BACK}


def test_it_never_leads_away(signed_in: FlaskClient) -> None:
    """Caught: `next` taken as it was sent."""
    for wanted in LEADING_AWAY:
        page = signed_in.get(GERMANY, query_string={"next": wanted}).text
        assert (wanted, field(page, "next"), cancel(page)) == (wanted, MARKETS, MARKETS)
        sent = TYPED_MARKET | {"next": wanted, "version": field(page, "version")}
        answer = post(signed_in, GERMANY, sent)
        assert (wanted, answer.status_code, answer.location) == (wanted, 303, MARKETS)


@on_both
def test_different_notes_are_saved_together(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the whole form saved over what was changed meanwhile."""
    edit_market(session, "DE", note_tr="Not", tax="when_used")
    answer = post(signed_in, GERMANY, NOTHING | {"note_en": "Mine"})
    assert answer.status_code == 303
    page = signed_in.get(MARKETS).text
    assert f"Saved together with {BOB}'s changes." in text_of(find(page, "body"))
    assert market(session, "DE") == MarketValues("when_used", note_en="Mine", note_tr="Not")


@on_both
@pytest.mark.parametrize(("side", "saved"), [("mine", "Mine"), ("theirs", "Theirs <b>")])
def test_the_same_note_is_put_to_the_admin(
    signed_in: FlaskClient, session: Session, side: str, saved: str
) -> None:
    """Caught: edit_market without the comparison of versions."""
    edit_market(session, "DE", note_en="Theirs <b>", note_de="Neu")
    before = everything(session)
    answer = post(signed_in, GERMANY, TYPED_MARKET | {"note_en": "Mine", "note_de": ""})
    assert (answer.status_code, everything(session)) == (409, before)
    assert f"Not saved: {BOB} changed Note (English) while you were editing." in answer.text
    assert clashes(answer.text) == [("Note (English)", "Mine", "Theirs <b>")]
    assert (field(answer.text, "note_en"), field(answer.text, "note_de")) == ("Mine", "Neu")
    assert (field(answer.text, "rate"), field(answer.text, "version")) == ("19", "2")
    answer = post(signed_in, GERMANY, sent_again(answer.text, note_en=side))
    assert answer.status_code == 303
    assert market(session, "DE") == MarketValues("included", 1900, saved, note_de="Neu")


@on_both
@pytest.mark.parametrize(
    ("side", "saved"), [("mine", ("included", 1900)), ("theirs", ("when_used", 0))]
)
def test_tax_and_rate_are_one_choice(
    signed_in: FlaskClient, session: Session, side: str, saved: tuple[str, int]
) -> None:
    edit_market(session, "DE", author=ADMIN, tax="included", tax_basis_points=700)
    edit_market(session, "DE", tax="when_used", tax_basis_points=0, note_tr="Not")
    answer = post(signed_in, GERMANY, TYPED_MARKET | {"version": "2"})
    assert answer.status_code == 409
    words = ("Price includes 19% VAT", "Tax is due when the credits are used")
    assert clashes(answer.text) == [("Tax", *words)]
    assert (chosen(answer.text, "tax"), field(answer.text, "rate")) == ("included", "19")
    assert post(signed_in, GERMANY, sent_again(answer.text, tax=side)).status_code == 303
    found = market(session, "DE")
    assert (found[:2], found.note_en, found.note_tr) == (saved, SAVED.note_en, "Not")


def test_two_rates_are_one_choice(signed_in: FlaskClient, session: Session) -> None:
    edit_market(session, "DE", author=ADMIN, tax="included", tax_basis_points=700)
    edit_market(session, "DE", tax_basis_points=2000)
    page = post(signed_in, GERMANY, TYPED_MARKET | {"version": "2"}).text
    assert clashes(page) == [("Tax", "Price includes 19% VAT", "Price includes 20% VAT")]
    again = sent_again(page, tax="theirs") | {"rate": "21"}
    assert post(signed_in, GERMANY, again).status_code == 303
    assert market(session, "DE").tax_basis_points == 2100


def test_my_rate_and_their_silence_are_one_choice(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a market without its fields that are decided together, which took both: a rate of
    19 % and nothing to say about tax."""
    edit_market(session, "DE", author=ADMIN, tax="included", tax_basis_points=0)
    edit_market(session, "DE", tax="nothing")
    page = post(signed_in, GERMANY, TYPED_MARKET | {"version": "2"}).text
    assert clashes(page) == [("Tax", "Price includes 19% VAT", "Say nothing about tax")]


def test_the_same_change_by_both_is_no_conflict(signed_in: FlaskClient, session: Session) -> None:
    edit_market(session, "DE", **SAVED._asdict())
    assert post(signed_in, GERMANY, TYPED_MARKET).status_code == 303
    assert market(session, "DE") == SAVED


@on_both
@pytest.mark.parametrize("version", ["", "0", "-1", "x", "3", "9" * 5000, "²", "1\0"])
def test_any_other_version_is_stale(signed_in: FlaskClient, session: Session, version: str) -> None:
    sent = TYPED_MARKET | {"note_en": "Mine", "version": version}
    answer = post(signed_in, GERMANY, sent)
    assert (answer.status_code, everything(session)) == (409, [])
    assert field(answer.text, "version") == "1"
    edit_market(session, "DE", note_en="Theirs")
    before = everything(session)
    answer = post(signed_in, GERMANY, sent)
    assert (answer.status_code, everything(session)) == (409, before)
    assert ("Note (English)", "Mine", "Theirs") in clashes(answer.text)
    assert field(answer.text, "version") == "2"


@on_both
def test_a_third_save_while_the_conflict_is_drawn_is_not_lost(
    signed_in: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: the form given the version of the third save, along with values from before it."""
    edit_market(session, "DE", note_en="Theirs")
    show_stale = MarketForm.show_stale

    def show_late(form: MarketForm, _now: MarketValues, _then: int, error: StaleVersion) -> None:
        edit_market(session, "DE", author="cat@example.com", note_ar="ثالث")
        db.session.rollback()
        now = drafts.find_market(db.session, "DE")
        assert now
        show_stale(form, now.values, now.version, error)

    monkeypatch.setattr(MarketForm, "show_stale", show_late)
    answer = post(signed_in, GERMANY, TYPED_MARKET)
    monkeypatch.undo()
    assert answer.status_code == 409
    assert post(signed_in, GERMANY, sent_again(answer.text)).status_code == 303
    assert market(session, "DE") == SAVED._replace(note_ar="ثالث")


def test_the_page_is_told_who_saved(signed_in: FlaskClient, session: Session) -> None:
    page = signed_in.get(GERMANY).text
    assert '<input type="hidden" id="shown" name="market" value="DE-1">' in page
    (poll,) = values(page, "#pending", "hx-get")
    poll, _, token = poll.partition("?token=")

    def said(shown: str) -> tuple[list[str], list[str]]:
        headers = HTMX | {"HX-Current-URL": f"http://localhost{GERMANY}"}
        answer = signed_in.get(
            poll, query_string={"token": token, "market": shown}, headers=headers
        )
        assert answer.status_code in (200, 204)
        news = partials(answer).get("#unseen", "") if answer.data else ""
        return texts(news, 'p[dir="auto"]'), values(news, "a#show-unseen", "href")

    assert said("DE-1") == ([], [])
    edit_market(session, "DE", author=ADMIN, note_en="Mine")
    assert said("DE-1") == ([], [])
    edit_market(session, "US", note_en="Theirs")
    assert said("DE-2") == ([], [])
    edit_market(session, "DE", note_en="Theirs")
    assert said("DE-2") == ([f"{BOB} changed this market."], [GERMANY])
    assert said("DE-3") == ([], [])
    for garbage in ("", "XX-1", "de-1", "DE", "-", "DE-\0", "\0", f"DE-{'9' * 5000}"):
        said(garbage)


def test_signed_out_nothing_is_shown_or_saved(client: FlaskClient, session: Session) -> None:
    """Caught: guard.admit_admins_only left out."""
    for path in (MARKETS, GERMANY):
        assert client.get(path).status_code == 302
    assert client.post(GERMANY, data=TYPED_MARKET).status_code == 401
    assert client.post(GERMANY, data=TYPED_MARKET, headers=HTMX).status_code == 401
    assert everything(session) == []


def test_without_csrf_token_nothing_is_saved(signed_in: FlaskClient, session: Session) -> None:
    """Caught: csrf.init_app left out of app.py."""
    assert signed_in.post(GERMANY, data=TYPED_MARKET).status_code == 400
    assert everything(session) == []


def test_a_link_cannot_save(signed_in: FlaskClient, session: Session) -> None:
    assert signed_in.get(GERMANY, query_string=TYPED_MARKET).status_code == 200
    assert post(signed_in, MARKETS, TYPED_MARKET).status_code == 405
    assert everything(session) == []


@on_both
def test_a_failed_save_leaves_no_empty_market(
    signed_in: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: the new market committed before what is said in it."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the row of the market is there, nothing in it yet")

    with monkeypatch.context() as broken:
        broken.setattr(drafts, "edit_item", fail)
        assert post(signed_in, GERMANY, TYPED_MARKET).status_code == 500
    assert everything(session) == []
    assert post(signed_in, GERMANY, TYPED_MARKET).status_code == 303


def test_a_market_broken_in_the_database_can_be_mended(
    signed_in: FlaskClient, session: Session
) -> None:
    edit_market(session, "DE", author=ADMIN, note_en="Note")
    with writing(session):
        session.execute(text("UPDATE market SET note_en = :note"), {"note": "a\u202eb"})
    assert signed_in.get(MARKETS).status_code == 200
    page = signed_in.get(GERMANY).text
    assert field(page, "note_en") == "a\u202eb"
    mended = TYPED_MARKET | {"version": field(page, "version")}
    assert post(signed_in, GERMANY, mended).status_code == 303
    assert market(session, "DE") == SAVED

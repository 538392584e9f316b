"""What an open page is told of others: hints at rows, a notice, and the list anew when asked."""

from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.catalogue.drafts import drafts, presence
from domain.catalogue.settings.rules import SettingsValues
from domain.database import writing
from tests.conftest import ADMIN
from tests.html import texts, values
from tests.page_helpers import (
    BOB,
    HTMX,
    LIST,
    add,
    apply_all,
    edit,
    field,
    listed,
    main_part,
    partials,
    post,
    releases,
    remove,
    review_token,
    ticked,
)

PENDING = f"{LIST}pending"
NEWS = f"{LIST}unseen"
AGAIN = f"{LIST}review/again"


@pytest.fixture(autouse=True)
def packages(session: Session) -> list[int]:
    ids = add(session, "One", "Two", "Three")
    apply_all(session)
    return ids


def shows(client: FlaskClient, path: str = LIST) -> dict[str, object]:
    """What that page says that it shows, as htmx sends it along."""
    page = client.get(path).text
    said = {name: field(page, name) for name in ("list", "token") if f'name="{name}"' in page}
    return {"token": pending_token(client), **said}


def pending_token(client: FlaskClient) -> str:
    (address,) = values(client.get("/settings/").text, "#pending", "hx-get")
    token = address.removeprefix(f"{PENDING}?token=")
    assert token not in ("", address)
    return token


def ask(client: FlaskClient, shown: Mapping[str, object], page: str = LIST) -> TestResponse:
    headers = HTMX | {"HX-Current-URL": f"http://localhost{page}"}
    return client.get(PENDING, query_string=shown, headers=headers)


def say_open(session: Session, package_id: int, *names: str) -> None:
    with writing(session):
        for name in names:
            form = f"{package_id} {name}"
            presence.note_open(session, form, package_id, author=f"{name}@example.com")


def said(answer: TestResponse) -> tuple[str, str] | None:
    """The words of the notice and its button; None when the answer leaves it as it is."""
    news = partials(answer).get("#unseen")
    if news is None:
        return None
    words, buttons = texts(news, 'p[dir="auto"]'), texts(news, "#show-unseen")
    return (words[0], buttons[0]) if words and buttons else ("", "")


def test_a_page_that_shows_everything_is_answered_by_nothing(
    signed_in: FlaskClient, session: Session
) -> None:
    say_open(session, 1, "bob")
    edit(session, 1, credits=7)
    editing = values(signed_in.get(LIST).text, '[name="editing"]', "value")
    shown = {**shows(signed_in), "editing": editing}
    assert len(editing) == 1
    answer = ask(signed_in, shown)
    assert (answer.status_code, answer.data) == (204, b"")


def test_rows_say_who_edits(signed_in: FlaskClient, session: Session) -> None:
    say_open(session, 2, "bob")
    for page in (signed_in.get(LIST).text, signed_in.get(f"{LIST}2/row", headers=HTMX).text):
        assert texts(page, "#editing-2") == ["bob@example.com is editing this"]
    assert "is editing" not in signed_in.get(f"{LIST}1/row", headers=HTMX).text


def test_a_hint_is_told_alone_and_only_when_it_is_new(
    signed_in: FlaskClient, session: Session
) -> None:
    """Seeded bug: all hints in each answer; those that were there already were drawn again."""
    shown = shows(signed_in)
    say_open(session, 1, "bob")
    answer = ask(signed_in, shown)
    assert main_part(answer) == ""
    assert list(partials(answer)) == ["#editing-1"]
    shown["editing"] = [field(answer.text, "editing")]
    assert ask(signed_in, shown).status_code == 204
    say_open(session, 2, "eve")
    assert list(partials(ask(signed_in, shown))) == ["#editing-2"]
    say_open(session, 1, "eve")
    assert "bob@example.com and eve@" in partials(ask(signed_in, shown))["#editing-1"]


def test_a_hint_is_taken_back(signed_in: FlaskClient, session: Session) -> None:
    shown = shows(signed_in)
    say_open(session, 1, "bob")
    shown["editing"] = [field(ask(signed_in, shown).text, "editing")]
    with writing(session):
        presence.note_closed(session, "1 bob", author=BOB)
    assert partials(ask(signed_in, shown)) == {"#editing-1": ""}


def test_own_forms_are_no_hint(signed_in: FlaskClient, session: Session) -> None:
    shown = shows(signed_in)
    say_open(session, 1, ADMIN.partition("@")[0])
    assert ask(signed_in, shown).status_code == 204


def test_pages_without_rows_get_no_hints(signed_in: FlaskClient, session: Session) -> None:
    say_open(session, 1, "bob")
    assert ask(signed_in, {"token": pending_token(signed_in)}).status_code == 204


@pytest.mark.parametrize("cursor", ["", "1", "x-1", "9" * 5000 + "-12345678", "1-x", "1-\0", "é"])
def test_cursors_and_fingerprints_that_no_page_sends(
    signed_in: FlaskClient, session: Session, cursor: str
) -> None:
    say_open(session, 1, "bob")
    answer = ask(signed_in, {**shows(signed_in), "editing": [cursor], "announced": cursor})
    assert answer.status_code == 200
    assert "bob@example.com" in partials(answer)["#editing-1"]
    for shown in ({"list": cursor}, {"version": cursor}, {"review": "1", "announced": cursor}):
        assert ask(signed_in, shown).status_code in (200, 204)


def test_the_list_is_told_who_changed_it(signed_in: FlaskClient, session: Session) -> None:
    shown = shows(signed_in)
    edit(session, 1, credits=7)
    assert said(ask(signed_in, shown)) == ("bob@example.com changed 1 package.", "Show it")
    edit(session, 2, credits=7)
    edit(session, 3, author="eve@example.com", credits=7)
    words = "bob@example.com changed 2 packages. eve@example.com changed 1 package."
    assert said(ask(signed_in, shown)) == (words, "Show them")


def test_it_is_told_who_applied(signed_in: FlaskClient, session: Session) -> None:
    edit(session, 1, author=ADMIN, credits=7)
    shown = shows(signed_in)
    apply_all(session, BOB)
    assert said(ask(signed_in, shown)) == ("bob@example.com applied release 2.", "Show it")
    shown = shows(signed_in)
    edit(session, 1, credits=8)
    edit(session, 2, credits=8)
    apply_all(session, BOB)
    words = "bob@example.com changed 2 packages and applied release 3."
    assert said(ask(signed_in, shown)) == (words, "Show them")


def test_the_notice_stays_when_the_bar_is_up_to_date(
    signed_in: FlaskClient, session: Session
) -> None:
    """Seeded bug: told when the bar's token differs; the next poll took the notice away."""
    shown = shows(signed_in)
    edit(session, 1, credits=7)
    first = ask(signed_in, shown)
    shown["token"] = pending_token(signed_in)
    assert said(ask(signed_in, shown)) == said(first)
    shown["announced"] = field(first.text, "announced")
    assert ask(signed_in, shown).status_code == 204
    shown["list"] = shows(signed_in)["list"]
    assert said(ask(signed_in, shown)) == ("", "")


def test_it_is_read_out_when_it_appears(signed_in: FlaskClient, session: Session) -> None:
    shown = shows(signed_in)
    edit(session, 1, credits=7)
    first = ask(signed_in, shown)
    assert partials(first)["#unseen-status"] == "bob@example.com changed 1 package."
    shown["announced"] = field(first.text, "announced")
    edit(session, 2, credits=7)
    assert "#unseen-status" not in partials(ask(signed_in, shown))


def test_a_list_of_one_country_is_told_of_that_country(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, "Eins", country="DE")
    page = f"{LIST}?country=DE"
    shown = shows(signed_in, page)
    edit(session, 1, credits=7)
    assert said(ask(signed_in, shown, page)) is None


def test_the_settings_page_is_told_who_saved(signed_in: FlaskClient, session: Session) -> None:
    page = signed_in.get("/settings/").text
    assert '<input type="hidden" id="shown" name="version" value="1">' in page
    with writing(session):
        drafts.edit_settings(session, SettingsValues("Theirs", "US"), version=1, author=BOB)
    words = "bob@example.com changed these settings."
    assert said(ask(signed_in, {"version": "1"}, "/settings/")) == (words, "Show them")
    assert said(ask(signed_in, {"version": "2"}, "/settings/")) is None


def test_the_review_is_told_that_it_is_old(signed_in: FlaskClient, session: Session) -> None:
    assert ask(signed_in, {"review": "1"}).status_code == 204
    edit(session, 1, credits=7)
    told = ("The pending changes are not those shown here any more.", "Look again")
    assert said(ask(signed_in, {"review": "1"})) == told
    shown: dict[str, object] = {"review": "1", "token": review_token(signed_in, f"{LIST}review")}
    assert ask(signed_in, shown).status_code == 204
    edit(session, 2, credits=7)
    answer = ask(signed_in, shown)
    assert (said(answer), main_part(answer)) == (told, "")


def test_show_them_brings_the_list_and_marks_what_changed(
    signed_in: FlaskClient, session: Session
) -> None:
    seen = shows(signed_in)["list"]
    edit(session, 2, name="Better")
    remove(session, 3)
    answer = signed_in.get(NEWS, query_string={"list": seen}, headers=HTMX)
    assert answer.status_code == 200
    assert main_part(answer) == ""
    parts = partials(answer)
    shown = {"#catalogue", "#filters", "#unseen, #unseen-status", "#status", "#pending"}
    assert set(parts) == shown
    marked = texts(parts["#catalogue"], ".editing:empty + .changed")
    assert marked == ["bob@example.com changed this"] * 2
    rows = values(parts["#catalogue"], ".package:has(.editing + .changed)", "data-id")
    assert rows == ["2", "3"]
    assert 'data-focus="edit-2">The list is up to date.<' in parts["#status"]
    assert field(answer.text, "list") != seen


def test_show_them_leads_to_a_removed_row(signed_in: FlaskClient, session: Session) -> None:
    seen = shows(signed_in)["list"]
    remove(session, 3)
    answer = signed_in.get(NEWS, query_string={"list": seen}, headers=HTMX)
    assert 'data-focus="keep-3"' in answer.text


@pytest.mark.parametrize("mark", ["", "x", "0-0", "999-999"])
def test_show_them_always_shows_the_list(signed_in: FlaskClient, mark: str) -> None:
    answer = signed_in.get(NEWS, query_string={"list": mark}, headers=HTMX)
    assert answer.status_code == 200
    assert "The list is up to date." in partials(answer)["#status"]


def test_show_them_keeps_to_the_lists_filter(signed_in: FlaskClient, session: Session) -> None:
    add(session, "Eins", country="DE")
    page = f"{LIST}?country=DE&q=eins"
    seen = shows(signed_in, page)["list"]
    add_as_bob(session, "Zwei")
    headers = HTMX | {"HX-Current-URL": f"http://localhost{page}"}
    answer = signed_in.get(NEWS, query_string={"list": seen}, headers=headers)
    assert listed(answer.text) == ["Eins"]
    assert "What was changed is not on this page of it." in partials(answer)["#status"]


def add_as_bob(session: Session, name: str) -> None:
    [package_id] = add(session, name, country="DE")
    edit(session, package_id, credits=7)


def test_looking_again_keeps_ticks_and_note_and_applies_nothing(
    signed_in: FlaskClient, session: Session
) -> None:
    edit(session, 1, author=ADMIN, credits=7)
    edit(session, 2, author=ADMIN, credits=7)
    page = signed_in.get(f"{LIST}review").text
    edit(session, 3, credits=7)
    sent = {"token": field(page, "token"), "change": "package-1-edited"}
    for htmx in (True, False):
        answer = post(signed_in, AGAIN, {**sent, "note": "Autumn"}, htmx=htmx)
        assert answer.status_code == 200
        assert ticked(answer.text) == ["package-1-edited"]
        assert answer.text.count("New since you looked") == 1
        assert field(answer.text, "note") == "Autumn"
        assert field(answer.text, "token") == pending_token(signed_in)
    assert releases(session) == 1


def test_looking_again_at_nothing_ticks_everything(
    signed_in: FlaskClient, session: Session
) -> None:
    edit(session, 1, credits=7, author=ADMIN)
    answer = post(signed_in, AGAIN, htmx=True)
    assert ticked(answer.text) == ["package-1-edited"]
    assert "New since you looked" not in answer.text


def test_it_rejects_the_other_method(signed_in: FlaskClient) -> None:
    assert post(signed_in, NEWS).status_code == 405


def test_strangers_are_told_nothing(client: FlaskClient) -> None:
    assert client.get(NEWS, headers=HTMX).status_code == 401
    assert client.post(AGAIN, headers=HTMX).status_code == 401
    assert client.get(NEWS).status_code == 302

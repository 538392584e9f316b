"""Discard: a field, a change, an order or everything; first shown, then done, then undone."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.catalogue.models import DraftBatch
from tests.counting import assert_flat
from tests.html import find, texts, values
from tests.page_helpers import (
    BOB,
    LIST,
    add,
    apply_all,
    differences,
    draft,
    edit,
    everything,
    field,
    hidden_fields,
    long_ago,
    move,
    order,
    pending,
    post,
    remove,
)

REVIEW = f"{LIST}review"
DISCARD = f"{LIST}discard"
ONE_FIELD = f"{LIST}items/package-1/discard"
ONE = "Discard 1 change?"

pytestmark = pytest.mark.usefixtures("scene")


@pytest.fixture
def scene(session: Session) -> None:
    """A to D are live; A was edited in two fields, B removed, D and C put before it, E added."""
    ids = add(session, "A", "B", "C", "D")
    apply_all(session)
    edit(session, ids[0], name="Aa", price_minor=2199)
    remove(session, ids[1])
    move(session, ids[2], 1)
    move(session, ids[3], 1)
    add(session, "E")


def confirm(client: FlaskClient, query: str = "", htmx: bool = False) -> TestResponse:
    """Opens the page that asks, and says yes."""
    page = client.get(f"{DISCARD}?{query}").text
    hidden = dict(hidden_fields(page))
    return post(client, DISCARD, hidden, htmx=htmx)


def undo_address(client: FlaskClient, answer: TestResponse) -> str:
    page = client.get(answer.headers.get("HX-Redirect") or answer.location)
    (address,) = values(page.text, 'form[action*="/undo/"]', "action")
    return address


@pytest.mark.parametrize(
    ("query", "title", "left"),
    [
        ("", "Discard 5 changes?", []),
        ("change=package-1-edited", ONE, ["moved A", "moved D", "removed B", "added E"]),
        ("change=package-2-removed", ONE, ["moved Aa", "moved D", "edited Aa", "added E"]),
        ("change=package-5-added", ONE, ["moved Aa", "moved D", "edited Aa", "removed B"]),
        ("order=US", "Discard 2 changes?", ["edited Aa", "removed B", "added E"]),
    ],
)
def test_what_was_asked_is_what_is_discarded(
    signed_in: FlaskClient, session: Session, query: str, title: str, left: list[str]
) -> None:
    """Caught: a country's order that discarded everything."""
    page = signed_in.get(f"{DISCARD}?{query}")
    assert page.status_code == 200
    assert f">{title}</h1>" in page.text
    answer = confirm(signed_in, query)
    assert answer.status_code == 303
    assert sorted(pending(session)) == sorted(left)
    count = 5 - len(left)
    words = "1 change was" if count == 1 else f"{count} changes were"
    assert f"<p>{words} discarded.</p>" in signed_in.get(answer.location).text


def test_htmx_is_led_to_the_review(signed_in: FlaskClient) -> None:
    answer = confirm(signed_in, htmx=True)
    assert answer.status_code == 200
    assert re.fullmatch(rf"{REVIEW}\?batch=\d+", answer.headers["HX-Redirect"])


def test_one_field_goes_back(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the whole edit discarded for one field."""
    review = signed_in.get(REVIEW).text
    link = f"{ONE_FIELD}?field=price_minor"
    assert f'aria-label="Discard Price of Aa" href="{link}"' in review
    page = signed_in.get(link)
    assert "Discard 1 change?" in page.text
    assert "$19.99" in page.text
    assert "Package Name" not in page.text
    hidden = dict(hidden_fields(page.text))
    answer = post(signed_in, ONE_FIELD, hidden)
    assert answer.status_code == 303
    package = draft(session, 1)
    assert (package.name, package.price_minor) == ("Aa", 1999)
    assert "1 change was discarded." in signed_in.get(answer.location).text


def test_an_amount_goes_back_with_its_currency(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the amount alone: 18.10 euros became 18.10 francs."""
    edit(session, 1, price_minor=5000, currency="JPY")
    review = signed_in.get(REVIEW).text
    assert "Discard Package Currency" not in review
    page = signed_in.get(f"{ONE_FIELD}?field=price_minor").text
    assert "¥5,000" in page.split("<ins>")[0]
    assert "$19.99" in page
    hidden = dict(hidden_fields(page))
    post(signed_in, ONE_FIELD, hidden)
    package = draft(session, 1)
    assert (package.price_minor, package.currency, package.name) == (1999, "USD", "Aa")


def test_it_says_what_will_become_of_each_and_whose_work_goes(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: old and new as they were drafted, not as they will be."""
    edit(session, 3, name="Cc", author=BOB)
    page = signed_in.get(f"{DISCARD}?change=package-3-edited").text
    assert ("Package Name", "was Cc → now C") in differences(page)
    assert texts(page, ".change-foot") == [f"Drafted by {BOB}"]


@pytest.mark.parametrize(
    ("change", "name", "state", "becomes"),
    [
        (
            "package-1-edited",
            "Aa",
            "Edited",
            r"Package Name was Aa → now A .* was \$21.99 → now \$19.99",
        ),
        ("package-2-removed", "B", "Removed", r"It stays, as buyers see it\. .* Price \$19.99"),
        ("package-5-added", "E", "New", r"It is removed\. Buyers do not see it\. "),
        ("package-4-moved", "D", "Moved", r"Listing Order was 1st → now 4th"),
    ],
)
def test_it_names_what_is_pending_and_says_what_becomes_of_it(
    signed_in: FlaskClient, change: str, name: str, state: str, becomes: str
) -> None:
    """Caught: "New" for a package to be removed."""
    page = signed_in.get(f"{DISCARD}?change={change}").text
    assert f'<h3 dir="auto">{name}</h3><span class="state" data-state="{state}">{state}<' in page
    words = " ".join(find(page, ".change").text(separator=" ").split())
    assert re.match(rf"{name} {state} {becomes}", words)


def test_a_move_that_ends_where_it_began_says_who_moved(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: "3rd → 3rd", of a package that D passed while another one above it went."""
    ids = add(session, "A", "B", "C", "D", country="DE", currency="EUR")
    apply_all(session)
    remove(session, ids[0])
    move(session, ids[2], 3)
    still = '<dt>Listing Order</dt><dd dir="auto"><ins><span class="vh"></span><bdi>Still 3rd, '
    for page in (f"{DISCARD}?order=DE", REVIEW):
        assert f"{still}with others moved past it<" in signed_in.get(page).text
    drafted = signed_in.get(f"{LIST}preview?country=DE").text
    assert "still 3rd, with others moved past it" in texts(drafted, ".card-detail")


def test_undo_names_what_it_left_as_a_colleague_made_it(
    signed_in: FlaskClient, session: Session
) -> None:
    address = undo_address(signed_in, confirm(signed_in))
    edit(session, 1, name="Bobs", author=BOB)
    answer = post(signed_in, address)
    page = signed_in.get(answer.location).text
    assert f"That was undone, except for Bobs, which {BOB} changed since." in page


def test_undo_of_what_a_colleague_changed_since_says_so(
    signed_in: FlaskClient, session: Session
) -> None:
    address = undo_address(signed_in, confirm(signed_in, "change=package-1-edited"))
    edit(session, 1, name="Bobs", price_minor=100, author=BOB)
    answer = post(signed_in, address)
    assert answer.status_code == 409
    assert f"Nothing was undone: {BOB} changed the same since." in answer.text


def test_undo_is_there_and_brings_everything_back(signed_in: FlaskClient, session: Session) -> None:
    before, listed = sorted(pending(session)), order(session)
    address = undo_address(signed_in, confirm(signed_in))
    assert pending(session) == []
    answer = post(signed_in, address)
    assert answer.status_code == 303
    assert (sorted(pending(session)), order(session)) == (before, listed)
    assert "That was undone." in signed_in.get(answer.location).text


def test_undo_twice_changes_nothing_more(signed_in: FlaskClient, session: Session) -> None:
    address = undo_address(signed_in, confirm(signed_in, "change=package-1-edited"))
    post(signed_in, address)
    before = everything(session)
    answer = post(signed_in, address)
    assert answer.status_code == 409
    assert "the drafts are like that already" in answer.text
    assert everything(session) == before


def test_undo_has_an_end(signed_in: FlaskClient, session: Session) -> None:
    confirm(signed_in)
    batch = session.scalars(select(DraftBatch)).one()
    answer = post(signed_in, f"{LIST}undo/{long_ago(session, batch)}")
    assert answer.status_code == 409
    assert "more than 30 days ago" in answer.text
    assert post(signed_in, f"{LIST}undo/99").status_code == 404


@pytest.mark.parametrize("htmx", [True, False])
def test_stale_nothing_is_discarded(signed_in: FlaskClient, session: Session, htmx: bool) -> None:
    """Caught: discard without its token."""
    token = field(signed_in.get(DISCARD).text, "token")
    add(session, "Late")
    before = everything(session)
    answer = post(signed_in, DISCARD, {"token": token, "everything": "1"}, htmx=htmx)
    assert answer.status_code == 409
    assert "so nothing was discarded" in answer.text
    assert "Discard 6 changes?" in answer.text
    assert everything(session) == before
    fresh = {"token": field(answer.text, "token"), "everything": "1"}
    assert post(signed_in, DISCARD, fresh).status_code == 303


def test_a_stale_field_is_not_discarded(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the version of the draft as it is now used for the one that was seen."""
    version = field(signed_in.get(f"{ONE_FIELD}?field=price_minor").text, "version")
    edit(session, 1, price_minor=2299)
    before = everything(session)
    fields = {"field": "price_minor", "version": version}
    answer = post(signed_in, ONE_FIELD, fields)
    assert (answer.status_code, everything(session)) == (409, before)
    assert "$22.99" in answer.text
    for wrong in ("", "0", "x", "9" * 500, "-1", "²"):
        fields = {"field": "price_minor", "version": wrong}
        assert post(signed_in, ONE_FIELD, fields).status_code == 409
    assert everything(session) == before


def test_without_saying_what_nothing_is_discarded(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a missing scope taken for everything."""
    before = everything(session)
    token = field(signed_in.get(DISCARD).text, "token")
    assert post(signed_in, DISCARD, {"token": token}).status_code == 422
    assert post(signed_in, ONE_FIELD, {"version": "2", "field": "rank"}).status_code == 422
    assert everything(session) == before


@pytest.mark.parametrize(
    "path",
    [
        "discard?change=package-99-edited",
        "discard?order=DE",
        "discard?order=x%00",
        "items/package-1/discard?field=credits",
        "items/package-1/discard?field=__class__",
        "items/package-1/discard",
        "items/package-2/discard?field=name",
        "items/package-99/discard?field=name",
    ],
)
def test_what_is_not_there_is_not_found(signed_in: FlaskClient, path: str) -> None:
    answer = signed_in.get(f"{LIST}{path}")
    assert answer.status_code == 404
    assert '<button class="primary"' not in answer.text


def test_posting_what_is_not_there_is_refused(signed_in: FlaskClient, session: Session) -> None:
    before = everything(session)
    token = field(signed_in.get(DISCARD).text, "token")
    for scope in ({"change": "package-99-edited"}, {"order": "DE"}, {"change": "\0"}):
        assert post(signed_in, DISCARD, {"token": token, **scope}).status_code == 409
    assert everything(session) == before


def test_signed_out_nothing_is_discarded(client: FlaskClient, session: Session) -> None:
    before = everything(session)
    for path in ("discard", "items/package-1/discard", "undo/1"):
        assert client.post(f"{LIST}{path}", data={"everything": "1"}).status_code == 401
    assert everything(session) == before


def test_a_link_cannot_undo(signed_in: FlaskClient) -> None:
    assert signed_in.get(f"{LIST}undo/1").status_code == 405


def test_more_changes_ask_no_more_questions(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    assert_flat(app, session, signed_in, DISCARD)

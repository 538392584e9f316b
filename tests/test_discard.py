"""Discard: a field, a change or a country where it stands, everything from a page; then undone."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.catalogue.models import DraftBatch
from tests.conftest import Once
from tests.counting import assert_flat
from tests.html import texts, values
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
    ticked,
)

REVIEW = f"{LIST}review"
DISCARD = f"{LIST}discard"

pytestmark = pytest.mark.usefixtures("scene")


@pytest.fixture
def scene(once: Once) -> None:
    once(make_scene)


def make_scene(session: Session) -> None:
    """A to D are live; A was edited in two fields, B removed, D and C put before it, E added."""
    ids = add(session, "A", "B", "C", "D")
    apply_all(session)
    edit(session, ids[0], name="Aa", price_minor=2199)
    remove(session, ids[1])
    move(session, ids[2], 1)
    move(session, ids[3], 1)
    add(session, "E")


def confirm(client: FlaskClient, htmx: bool = False) -> TestResponse:
    """Opens the page that asks, and says yes."""
    page = client.get(DISCARD).text
    return post(client, DISCARD, dict(hidden_fields(page)), htmx=htmx)


def discard_in_review(client: FlaskClient, query: str, **typed: object) -> TestResponse:
    """Presses Discard beside a line."""
    page = client.get(REVIEW).text
    (address,) = {
        address for address in values(page, "[formaction]", "formaction") if address.endswith(query)
    }
    return post(client, address, {"token": field(page, "token"), **typed})


def undo_address(client: FlaskClient, answer: TestResponse) -> str:
    """Of the Undo that the answer, or the page it leads to, offers."""
    address = answer.headers.get("HX-Redirect") or answer.location
    page = client.get(address) if address else answer
    (undo,) = values(page.text, 'form[action*="/undo/"]', "action")
    return undo


def test_everything_is_shown_and_discarded(signed_in: FlaskClient, session: Session) -> None:
    page = signed_in.get(DISCARD).text
    assert ">Discard 5 changes?</h1>" in page
    assert texts(page, ".danger") == ["Discard 5 changes"]
    answer = confirm(signed_in)
    assert (answer.status_code, answer.location) == (303, REVIEW)
    assert pending(session) == []
    assert texts(signed_in.get(REVIEW).text, "#status p") == ["5 changes discarded. Undo"]


def test_htmx_is_led_to_the_review(signed_in: FlaskClient) -> None:
    answer = confirm(signed_in, htmx=True)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, REVIEW)


@pytest.mark.parametrize(
    ("query", "said", "left"),
    [
        ("package-2-removed", "Removal of B", ["moved Aa", "moved D", "edited Aa", "added E"]),
        ("package-5-added", "E", ["moved Aa", "moved D", "edited Aa", "removed B"]),
        ("package-4-moved", "Order of D", ["moved C", "edited Aa", "removed B", "added E"]),
        (
            "package-1-edited&field=price_minor",
            "Price of Aa",
            ["moved Aa", "moved D", "edited Aa", "removed B", "added E"],
        ),
        ("country=US", "United States: 5 changes", []),
    ],
)
def test_a_line_is_discarded_where_it_stands(
    signed_in: FlaskClient, session: Session, query: str, said: str, left: list[str]
) -> None:
    """Caught: everything discarded for one line; ticks and the note gone with it."""
    typed = {"note": "Typed", "change": ["package-2-removed", "package-3-edited"]}
    answer = discard_in_review(signed_in, query, **typed)
    assert answer.status_code == 200
    assert sorted(pending(session)) == sorted(left)
    assert texts(answer.text, "#status p") == [f"{said} discarded. Undo"]
    kept = "removed B" in left
    assert ticked(answer.text) == (["package-2-removed"] if kept else [])
    if left:
        assert field(answer.text, "note") == "Typed"
    post(signed_in, undo_address(signed_in, answer))
    assert len(pending(session)) == 5


def test_other_places_that_change_with_a_line_stay_chosen(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a move unticked as "new since you looked", as one package less was counted."""
    chosen = [key for key in ticked_all(signed_in) if key != "package-5-added"]
    answer = discard_in_review(signed_in, "package-5-added", change=chosen)
    assert ticked(answer.text) == chosen
    assert "New since you looked" not in answer.text
    edit(session, 1, name="Ab")
    answer = post(signed_in, f"{REVIEW}/again", {"token": field(answer.text, "token")})
    assert "New since you looked" in answer.text


def ticked_all(client: FlaskClient) -> list[str]:
    return values(client.get(REVIEW).text, "input[name=change]", "value")


def test_one_field_goes_back(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the whole edit discarded for one field."""
    labels = values(signed_in.get(REVIEW).text, "button[aria-label]", "aria-label")
    assert {"Discard Name of Aa", "Discard Price of Aa", "Discard B, Removed"} <= set(labels)
    discard_in_review(signed_in, "field=price_minor")
    package = draft(session, 1)
    assert (package.name, package.price_minor) == ("Aa", 1999)


def test_an_amount_goes_back_with_its_currency(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the amount alone: 18.10 euros became 18.10 francs."""
    edit(session, 1, price_minor=5000, currency="JPY")
    assert "Discard Currency" not in signed_in.get(REVIEW).text
    discard_in_review(signed_in, "field=price_minor")
    package = draft(session, 1)
    assert (package.price_minor, package.currency, package.name) == (1999, "USD", "Aa")


def test_it_says_what_will_become_of_each_and_whose_work_goes(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: old and new as they were drafted, not as they will be."""
    edit(session, 3, name="Cc", author=BOB)
    page = signed_in.get(DISCARD).text
    assert [line for line in differences(page) if line[0] != "Order"] == [
        ("Name", "was Cc → now C"),
        ("Name", "was Aa → now A"),
        ("Price", "was $21.99 → now $19.99"),
        ("Removed", "– → 100 credits, $19.99 2nd"),
        ("New", "was 100 credits, $19.99 → –"),
    ]
    assert f"Drafted by {BOB}" in texts(page, ".changes small")


def test_a_move_that_ends_where_it_began_says_who_moved(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: "3rd → 3rd", of a package that D passed while another one above it went."""
    ids = add(session, "A", "B", "C", "D", country="DE", currency="EUR")
    apply_all(session)
    remove(session, ids[0])
    move(session, ids[2], 3)
    still = ("Order", "– → Still 3rd, with others moved past it")
    for page in (DISCARD, REVIEW):
        assert still in differences(signed_in.get(page).text)
    drafted = signed_in.get(f"{LIST}preview?country=DE").text
    assert "still 3rd, with others moved past it" in texts(drafted, ".card-detail")


@pytest.mark.parametrize("htmx", [True, False])
def test_from_the_list_it_leads_back_there(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    back = f"{LIST}?country=US"
    token = field(signed_in.get(back).text, "token")
    sent = {"token": token, "change": "package-1-edited", "next": back}
    answer = post(signed_in, DISCARD, sent, htmx=htmx)
    assert answer.status_code == (200 if htmx else 303)
    assert (answer.headers.get("HX-Redirect") or answer.location) == back
    said = texts(signed_in.get(back).text, "#status p")
    assert said == ["Name, Price of Aa discarded. Undo"]
    assert len(pending(session)) == 4


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
    address = undo_address(signed_in, discard_in_review(signed_in, "field=price_minor"))
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
    address = undo_address(signed_in, discard_in_review(signed_in, "field=price_minor"))
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
    assert "Nothing discarded: it changed while you were looking." in answer.text
    assert "Discard 6 changes?" in answer.text
    assert everything(session) == before
    fresh = {"token": field(answer.text, "token"), "everything": "1"}
    assert post(signed_in, DISCARD, fresh).status_code == 303


@pytest.mark.parametrize("htmx", [True, False])
def test_what_became_another_is_not_discarded(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: the draft as it is now discarded for the one that was seen."""
    seen = {"token": field(signed_in.get(REVIEW).text, "token"), "change": "package-1-edited"}
    edit(session, 1, price_minor=2299)
    before = everything(session)
    in_review = f"{REVIEW}/discard?change=package-1-edited"
    of_country = f"{REVIEW}/discard?country=US"
    for address in (in_review, f"{in_review}&field=price_minor", of_country, DISCARD):
        answer = post(signed_in, address, seen, htmx=htmx)
        assert (answer.status_code, everything(session)) == (409, before)
        assert "Nothing discarded" in answer.text
        assert "$22.99" in answer.text
    assert everything(session) == before


def test_what_cannot_be_meant_is_refused(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a missing scope taken for everything."""
    before = everything(session)
    sent = {"token": field(signed_in.get(REVIEW).text, "token")}
    for address, fields, status in (
        (DISCARD, {}, 422),
        (DISCARD, {"change": "package-99-edited"}, 409),
        (DISCARD, {"change": "\0"}, 409),
        (f"{REVIEW}/discard", {}, 409),
        (f"{REVIEW}/discard?change=package-99-edited", {}, 409),
        (f"{REVIEW}/discard?change=%00&field=x", {}, 409),
        (f"{REVIEW}/discard?change=package-1-edited&field=rank", {}, 422),
        (f"{REVIEW}/discard?change=package-5-added&field=name", {}, 409),
        (f"{REVIEW}/discard?country=DE", {}, 409),
    ):
        answer = post(signed_in, address, {**sent, **fields})
        assert (address, answer.status_code) == (address, status)
    assert everything(session) == before


def test_the_address_of_the_answer_opens_the_review(signed_in: FlaskClient) -> None:
    answer = signed_in.get(f"{REVIEW}/discard?change=package-1-edited")
    assert (answer.status_code, answer.location) == (303, REVIEW)


def test_signed_out_nothing_is_discarded(client: FlaskClient, session: Session) -> None:
    before = everything(session)
    for path in ("discard", "review/discard", "undo/1"):
        assert client.post(f"{LIST}{path}", data={"everything": "1"}).status_code == 401
    assert everything(session) == before


def test_a_link_cannot_undo(signed_in: FlaskClient) -> None:
    assert signed_in.get(f"{LIST}undo/1").status_code == 405


def test_more_changes_ask_no_more_questions(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    assert_flat(app, session, signed_in, DISCARD)

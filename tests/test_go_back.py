"""Going back to a release: what buyers saw then is drafted and ticked, other drafts stay."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.storefront import live
from tests.conftest import ADMIN, only_sqlite
from tests.html import find, find_all, texts
from tests.page_helpers import (
    BOB,
    LIST,
    acknowledgements,
    add,
    apply_all,
    boxes,
    edit,
    edit_market,
    hidden_fields,
    market,
    move,
    order,
    pending,
    post,
    releases,
    remove,
    review_token,
    ticked,
)

BACK = f"{LIST}history/1/back"
REVIEW = f"{LIST}review?back=1"
SEEN = {"live": "2"}


def apply_review(client: FlaskClient, page: str, *include: str) -> None:
    """Applies what is ticked there, with all warnings checked and these colleagues included."""
    warnings = [key for key in acknowledgements(page) if not key.startswith("by-")]
    agreed = [*warnings, *(f"by-{email}" for email in include)]
    fields = dict(hidden_fields(page)) | {"change": ticked(page), "acknowledge": agreed}
    assert post(client, f"{LIST}review", fields).status_code == 303


def press(client: FlaskClient, path: str, fields: dict[str, str] = SEEN) -> str:
    """The page that the answer leads to."""
    answer = post(client, path, fields)
    assert answer.status_code == 303
    return client.get(answer.location).text


def cards(session: Session) -> list[tuple[str, int]]:
    session.rollback()
    shown = live.list_cards(session, live.live_release(session), "US")
    return [(card.values.name, card.values.price_minor) for card in shown]


@pytest.fixture
def _second(session: Session) -> None:
    """Release 1 sells A, B, C; release 2 changed them in every way, and the market."""
    add(session, "A", "B", "C")
    apply_all(session)
    edit(session, 1, price_minor=2999)
    remove(session, 2)
    move(session, 3, 1)
    add(session, "D")
    edit_market(session, "US", tax="when_used")
    apply_all(session)


@pytest.mark.usefixtures("_second")
def test_two_presses_undo_a_release(signed_in: FlaskClient, session: Session) -> None:
    """Caught: moves left out, which have no item of their own in the comparison."""
    assert post(signed_in, BACK, SEEN).location.startswith(REVIEW)
    page = press(signed_in, BACK)
    assert ticked(page) == boxes(page, "change")
    apply_review(signed_in, page)
    assert cards(session) == [("A", 1999), ("B", 1999), ("C", 1999)]
    assert market(session, "US").tax == "nothing"
    assert pending(session) == []
    assert releases(session) == 3


@pytest.mark.usefixtures("_second")
def test_other_drafts_stay_and_are_not_ticked(signed_in: FlaskClient, session: Session) -> None:
    """Caught: restoring the whole catalogue, which threw a colleague's work away."""
    add(session, "Theirs", country="DE", currency="EUR")
    edit(session, 3, name="C2", author=BOB)
    edit_market(session, "DE", note_de="Hallo")
    page = press(signed_in, BACK)
    assert {"added Theirs", "edited market"} <= set(pending(session))
    assert "edited C2" in pending(session)
    chosen = set(boxes(page, "change")) - set(ticked(page))
    assert chosen == {"package-5-added", "market-2-edited", "package-3-edited"}
    apply_review(signed_in, page)
    assert cards(session) == [("A", 1999), ("B", 1999), ("C", 1999)]
    assert set(pending(session)) == {"added Theirs", "edited market", "edited C2"}


@pytest.mark.usefixtures("_second")
def test_other_fields_of_the_same_stay(signed_in: FlaskClient, session: Session) -> None:
    """Caught: whole items put back, which threw away what a colleague drafted in other fields."""
    edit(session, 1, name="A by Bob", credits=150)
    edit_market(session, "US", note_de="Hallo")
    move(session, 4, 1)
    page = press(signed_in, BACK)
    draft = drafts.get_package(session, 1)
    assert (draft.name, draft.credits, draft.price_minor) == ("A by Bob", 150, 1999)
    assert market(session, "US").note_de == "Hallo"
    assert market(session, "US").tax == "nothing"
    assert "by-bob@example.com" in boxes(page, "acknowledge")


def test_moves_of_others_stay(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the whole order put back."""
    add(session, "A", "B", "C", "D")
    apply_all(session)
    move(session, 4, 1)
    apply_all(session)
    move(session, 2, 4)
    assert order(session) == ["D", "A", "C", "B"]
    page = press(signed_in, BACK)
    assert order(session) == ["A", "C", "D", "B"]
    assert ticked(page) == ["package-4-moved"]
    apply_review(signed_in, page, BOB)
    assert [name for name, _price in cards(session)] == ["A", "B", "C", "D"]
    assert pending(session) == ["moved B"]


@pytest.mark.usefixtures("_second")
@pytest.mark.parametrize("htmx", [True, False])
def test_a_newer_release_is_said_first(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: an old message's button, which took a colleague's release back as well."""
    edit(session, 3, name="C3", author=BOB)
    apply_all(session, author=BOB)
    before = pending(session)
    answer = post(signed_in, BACK, SEEN, htmx=htmx)
    assert answer.status_code == 409
    assert "bob@example.com applied release " in answer.text
    assert pending(session) == before
    assert post(signed_in, BACK, {"live": "x"}).status_code == 409


@pytest.mark.usefixtures("_second")
def test_when_buyers_see_that_already_it_says_so(signed_in: FlaskClient, session: Session) -> None:
    apply_review(signed_in, press(signed_in, BACK))
    page = press(signed_in, BACK, {"live": "3"})
    assert "Buyers see what they saw with release 1 already." in page
    assert pending(session) == []


@pytest.mark.usefixtures("_second")
def test_a_draft_of_the_same_is_replaced_and_can_be_taken_back(
    signed_in: FlaskClient, session: Session
) -> None:
    edit(session, 1, price_minor=5555)
    page = press(signed_in, BACK)
    assert drafts.get_package(session, 1).price_minor == 1999
    undo = find(page, "form[action*='/undo/']").attributes["action"]
    press(signed_in, str(undo))
    session.rollback()
    assert drafts.get_package(session, 1).price_minor == 5555
    assert order(session) == ["C", "A", "D"]


@pytest.mark.usefixtures("_second")
def test_whose_drafts_were_replaced_is_said(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a colleague's price gone without a word; and whoever drafted other fields, moved
    others, or wrote what somebody else replaced since, named with the rest."""
    edit(session, 1, price_minor=5555)
    edit(session, 1, name="A by Eve", author="eve@example.com")
    edit_market(session, "US", tax="included", author="dan@example.com")
    edit_market(session, "US", tax="nothing", author="dan@example.com")
    edit(session, 4, credits=7, author=ADMIN)
    move(session, 3, 3, author="cem@example.com")
    page = press(signed_in, BACK)
    [said] = texts(page, "#status p")
    assert "Drafts by bob@example.com and cem@example.com were replaced: A by Eve, C." in said
    assert "were replaced" not in press(signed_in, BACK)
    press(signed_in, str(find(page, "form[action*='/undo/']").attributes["action"]))
    session.rollback()
    assert drafts.get_package(session, 1).price_minor == 5555


@pytest.mark.usefixtures("_second")
def test_pressed_twice_it_opens_the_same_review(signed_in: FlaskClient, session: Session) -> None:
    """Caught: an error, as nothing is left to write the second time."""
    first = press(signed_in, BACK)
    before = pending(session)
    second = press(signed_in, BACK)
    assert ticked(first) == ticked(second)
    assert pending(session) == before


@pytest.mark.usefixtures("_second")
def test_it_is_offered_after_apply_and_in_the_history(
    signed_in: FlaskClient, session: Session
) -> None:
    edit(session, 1, name="A2", author="ana@example.com")
    token = review_token(signed_in)
    page = press(signed_in, f"{LIST}apply", {"token": token})
    assert find(page, "#go-back").attributes["action"] == f"{LIST}history/2/back"
    assert texts(page, "#status button") == ["Go back to release 2"]
    history = signed_in.get(f"{LIST}history").text
    assert texts(history, ".message button") == ["Go back to release 2"]
    assert find(signed_in.get(f"{LIST}history/1").text, f"form[action='{BACK}']")
    assert not find_all(signed_in.get(f"{LIST}history/3").text, "form[action$='/back']")


def test_after_the_first_release_there_is_nothing_to_go_back_to(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, "A")
    page = press(signed_in, f"{LIST}apply", {"token": review_token(signed_in)})
    assert "Release 1 is live" in page
    assert not find_all(page, "form[action$='/back']")


@pytest.mark.parametrize("number", ["7", "0", "99999999999999999999"])
def test_an_unknown_release(signed_in: FlaskClient, session: Session, number: str) -> None:
    add(session, "A")
    apply_all(session)
    before = pending(session)
    assert post(signed_in, f"{LIST}history/{number}/back").status_code == 404
    assert signed_in.get(f"{LIST}review?back={number}").status_code == 200
    assert signed_in.get(f"{LIST}review?back=x").status_code == 200
    assert pending(session) == before


@only_sqlite
@pytest.mark.usefixtures("_second")
def test_by_script_it_leads_there_as_well(signed_in: FlaskClient) -> None:
    answer = post(signed_in, BACK, SEEN, htmx=True)
    assert answer.headers["HX-Redirect"].startswith(REVIEW)

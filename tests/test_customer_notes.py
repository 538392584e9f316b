"""Notes of support: added once, in full, and never changed."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.customers.errors import UnfitNote
from domain.customers.notes import Reason, add_note, find_reasons, list_notes
from domain.database import writing
from tests.clock import Clock
from tests.conftest import ADMIN
from tests.customer_wallets import add_reason, add_wallet, give_for_a_reason
from tests.customers import add_customer
from tests.html import find, texts
from tests.page_helpers import field, post


def note(session: Session, customer_id: int, text: str, author: str = ADMIN) -> bool:
    with writing(session):
        return add_note(session, customer_id, text, author=author)


def test_the_newest_note_comes_first_page_by_page(session: Session) -> None:
    customer, other = add_customer(session), add_customer(session, email="b@posta.example")
    for n in range(5):
        note(session, customer, f"note {n}")
    note(session, other, "of another")
    wallet = add_wallet(session, customer)
    give_for_a_reason(wallet, customer, 5, "why")
    add_reason(session, customer, wallet.gift(5).seq, "other", is_shown=True)
    first = list_notes(session, customer, limit=3)
    assert [one.text for one in first.notes] == ["note 4", "note 3", "note 2"]
    second = list_notes(session, customer, before=first.older, limit=3)
    assert ([one.text for one in second.notes], second.older) == (["note 1", "note 0"], None)
    assert find_reasons(session, customer, [1, 2, 3]) == {
        1: Reason("why", ADMIN, is_shown=False, is_changed=False),
        2: Reason("other", ADMIN, is_shown=True, is_changed=True),
    }
    assert find_reasons(session, other, [1]) == {}


def test_a_note_that_is_sent_twice_is_there_once(session: Session, clock: Clock) -> None:
    """Caught: the same note twice for a button pressed twice; nobody can remove one."""
    customer = add_customer(session)
    assert note(session, customer, "Call dropped.\r\nTwice.")
    assert not note(session, customer, " Call dropped.\nTwice. ")
    assert note(session, customer, "Call dropped.\nTwice.", author="bob@example.com")
    clock.go_on(minutes=1)
    assert note(session, customer, "Call dropped.\nTwice.")


@pytest.mark.parametrize("text", ["", " \n ", "x" * 2001, "a\0b", "a\u202eb"])
def test_what_cannot_be_a_note(session: Session, text: str) -> None:
    customer = add_customer(session)
    with pytest.raises(UnfitNote):
        note(session, customer, text)


def test_a_note_is_written_on_the_page(signed_in: FlaskClient, session: Session) -> None:
    customer = add_customer(session)
    address = f"/customers/{customer}"
    for text in ("<b>Call</b> dropped\r\non 17 November", "مكالمة"):
        answer = post(signed_in, f"{address}/notes", {"text": text})
        assert (answer.status_code, answer.location) == (303, f"{address}#notes")
    page = signed_in.get(address).text
    assert texts(page, ".note") == ["مكالمة", "<b>Call</b> dropped on 17 November"]
    assert "\non 17 November" in page
    assert texts(page, ".notes small")[0].startswith("You · today")


def test_a_note_that_is_too_long_is_still_there(signed_in: FlaskClient, session: Session) -> None:
    customer = add_customer(session)
    answer = post(signed_in, f"/customers/{customer}/notes", {"text": "x" * 2001})
    assert answer.status_code == 422
    assert field(answer.text, "text").strip() == "x" * 2001
    assert find(answer.text, "#note-text").attributes["aria-invalid"] == "true"
    assert "The text is too long. Use at most 2,000 characters." in answer.text
    assert list_notes(session, customer).notes == []

"""What needs a person: the list, and saying that something is done."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.database import write, writing
from domain.purchases.judging import Reason
from domain.purchases.lost_models import UnknownPayment
from domain.purchases.money_back_models import PurchaseTask
from domain.purchases.rows import lock_purchase
from domain.purchases.rules import Hold
from domain.purchases.tasks import open_task
from domain.purchases.unknown import note_unheard_of
from tests.conftest import ADMIN
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import field, post
from tests.purchase_rows import add_buyer, add_purchase, add_refund
from tests.purchases import ATTEMPT, paid_purchase, purchase_of
from tests.withdrawals import declare, take_in_all, withdrawals

pytestmark = pytest.mark.on_both

PAGE = "/purchases/tasks"


def add_task(session: Session, kind: Hold, subject: str = "re_1", name: str = "Ayşe") -> int:
    """Its purchase's number is the same, as each has one."""
    purchase_id = add_purchase(session, add_buyer(session, name))

    def work(session: Session) -> None:
        open_task(session, lock_purchase(session, purchase_id), Reason(kind, subject))

    write(session, work)  # type: ignore[arg-type]
    return purchase_id


def test_nothing_waits(signed_in: FlaskClient) -> None:
    page = signed_in.get(PAGE).text
    assert "Nothing waits." in page
    assert not find_all(page, "#tasks-count")


def test_what_waits_is_in_the_menu_and_the_list(signed_in: FlaskClient, session: Session) -> None:
    for kind in Hold:
        add_task(session, kind)
    page = signed_in.get(PAGE).text
    assert text_of(find(page, "#tasks-count")) == f"waiting: {len(Hold)}"
    assert len(texts(page, ".task h2")) == len(Hold)
    assert "The share of the credits that goes with it was taken." in page
    refunds = values(page, ".task-acts a", "href")
    assert refunds == [
        "/purchases/2/refund?payment=re_1",
        "/purchases/4/refund",
        f"/purchases/{len(Hold)}/refund",
    ]
    assert "Needs a person" in texts(signed_in.get("/customers/").text, "nav a")


def test_what_is_done_is_gone_and_kept(signed_in: FlaskClient, session: Session) -> None:
    add_task(session, Hold.REFUNDED)
    answer = post(signed_in, f"{PAGE}/1/done", {"note": "Agreed by phone"})
    assert (answer.status_code, answer.location) == (303, PAGE)
    page = signed_in.get(PAGE).text
    assert "P-1: done." in page
    assert "Nothing waits." in page
    session.rollback()
    task = session.get_one(PurchaseTask, 1)
    assert (task.done_by, task.note) == (ADMIN, "Agreed by phone")
    assert purchase_of(session, 1).hold is None
    assert "Looked at by a person" in signed_in.get("/purchases/1").text


@pytest.mark.parametrize(
    ("status", "state"), [("", "declined"), ("succeeded", "refunded"), ("failed", "declined")]
)
def test_a_withdrawal_is_decided_with_its_task(
    signed_in: FlaskClient, session: Session, status: str, state: str
) -> None:
    """Caught: a withdrawal that waits for ever, whatever was done; a refund that failed taken for
    money that went back."""
    paid_purchase(session)
    declare(session, str(ATTEMPT.email))
    take_in_all(session)
    if status:
        add_refund(session, 1, status=status)
    post(signed_in, f"{PAGE}/1/done", {"note": "Agreed by phone"})
    assert [(one.state, one.handled_by) for one in withdrawals(session)] == [(state, ADMIN)]


def test_done_twice_is_said(signed_in: FlaskClient, session: Session) -> None:
    add_task(session, Hold.REFUNDED)
    post(signed_in, f"{PAGE}/1/done")
    answer = post(signed_in, f"{PAGE}/1/done")
    assert answer.status_code == 409
    assert "Nothing waits here any more" in text_of(find(answer.text, ".problems"))
    assert post(signed_in, f"{PAGE}/99/done").status_code == 404


def test_a_note_that_is_too_long_stays_in_its_field(
    signed_in: FlaskClient, session: Session
) -> None:
    add_task(session, Hold.REFUNDED)
    answer = post(signed_in, f"{PAGE}/1/done", {"note": "x" * 501})
    assert answer.status_code == 422
    assert field(answer.text, "note") == "x" * 501
    assert find_all(answer.text, "#note-1-error")
    assert purchase_of(session, 1).hold == "refunded"


def add_payment(session: Session) -> None:
    with writing(session):
        note_unheard_of(session, "stripe", "k" * 32, "cs_1")
        session.flush()
        found = session.get_one(UnknownPayment, 1)
        found.amount_minor, found.currency, found.why = 2089, "EUR", "unknown_customer"


def test_a_payment_without_a_purchase_waits_and_is_closed(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a payment that only the log names."""
    add_payment(session)
    page = signed_in.get(PAGE).text
    assert text_of(find(page, "#tasks-count")) == "waiting: 1"
    task = text_of(find(page, "#payment-1"))
    assert "€20.89" in task
    assert "Its customer is not here." in task
    long = post(signed_in, f"{PAGE}/payments/1/done", {"note": "x" * 501})
    assert (long.status_code, field(long.text, "note")) == (422, "x" * 501)
    answer = post(signed_in, f"{PAGE}/payments/1/done", {"note": "Given by hand"})
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "Nothing waits." in signed_in.get(PAGE).text
    again = post(signed_in, f"{PAGE}/payments/1/done")
    assert again.status_code == 409
    assert post(signed_in, f"{PAGE}/payments/9/done").status_code == 404
    session.rollback()
    assert session.get_one(UnknownPayment, 1).note == "Given by hand"


def test_names_are_text(signed_in: FlaskClient, session: Session) -> None:
    add_task(session, Hold.MISMATCH, subject="<b>", name="<script>alert(1)</script>")
    page = signed_in.get(PAGE).text
    assert "<script>alert" not in page
    assert "&lt;b&gt;" in page

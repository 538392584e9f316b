"""The page on which money is given back: what would happen, and doing it."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.purchases.queries import list_refunds
from tests.html import find, find_all, text_of, texts
from tests.page_helpers import field, post
from tests.purchase_rows import add_buyer, add_dispute, add_purchase, add_refund
from tests.purchases import balances, paid_purchase, purchase_of, wallet_of
from tests.shops import begin
from tests.simulator import Simulator

pytestmark = pytest.mark.on_both

PAGE = "/purchases/1/refund"
WHY = {"reason": "Did not like it"}


@pytest.fixture
def paid(shop: Flask, ana: FlaskClient, session: Session, simulator: Simulator) -> FlaskClient:
    """Purchase 1: 100 credits for $19.99, of which 40 are spent."""
    page, ref = begin(shop, session)
    simulator.pay(ref)
    post(ana, f"{page}/sync")
    wallet_of(session).spend(40)
    return ana


def press(client: FlaskClient, amount: str, **more: Any) -> TestResponse:  # noqa: ANN401
    """As after the forecast of that amount was shown."""
    echo = post(client, f"{PAGE}/echo", {"amount": amount}).text
    seen = field(echo, "seen") if 'name="seen"' in echo else ""
    return post(client, PAGE, {"amount": amount, "seen": seen} | WHY | more)


def lines(html: str) -> list[str]:
    return [plain(line) for line in texts(html, ".forecast div")]


def plain(text: str) -> str:
    """Without the marks around amounts."""
    return text.replace("\u2068", "").replace("\u2069", "")


def test_the_page_opens_with_what_can_go_back_without_a_debt(paid: FlaskClient) -> None:
    page = paid.get(PAGE).text
    assert field(page, "amount") == "11.99"
    assert lines(page) == [
        "Money back$11.99 of $19.99 that is left",
        "Credits taken60",
        "The customer then has0 credits free",
    ]
    assert "Refund" in texts(paid.get("/purchases/1").text, ".page-links a")


def test_what_is_typed_is_foretold(paid: FlaskClient) -> None:
    echo = post(paid, f"{PAGE}/echo", {"amount": "19.99"}).text
    assert lines(echo)[1:] == [
        "Credits taken100",
        "unspent, at once60",
        "spent, as a debt40",
        "The customer then has0 credits free, owes 40",
    ]
    assert "Up to $11.99 takes only credits that are unspent." in plain(echo)
    for typed in ("", "x", "0", "20", "1e3", "９" * 30):
        answer = post(paid, f"{PAGE}/echo", {"amount": typed})
        assert answer.status_code == 200
        assert lines(answer.text) == []
        assert text_of(find(answer.text, ".far-off"))


def test_a_refund_is_done_and_told(paid: FlaskClient, session: Session) -> None:
    answer = press(paid, "11.99")
    assert (answer.status_code, answer.location) == (303, "/purchases/1")
    page = paid.get(answer.location).text
    assert "The provider has the refund." in page
    assert texts(page, ".page-head .state") == ["Refunded"]
    [row] = list_refunds(session, 1)
    assert (row.amount_minor, row.status, row.reason) == (1199, "succeeded", WHY["reason"])
    assert balances(session) == (0, 0, 0)


def test_a_debt_needs_a_second_choice(paid: FlaskClient, session: Session) -> None:
    """Caught: spent credits given back with one press."""
    refused = press(paid, "19.99")
    assert refused.status_code == 422
    assert "Refund less, or tick this." in text_of(find(refused.text, "#refund-may_owe-error"))
    assert field(refused.text, "reason") == WHY["reason"]
    assert list_refunds(session, 1) == []
    assert press(paid, "19.99", may_owe="1").status_code == 303
    assert balances(session) == (0, 0, 40)


def test_another_outcome_than_was_shown_is_shown_first(paid: FlaskClient, session: Session) -> None:
    """Without scripts, a press with another amount shows what it would do. Caught: the first
    forecast taken for any amount."""
    opened = field(paid.get(PAGE).text, "seen")
    answer = post(paid, PAGE, {"amount": "5", "seen": opened} | WHY)
    assert answer.status_code == 409
    assert "This purchase has changed" in text_of(find(answer.text, ".problems"))
    assert lines(answer.text)[1] == "Credits taken26"
    assert list_refunds(session, 1) == []
    again = {"amount": "5", "seen": field(answer.text, "seen")} | WHY
    assert post(paid, PAGE, again).status_code == 303


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"amount": ""}, "amount"),
        ({"amount": "x"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "20"}, "amount"),
        ({"amount": str(2**63)}, "amount"),
        ({"amount": "1.999"}, "amount"),
        ({"reason": ""}, "reason"),
        ({"reason": "a\u3164b"}, "reason"),
        ({"reason": "a" * 500}, "reason"),
    ],
)
def test_bad_input_changes_nothing_and_stays(
    paid: FlaskClient, session: Session, typed: dict[str, str], error: str
) -> None:
    answer = press(paid, typed.get("amount", "5"), **{"reason": typed.get("reason", "Because")})
    assert answer.status_code == 422
    assert find_all(answer.text, f"#refund-{error}-error")
    assert list_refunds(session, 1) == []


def test_while_the_provider_is_silent_the_refund_is_kept(
    paid: FlaskClient, session: Session, simulator: Simulator
) -> None:
    """And nobody asks for another one. Caught: an error page, and a second press."""
    simulator.faults({"kind": "down", "path": "/v1/refunds", "method": "POST", "calls": 9})
    answer = press(paid, "5")
    page = paid.get(answer.location).text
    assert "Scrip asks it again by itself." in page
    assert [row.status for row in list_refunds(session, 1)] == ["asked"]
    refused = paid.get(PAGE)
    assert refused.status_code == 409
    assert "Wait until it has an answer." in refused.text
    assert press(paid, "5").status_code == 409


def test_what_the_provider_refuses_is_not_called_done(
    paid: FlaskClient, session: Session, simulator: Simulator
) -> None:
    """Caught: "The provider has the refund." of one that it refused."""
    echo = post(paid, f"{PAGE}/echo", {"amount": "5"}).text
    payment = purchase_of(session, 1).payment_ref
    assert payment
    simulator.refund(payment, 1999)
    answer = post(paid, PAGE, {"amount": "5", "seen": field(echo, "seen")} | WHY)
    assert "The provider refused the refund." in paid.get(answer.location).text


def test_what_cannot_go_back_says_why(ana: FlaskClient, shop: Flask, session: Session) -> None:
    page, _ref = begin(shop, session)
    assert "Refund" not in texts(ana.get(page).text, ".page-links a")
    answer = ana.get(f"{page}/refund")
    assert answer.status_code == 409
    assert "no money of it is here" in text_of(find(answer.text, "[role=alert] .message"))
    assert ana.get("/purchases/99/refund").status_code == 404
    assert post(ana, "/purchases/99/refund").status_code == 404


def test_a_purchase_of_another_provider_is_refunded_there(
    signed_in: FlaskClient, session: Session
) -> None:
    paid_purchase(session, provider="stripe")
    assert "Refund" not in texts(signed_in.get("/purchases/1").text, ".page-links a")
    answer = press(signed_in, "5")
    assert answer.status_code == 409
    assert "is not connected" in answer.text
    assert purchase_of(session, 1).taken_credits == 0


def test_a_purchase_of_before_has_no_payment_to_give_back(
    signed_in: FlaskClient, session: Session
) -> None:
    id = add_purchase(session, add_buyer(session))
    assert signed_in.get(f"/purchases/{id}/refund").status_code == 409


def test_refund_is_offered_as_long_as_money_of_the_payment_is_here(
    paid: FlaskClient, session: Session
) -> None:
    """Caught: no refund any more once the second payment of a purchase went back; one offered of
    what the bank had taken back."""
    payment = purchase_of(session, 1).payment_ref
    session.rollback()
    add_refund(session, 1, 1999, currency="USD", payment_ref="pi_second")
    assert find_all(paid.get("/purchases/1").text, f".page-head a[href='{PAGE}']")
    add_dispute(session, 1, "lost", currency="USD", payment_ref=payment)
    assert not find_all(paid.get("/purchases/1").text, f".page-head a[href='{PAGE}']")

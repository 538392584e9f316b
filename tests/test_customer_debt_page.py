"""Letting go what a customer owes."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.html import find, find_all, text_of, texts
from tests.page_helpers import field, post
from tests.purchases import balances, paid_purchase, purchase_of, refund, wallet_of
from tests.test_purchases_money_back import seen

pytestmark = pytest.mark.on_both

WHY = {"reason": "Our mistake"}


@pytest.fixture
def debtor(session: Session) -> str:
    """The page of a customer who owes 40 credits."""
    paid_purchase(session)
    wallet_of(session).spend(40)
    return f"/customers/{seen(session, refund()).customer_id}"


def test_a_debt_is_said_and_let_go(signed_in: FlaskClient, session: Session, debtor: str) -> None:
    page = signed_in.get(debtor).text
    assert "40 credits are owed" in text_of(find(page, ".message.warn"))
    form = signed_in.get(f"{debtor}/debt").text
    assert field(form, "amount") == "40"
    typed = {"amount": "30", "key": field(form, "key")} | WHY
    for _time in range(2):  # pressed twice, it is once
        answer = post(signed_in, f"{debtor}/debt", typed)
        assert (answer.status_code, answer.location) == (303, debtor)
    assert balances(session) == (0, 0, 10)
    assert purchase_of(session, 1).forgiven_credits == 30
    assert "Our mistake" in signed_in.get(debtor).text


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"amount": ""}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "41"}, "amount"),
        ({"amount": str(2**63)}, "amount"),
        ({"amount": "1.5"}, "amount"),
        ({"reason": ""}, "reason"),
    ],
)
def test_bad_input_changes_nothing_and_stays(
    signed_in: FlaskClient, session: Session, debtor: str, typed: dict[str, str], wrong: str
) -> None:
    answer = post(signed_in, f"{debtor}/debt", {"amount": "40", "key": "k" * 32} | WHY | typed)
    assert answer.status_code == 422
    assert find_all(answer.text, f"#debt-{wrong}-error")
    for name, text in typed.items():
        assert field(answer.text, name) == text
    assert balances(session) == (0, 0, 40)


def test_who_owes_nothing_has_nothing_to_let_go(signed_in: FlaskClient, session: Session) -> None:
    paid_purchase(session)
    page = f"/customers/{purchase_of(session, 1).customer_id}"
    assert texts(signed_in.get(page).text, ".message.warn") == []
    answer = post(signed_in, f"{page}/debt", {"amount": "1", "key": "k" * 32} | WHY)
    assert answer.status_code == 422
    assert signed_in.get("/customers/99/debt").status_code == 404
    assert post(signed_in, "/customers/99/debt", WHY).status_code == 404

"""The customer's purchases and receipts."""

import csv

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.keyset import PAGE_ROWS
from domain.ledger import corrections
from domain.purchases.own_purchases import Paid, sum_paid
from tests.account_pages import customer_client
from tests.companies import LOTUS, save_company
from tests.customer_wallets import add_wallet
from tests.customers import add_customer
from tests.html import find, find_all, text_of, texts, values
from tests.purchase_rows import add_dispute, add_purchase, add_refund
from tests.receipts import add_receipt

PAGE = "/account/purchases"


@pytest.fixture
def ayse(engine: Engine) -> int:
    return add_customer(engine)


@pytest.fixture
def client(app: Flask, engine: Engine, ayse: int) -> FlaskClient:
    return customer_client(app, engine, ayse)


def test_purchases_are_listed_with_their_receipts(
    client: FlaskClient, session: Session, engine: Engine, ayse: int
) -> None:
    """Caught: the purchases of all customers."""
    assert "You have bought nothing yet." in client.get(f"{PAGE}?lang=en").text
    paid = add_purchase(session, ayse)
    declined = add_purchase(session, ayse, "failed", failure="declined")
    add_receipt(session, paid)
    add_purchase(session, add_customer(engine, email="bora@posta.example"), name="Bora's")
    page = client.get(f"{PAGE}?lang=en").text
    assert texts(page, ".statement-rows strong[dir]") == ["Start", "Start"]
    assert texts(page, ".end small") == ["Not paid: your bank said no", "Paid"]
    assert texts(page, ".end strong") == ["€20.89", "€20.89"]
    assert values(page, ".statement-rows a", "href") == [
        *(f"/checkout/purchases/{declined}", f"{PAGE}/{paid}/receipt")
    ]
    home = client.get("/account?lang=en").text
    assert texts(home, f".row[href='{PAGE}'] span") == ["Purchases and receipts", "2 purchases"]


@pytest.mark.parametrize(
    ("disputes", "said"),
    [
        (("open",), "Disputed at your bank"),
        (("unknown",), "Disputed at your bank"),
        (("lost", "open"), "Disputed at your bank"),
        (("lost",), "Your bank gave you money back"),
        (("won", "lost"), "Your bank gave you money back"),
        (("won",), "Paid: your bank let the payment stand"),
    ],
)
def test_what_the_bank_decided_is_said(
    client: FlaskClient, session: Session, ayse: int, disputes: tuple[str, ...], said: str
) -> None:
    """Caught: "Disputed at your bank" for good, after the bank has decided."""
    paid = add_purchase(session, ayse)
    for status in disputes:
        add_dispute(session, paid, status)
    assert texts(client.get(f"{PAGE}?lang=en").text, ".end small") == [said]


def test_many_purchases_come_page_by_page(client: FlaskClient, session: Session, ayse: int) -> None:
    ids = [add_purchase(session, ayse) for _ in range(PAGE_ROWS + 1)]
    page = client.get(PAGE).text
    assert values(page, ".pages a", "href") == [f"{PAGE}?below={ids[1]}"]
    older = client.get(f"{PAGE}?below={ids[1]}").text
    assert values(older, ".statement-rows li", "id") == [f"purchase-{ids[0]}"]
    assert values(older, ".pages a", "href") == [PAGE]
    assert "There is nothing earlier." in client.get(f"{PAGE}?below={ids[0]}&lang=en").text
    for junk in ("x", "-1", "0", "9" * 30):
        assert client.get(f"{PAGE}?below={junk}").status_code == 200


def test_a_receipt_reads_as_it_was_issued(client: FlaskClient, session: Session, ayse: int) -> None:
    """Caught: the company of today; the day by the clock of the server."""
    paid = add_purchase(session, ayse, language="en")
    add_receipt(session, paid, card={"brand": "amex", "last4": "4242"})
    page = client.get(f"{PAGE}/{paid}/receipt?lang=de").text
    paper = find(page, "article.paper")
    assert (paper.attributes["lang"], paper.attributes["dir"]) == ("en", "ltr")
    shown = text_of(paper)
    save_company(session, LOTUS._replace(legal_name="Lily GmbH", address="Am See 1\nKöln"))
    later = client.get(f"{PAGE}/{paid}/receipt").text
    assert text_of(find(later, "article.paper")) == shown
    assert texts(later, ".shop-foot p") == ["Lily GmbH · Am See 1, Köln"]
    assert values(later, ".foot-links a", "href") == [LOTUS.terms_url, LOTUS.privacy_url]
    for said in (
        *("TEST No real money was paid.", "Receipt TEST-2026-000184 · 30 Nov 2026"),
        "Lotus Consulting GmbH Torstraße 140 10119 Berlin Germany Tax number DE 136 695 976",
        "Billed to Yıldırım A.Ş. Ayşe Yıldırım ayse@posta.example Tax number 4540536920",
        *("Paid 30 Nov 2026, 00:06 (Europe/Berlin)", "American Express ending \u20684242\u2069"),
        *("Start 100 €20.89", "Net €17.55", "VAT 19% €3.34", "Total paid €20.89"),
        "Bought credits do not expire.",
    ):
        assert said in shown
    assert "you asked for your credits at once." in shown
    assert find_all(page, "button[data-print][hidden]")
    assert values(page, ".paper-ways a", "href") == [f"{PAGE}/{paid}/receipt.pdf"]
    assert client.get(f"{PAGE}/{paid}/receipt").headers["Cache-Control"] == "private, no-store"


def test_statement_lines_lead_to_receipts(client: FlaskClient, session: Session, ayse: int) -> None:
    """Caught: a link to a purchase that has no receipt."""
    paid = add_purchase(session, ayse)
    add_receipt(session, paid)
    wallet = add_wallet(session, ayse)
    wallet.bought(100, paid)
    wallet.bought(100, paid + 1)
    page = client.get("/account?lang=en").text
    assert values(page, ".statement-rows a", "href") == [f"{PAGE}/{paid}/receipt"]
    assert texts(page, ".statement-rows strong")[-2:] == ["100 credits bought", "Bought: Start"]


def test_credits_that_come_back_are_not_bought_again(
    client: FlaskClient, session: Session, ayse: int
) -> None:
    """Of a refund that did not arrive. Caught: the same package bought a second time."""
    paid = add_purchase(session, ayse)
    add_receipt(session, paid)
    wallet = add_wallet(session, ayse)
    wallet.bought(100, paid)
    wallet.bought(60, paid, source=f"purchase:{paid}:9:back:1")
    page = client.get("/account?lang=en").text
    said = texts(page, ".statement-rows strong")
    assert said[-2:] == ["60 credits given back", "Bought: Start"]
    assert values(page, ".statement-rows a", "href") == [f"{PAGE}/{paid}/receipt"] * 2


def test_credits_that_come_back_are_not_bought_again_in_files(
    signed_in: FlaskClient, client: FlaskClient, session: Session, ayse: int
) -> None:
    """Caught: "60 credits bought" in the file, for credits of a refund that did not arrive."""
    paid = add_purchase(session, ayse)
    add_receipt(session, paid)
    wallet = add_wallet(session, ayse)
    wallet.bought(100, paid)
    wallet.spend(100)
    wallet.entry(corrections.revoke, 10, purchase_id=paid, may_owe=True, actor="scrip")
    wallet.bought(60, paid, source=f"purchase:{paid}:9:back:1")
    said = "60 credits given back, 10 paid a debt"
    for reader, address in (
        (client, "/account/statement.csv?lang=en"),
        (signed_in, f"/customers/{ayse}/statement.csv"),
    ):
        lines = csv.reader(reader.get(address).text.removeprefix("\ufeff").splitlines())
        assert [line[2] for line in lines][1::3] == [said, "100 credits bought"]
    assert texts(client.get("/account?lang=en").text, ".statement-rows strong")[0] == said


def test_admins_read_the_same_receipt(
    signed_in: FlaskClient, client: FlaskClient, session: Session, ayse: int
) -> None:
    paid = add_purchase(session, ayse, language="ar")
    add_receipt(session, paid)
    page = signed_in.get(f"/purchases/{paid}/receipt").text
    paper = find(page, "article.paper")
    assert text_of(paper) == text_of(
        find(client.get(f"{PAGE}/{paid}/receipt").text, "article.paper")
    )
    assert texts(page, ".crumb a") == ["Purchases", f"P-{paid}"]
    assert values(page, ".paper-ways a", "href") == [f"/purchases/{paid}/receipt.pdf"]
    assert signed_in.get(f"/purchases/{paid + 1}/receipt").status_code == 404
    opened = add_purchase(session, ayse, "open")
    assert signed_in.get(f"/purchases/{opened}/receipt").status_code == 404
    assert client.get(f"/purchases/{paid}/receipt").status_code == 302


def test_a_receipt_without_tax_company_or_card(
    client: FlaskClient, session: Session, ayse: int
) -> None:
    paid = add_purchase(session, ayse, tax="when_used", language="ar")
    nobody = dict.fromkeys(("name", "email", "company", "tax_number"), "")
    seller = dict.fromkeys(("address", "country", "tax_number", "email", "phone"), "")
    seller["legal_name"] = "<Shop>"
    add_receipt(session, paid, series="R", buyer=nobody, seller=seller, card=None, consent="")
    page = client.get(f"{PAGE}/{paid}/receipt?lang=en").text
    paper = find(page, "article.paper")
    assert (paper.attributes["lang"], paper.attributes["dir"]) == ("ar", "rtl")
    assert texts(page, ".paper header bdi")[0] == "2026-000184"
    assert not find_all(page, ".paper-test")
    assert len(find_all(page, ".paper-sums > div")) == 1
    assert "&lt;Shop&gt;" in page


def test_without_a_payment_there_is_no_receipt(
    client: FlaskClient, session: Session, ayse: int
) -> None:
    opened = add_purchase(session, ayse, state="open")
    answer = client.get(f"{PAGE}/{opened}/receipt?lang=en")
    assert answer.status_code == 404
    assert "This purchase has no receipt yet. It comes with the payment." in answer.text
    assert client.get(f"{PAGE}/{opened + 1}/receipt").status_code == 404


def test_what_was_paid_is_summed_by_currency(session: Session, ayse: int) -> None:
    """Caught: what went back counted as paid; purchases that never were."""
    assert sum_paid(session, ayse) == Paid(0, {})
    first = add_purchase(session, ayse)
    add_purchase(session, ayse, currency="GBP", price_minor=4699)
    add_purchase(session, ayse)
    add_purchase(session, ayse, state="open")
    for status in ("succeeded", "failed"):
        add_refund(session, first, 1000, status)
    assert sum_paid(session, ayse) == Paid(3, {"EUR": 3178, "GBP": 4699})


def test_what_a_bank_took_back_is_not_paid(session: Session, ayse: int) -> None:
    """Caught: a lost dispute counted as paid."""
    lost, won = add_purchase(session, ayse), add_purchase(session, ayse)
    add_dispute(session, lost, "lost")
    add_dispute(session, won, "won")
    assert sum_paid(session, ayse) == Paid(2, {"EUR": 2089})


def test_what_went_back_of_a_second_payment_leaves_the_first_one_paid(
    session: Session, ayse: int
) -> None:
    """Caught: nothing was paid any more, once what was paid twice went back once."""
    bought = add_purchase(session, ayse, payment_ref="pi_1")
    add_refund(session, bought, payment_ref="pi_2")
    assert sum_paid(session, ayse) == Paid(1, {"EUR": 2089})

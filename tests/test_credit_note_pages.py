"""Credit notes: the paper, for admins and for the buyer, and the ways to it."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.account_pages import customer_client
from tests.customers import add_customer
from tests.html import find, text_of, texts, values
from tests.purchase_rows import add_purchase
from tests.receipts import add_credit_note, add_receipt
from tests.test_receipt_pdf import read, words

INCLUDED: dict[str, Any] = {"tax": "included", "tax_basis_points": 1900, "tax_minor": 334}


def with_notes(engine: Engine, session: Session) -> int:
    """The customer: purchase 1 has note 1, and note 2 that takes it back."""
    ayse = add_customer(engine)
    add_receipt(session, add_purchase(session, ayse, language="en", **INCLUDED))
    add_credit_note(session, 1)
    add_credit_note(session, 1, reverses=1)
    return ayse


def plain(text: str) -> str:
    return text.replace("\u2068", "").replace("\u2069", "")


def test_a_credit_note_says_what_went_back(
    signed_in: FlaskClient, engine: Engine, session: Session
) -> None:
    with_notes(engine, session)
    page = signed_in.get("/purchases/1/credit-notes/1").text
    said = plain(text_of(find(page, "article.paper")))
    for part in (
        "Credit note",
        "TEST-CN-2026-000007",
        "Corrects receipt TEST-2026-000184.",
        "Net €8.40",
        "VAT 19% €1.60",
        "Total paid back €10.00",
        "TEST No real money was paid.",
    ):
        assert part in said
    assert "do not expire" not in said


def test_what_takes_a_note_back_has_its_amounts_below_zero(
    signed_in: FlaskClient, engine: Engine, session: Session
) -> None:
    """Caught: money back twice in the books."""
    with_notes(engine, session)
    page = signed_in.get("/purchases/1/credit-notes/2").text
    said = plain(text_of(find(page, "article.paper")))
    assert "Takes back credit note TEST-CN-2026-000007: the refund did not arrive." in said
    assert "Total paid back -€10.00" in said
    assert "VAT 19% -€1.60" in said


def test_the_way_leads_from_purchase_and_receipt(
    app: Flask, signed_in: FlaskClient, engine: Engine, session: Session
) -> None:
    client = customer_client(app, engine, with_notes(engine, session))
    links = values(signed_in.get("/purchases/1").text, "#main a, main a", "href")
    assert "/purchases/1/credit-notes/1" in links
    own = client.get("/account/purchases/1/receipt?lang=en").text
    assert [plain(text) for text in texts(own, ".paper-corrections li")] == [
        "Credit note TEST-CN-2026-000007 €10.00",
        "Credit note TEST-CN-2026-000008 -€10.00",
    ]
    for address in values(own, ".paper-corrections a", "href"):
        assert client.get(address).status_code == 200


def test_the_pdf_says_what_the_page_says(
    app: Flask, signed_in: FlaskClient, engine: Engine, session: Session
) -> None:
    client = customer_client(app, engine, with_notes(engine, session))
    page = client.get("/account/purchases/1/credit-notes/1").text
    own = client.get("/account/purchases/1/credit-notes/1.pdf")
    apart = page.replace("</th><th", "</th> <th")
    assert words(read(own.data)) == words(text_of(find(apart, "article.paper")))
    assert signed_in.get("/purchases/1/credit-notes/1.pdf").data == own.data


def test_a_note_of_another_purchase_is_not_there(
    signed_in: FlaskClient, engine: Engine, session: Session
) -> None:
    ayse = with_notes(engine, session)
    add_receipt(session, add_purchase(session, ayse), 185)
    for path in ("2/credit-notes/1", "1/credit-notes/9", "9/credit-notes/1"):
        assert signed_in.get(f"/purchases/{path}").status_code == 404
        assert signed_in.get(f"/purchases/{path}.pdf").status_code == 404

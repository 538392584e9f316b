"""Receipts as PDF: what they say, who gets them, and how they come with the mail."""

import threading
from collections import Counter
from email.message import EmailMessage
from functools import partial
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlalchemy.orm import Session

import worker
from blueprints import mails, receipt_pdf
from domain.database import write
from domain.mail.server import read_mail_server
from domain.outbox.acts import put
from domain.outbox.rules import MAIL, State
from extensions import db
from tests.account_pages import customer_client
from tests.companies import LOTUS
from tests.customers import add_customer
from tests.html import find, text_of
from tests.mail_server import mail_server
from tests.purchase_rows import add_purchase
from tests.real_worker import read_mail
from tests.receipts import add_receipt

PAGE = "/account/purchases"
MARKS = str.maketrans("", "", "\u2066\u2067\u2068\u2069\u200f\u061c")


@pytest.fixture
def ayse(engine: Engine) -> int:
    return add_customer(engine)


@pytest.fixture
def client(app: Flask, engine: Engine, ayse: int) -> FlaskClient:
    return customer_client(app, engine, ayse)


def words(text: str) -> Counter[str]:
    return Counter(text.translate(MARKS).split())


def read(pdf: bytes) -> str:
    (page,) = PdfReader(BytesIO(pdf)).pages
    return page.extract_text()


@pytest.mark.parametrize("language", ["en", "tr", "de"])
def test_a_pdf_says_what_the_page_says(
    client: FlaskClient, session: Session, ayse: int, language: str
) -> None:
    """Caught: a line of the page that was not printed. In the language of the purchase, whatever
    that of the reader."""
    paid = add_purchase(session, ayse, language=language)
    add_receipt(session, paid, package="Für Şule İnci")
    page = client.get(f"{PAGE}/{paid}/receipt?lang=ar").text
    answer = client.get(f"{PAGE}/{paid}/receipt.pdf?lang=ar")
    apart = page.replace("</th><th", "</th> <th")
    assert words(read(answer.data)) == words(text_of(find(apart, "article.paper")))


def test_a_pdf_in_arabic_keeps_numbers_whole(
    client: FlaskClient, session: Session, ayse: int
) -> None:
    """Letters come in the order in which they are seen, so words are not compared."""
    paid = add_purchase(session, ayse, language="ar", country="AE", tax="when_used")
    buyer = {"name": "محمد علي", "email": "m@b.example", "company": "", "tax_number": "EG 12-34"}
    add_receipt(session, paid, series="R", buyer=buyer)
    pdf = client.get(f"{PAGE}/{paid}/receipt.pdf").data
    text = read(pdf)
    for whole in ("2026-000184", "EG 12-34", "+49 30 1234567", "Lotus Consulting GmbH", "4242"):
        assert whole in text
    assert "TEST" not in text
    assert b"/Lang (ar)" in pdf
    page = text_of(find(client.get(f"{PAGE}/{paid}/receipt").text, "article.paper"))
    digits = [letter for letter in page if letter.isdigit()]
    assert Counter(letter for letter in text if letter.isdigit()) == Counter(digits)


def test_admins_and_buyers_get_the_same_file(
    signed_in: FlaskClient, client: FlaskClient, session: Session, ayse: int
) -> None:
    paid, opened = add_purchase(session, ayse, language="en"), add_purchase(session, ayse, "open")
    add_receipt(session, paid)
    own = client.get(f"{PAGE}/{paid}/receipt.pdf")
    assert own.mimetype == "application/pdf"
    named = 'attachment; filename="TEST-2026-000184.pdf"'
    seen = signed_in.get(f"/purchases/{paid}/receipt.pdf")
    for answer in (own, seen):
        assert answer.headers["Content-Disposition"] == named
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert seen.data == own.data
    assert "TEST No real money was paid." in read(own.data)
    for nothing in (opened, opened + 1):
        assert client.get(f"{PAGE}/{nothing}/receipt.pdf").status_code == 404
        assert signed_in.get(f"/purchases/{nothing}/receipt.pdf").status_code == 404
    assert client.get(f"/purchases/{paid}/receipt.pdf").status_code == 302


def put_receipt(session: Session, purchase_id: int) -> None:
    data = {
        **{"purchase": purchase_id, "package": "Start", "credits": 100, "language": "en"},
        **{"price_minor": 2089, "currency": "EUR", "consent": "2026-11", "origin": ""},
        **{"receipt": "TEST-2026-000184", "seller": LOTUS._asdict()},
    }
    put_one = partial(put, kind=MAIL, key="receipt", topic="receipt", recipient="a@b.example")
    write(session, partial(put_one, data=data))


def send(app: Flask) -> list[EmailMessage]:
    """Parts of the one mail that is sent: text, HTML, files."""
    with mail_server() as (port, moods), app.app_context():
        server = read_mail_server(f"smtp://127.0.0.1:{port}", "credits@example.com")
        deliver = partial(mails.deliver, server=server)
        assert worker.send_one(db.session, MAIL, deliver, threading.Event())
    (mail,) = moods.taken
    parts = [part for part in mail.walk() if not part.is_multipart()]
    assert all(isinstance(part, EmailMessage) for part in parts)
    return parts


@pytest.mark.on_both
def test_the_mail_brings_the_receipt(
    app: Flask, engine: Engine, session: Session, client: FlaskClient, ayse: int
) -> None:
    paid = add_purchase(session, ayse)
    add_receipt(session, paid)
    put_receipt(session, paid)
    text, html, file = send(app)
    assert (file.get_content_type(), file.get_filename()) == (
        *("application/pdf", "TEST-2026-000184.pdf"),
    )
    assert file.get_content() == client.get(f"{PAGE}/{paid}/receipt.pdf").data
    for part in (text, html):
        assert "The receipt is attached as PDF." in part.get_content()
    assert "The receipt is attached as PDF." in read_mail(engine).body


@pytest.mark.on_both
def test_a_receipt_that_cannot_be_printed_holds_up_no_mail(
    app: Flask,
    engine: Engine,
    session: Session,
    ayse: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Caught: the error of the printer, which put the mail off until it was given up."""
    paid = add_purchase(session, ayse)
    add_receipt(session, paid)
    put_receipt(session, paid)

    def fail(_paper: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(receipt_pdf, "print_paper", fail)
    text, _html = send(app)
    assert "attached" not in text.get_content()
    assert "Receipt: TEST-2026-000184" in text.get_content()
    assert read_mail(engine).state == State.SENT
    assert "TEST-2026-000184 could not be printed" in caplog.text


def test_a_mail_that_is_only_kept_promises_no_file(
    app: Flask, engine: Engine, session: Session, ayse: int
) -> None:
    paid = add_purchase(session, ayse)
    add_receipt(session, paid)
    put_receipt(session, paid)
    with app.app_context():
        assert worker.send_one(db.session, MAIL, mails.keep, threading.Event())
    message = read_mail(engine)
    assert message.state == State.KEPT
    assert "attached" not in message.body

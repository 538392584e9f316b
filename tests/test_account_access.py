"""Every address of the customers' pages, and who may do what there: nobody, this customer, another
one, an admin."""

from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.account_pages import customer_client, send_form, sign_in_customer
from tests.customers import add_customer
from tests.purchase_rows import add_purchase
from tests.receipts import add_credit_note, add_receipt

SIGN_IN = "/account/sign-in"
PURCHASE = "/checkout/purchases/1"
NOTE = "/account/purchases/1/credit-notes/1"


class Access(NamedTuple):
    """The status that each gets. An admin is nobody here: their sign-in has nothing to do with
    that of a customer, and the other way round."""

    path: str
    nobody: int
    customer: int
    other: int | None = None  # where it is about one customer's rows; else the same as `customer`


# "METHOD endpoint"
ACCESS = {
    "GET account.sign_in": Access(SIGN_IN, nobody=200, customer=303),
    "POST account.send_code": Access(SIGN_IN, nobody=303, customer=303),
    "GET account.code": Access(f"{SIGN_IN}/code", nobody=303, customer=303),
    "POST account.check_code": Access(f"{SIGN_IN}/code", nobody=303, customer=303),
    "GET account.choose": Access(f"{SIGN_IN}/choose", nobody=303, customer=303),
    "POST account.open_chosen": Access(f"{SIGN_IN}/choose", nobody=303, customer=303),
    "POST account.sign_out": Access("/account/sign-out", nobody=303, customer=303),
    "GET account.enter": Access("/enter", nobody=403, customer=303),
    "POST account.arrive": Access("/enter", nobody=403, customer=403),  # with no token
    "POST account.go_on": Access("/enter/go-on", nobody=403, customer=403),
    "GET account.choose_language": Access("/account/language?lang=tr", nobody=303, customer=303),
    "GET account.home": Access("/account", nobody=303, customer=200),
    "GET account.statement_csv": Access("/account/statement.csv", nobody=303, customer=200),
    "GET account.purchases": Access("/account/purchases", nobody=303, customer=200),
    # The first purchase there is.
    "GET account.receipt": Access("/account/purchases/1/receipt", 303, 200, other=404),
    "GET account.receipt_pdf": Access("/account/purchases/1/receipt.pdf", 303, 200, other=404),
    "GET account.credit_note": Access(NOTE, 303, 200, other=404),
    "GET account.credit_note_pdf": Access(f"{NOTE}.pdf", 303, 200, other=404),
    "GET account.profile": Access("/account/profile", nobody=303, customer=200),
    "POST account.save_profile": Access("/account/profile", nobody=303, customer=303),
    "GET account.email": Access("/account/email", nobody=303, customer=200),
    "POST account.send_email_code": Access("/account/email", nobody=303, customer=303),
    "GET account.email_code": Access("/account/email/code", nobody=303, customer=303),
    "POST account.check_email_code": Access("/account/email/code", nobody=303, customer=303),
    "GET account.emails": Access("/account/emails", nobody=303, customer=200),
    "POST account.save_emails": Access("/account/emails", nobody=303, customer=303),
    "GET account.sign_ins": Access("/account/sign-ins", nobody=303, customer=200),
    # The first sign-in there is.
    "POST account.end_sign_in": Access("/account/sign-ins/1/end", 303, 303, other=404),
    "POST account.end_sign_ins": Access("/account/sign-ins/end", nobody=303, customer=303),
    "GET withdrawals.begin": Access("/withdraw", nobody=200, customer=200),
    "POST withdrawals.send": Access("/withdraw", nobody=303, customer=303),
    "GET withdrawals.received": Access("/withdraw/received", nobody=303, customer=303),
    # There is no package and no purchase.
    "GET checkout.buy": Access("/checkout/1", nobody=410, customer=410),
    "POST checkout.place_order": Access("/checkout/1", nobody=410, customer=410),
    # There is no such link.
    "GET checkout.pay_by_link": Access("/pay/unknown", nobody=410, customer=410),
    "POST checkout.place_order_by_link": Access("/pay/unknown", nobody=410, customer=410),
    "GET checkout.after": Access(PURCHASE, nobody=303, customer=404),
    "GET checkout.state": Access(f"{PURCHASE}/state", nobody=401, customer=404),
    "GET checkout.show_purchase": Access(f"{PURCHASE}/again", nobody=303, customer=303),
    "POST checkout.again": Access(f"{PURCHASE}/again", nobody=303, customer=404),
}
# What each form holds, where it holds more than its token.
FORMS: dict[str, dict[str, str]] = {
    "POST withdrawals.send": {
        **{"name": "Ayşe", "number": "P-1", "email": "ayse@posta.example", "act": "confirm"},
    },
    "POST account.send_code": {"email": "ayse@posta.example"},
    "POST account.send_email_code": {"email": "new@posta.example"},
    "POST account.save_profile": {"name": "A", "language": "en", "country": "", "version": "1"},
}


def with_a_receipt(session: Session) -> None:
    """Of the first customer there is."""
    add_receipt(session, add_purchase(session, 1))


def with_a_credit_note(session: Session) -> None:
    with_a_receipt(session)
    add_credit_note(session, 1)


# What some need besides the customers.
SCENES = {
    **dict.fromkeys(("GET account.receipt", "GET account.receipt_pdf"), with_a_receipt),
    **dict.fromkeys(("GET account.credit_note", "GET account.credit_note_pdf"), with_a_credit_note),
}


class Browsers(NamedTuple):
    nobody: FlaskClient
    customer: FlaskClient
    other: FlaskClient
    admin: FlaskClient


@pytest.fixture
def browsers(app: Flask, engine: Engine, signed_in: FlaskClient) -> Browsers:
    ayse = customer_client(app, engine, add_customer(engine))
    bora = add_customer(engine, email="bora@posta.example", name="Bora")
    return Browsers(app.test_client(), ayse, customer_client(app, engine, bora), signed_in)


def send(client: FlaskClient, key: str) -> int:
    method, _, _endpoint = key.partition(" ")
    if method == "GET":
        return client.get(ACCESS[key].path).status_code
    return send_form(client, ACCESS[key].path, **FORMS.get(key, {})).status_code


@pytest.mark.parametrize("key", ACCESS)
def test_each_gets_what_is_theirs(browsers: Browsers, session: Session, key: str) -> None:
    """Caught: the guard left out; an admin taken for a customer."""
    if key in SCENES:
        SCENES[key](session)
    access = ACCESS[key]
    expected = {
        "nobody": access.nobody,
        "admin": access.nobody,
        "other": access.customer if access.other is None else access.other,
        "customer": access.customer,
    }
    got = {who: send(getattr(browsers, who), key) for who in expected}
    assert got == expected


def test_every_address_is_in_the_table(app: Flask) -> None:
    """Caught: a new route of the customers that no test of access knows."""
    there = {
        f"{method} {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(("account.", "checkout.", "withdrawals."))
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}
    }
    assert there == ACCESS.keys()


def test_admins_pages_are_not_for_customers(app: Flask, engine: Engine) -> None:
    """Caught: load_admin that takes a customer's token."""
    client = customer_client(app, engine, add_customer(engine))
    assert client.get("/settings/").location.startswith("/login")
    assert client.get("/customers/").location.startswith("/login")


def test_an_admin_and_a_customer_are_signed_in_side_by_side(
    app: Flask, engine: Engine, signed_in: FlaskClient, admin: str
) -> None:
    """Caught: one cookie for both; a customer's sign-out that took the admin's along."""
    sign_in_customer(signed_in, app, engine, add_customer(engine, language="en"))
    assert "Ayşe Yıldırım" in signed_in.get("/account").text
    assert admin in signed_in.get("/settings/account").text
    assert send_form(signed_in, "/account/sign-ins/end").location == SIGN_IN
    assert signed_in.get("/account").status_code == 303
    assert admin in signed_in.get("/settings/account").text
    sign_in_customer(signed_in, app, engine, 1)
    assert send_form(signed_in, "/logout").location == "/login"
    assert signed_in.get("/account").status_code == 200

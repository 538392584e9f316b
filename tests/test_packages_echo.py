"""The echo: what the typed price, credits and place come to, before anything is saved."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from extensions import db
from tests.conftest import csrf_token
from tests.counting import watching
from tests.html import texts
from tests.page_helpers import (
    HTMX,
    LIST,
    TYPED,
    add,
    apply_all,
    draft,
    edit,
    everything,
    order,
    post,
    remove,
    typed_for,
)

NEW = f"{LIST}echo"
PRICE, PLACE = ["$19.99 for 100 credits", "$0.20 per credit"], "Place 1 of 1 in United States"


def path(package_id: int) -> str:
    return f"{LIST}{package_id}/echo"


def said(html: str) -> list[str]:
    """The sentences of the echo, without their markup."""
    return texts(html, "span")


def test_it_says_price_unit_price_and_place(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One", "Two")
    answer = post(signed_in, NEW, TYPED, htmx=True)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert said(answer.text) == [*PRICE, "Place 3 of 3 in United States"]


def test_it_speaks_as_the_reader_writes(signed_in: FlaskClient) -> None:
    typed = TYPED | {"price": "1.299,50", "currency": "EUR", "country": "DE"}
    answer = post(signed_in, NEW, typed, htmx=True, language="de")
    assert said(answer.text) == [
        *("1.299,50 € for 100 credits", "13,00 € per credit", "Place 1 of 1 in Deutschland"),
    ]


KNOWN = [
    ({"price": "0"}, ["Free for 100 credits", PLACE]),
    ({"credits": "1"}, ["$19.99 for 1 credit", "$19.99 per credit", PLACE]),
    ({"credits": ""}, ["$19.99", PLACE]),
    ({"credits": "x"}, ["$19.99", PLACE]),
    ({"price": "19,99"}, [*PRICE, PLACE]),
    ({"price": "19.99.9"}, [PLACE]),
    ({"price": "1,234", "currency": "KWD"}, ["KWD 1.234 or KWD 1,234.000?", PLACE]),
    ({"currency": ""}, [PLACE]),
    ({"currency": "XXX"}, [PLACE]),
    ({"price": "1.5", "currency": "JPY"}, [PLACE]),
    ({"country": ""}, PRICE),
    ({"country": "ZZ"}, PRICE),
    ({"position": "0"}, PRICE),
    ({"position": "x"}, PRICE),
    ({"position": "99"}, [*PRICE, PLACE]),
    ({"price": "", "country": ""}, []),
]


def test_it_says_only_what_is_known(signed_in: FlaskClient) -> None:
    for changes, expected in KNOWN:
        answer = post(signed_in, NEW, TYPED | changes, htmx=True)
        assert (changes, answer.status_code, said(answer.text)) == (changes, 200, expected)


def test_an_unfinished_form_is_no_error(signed_in: FlaskClient) -> None:
    for junk in ({}, {"name": "x" * 5000}, {"credits": "9" * 5000}, {"position": "\0"}):
        answer = post(signed_in, NEW, junk, htmx=True)
        assert (junk, answer.status_code, said(answer.text)) == (junk, 200, [])


CHANGED = [
    ({}, PRICE),
    (
        {"price": "20.99"},
        ["$20.99 for 100 credits", "$0.20 $0.21 per credit", "+5.0% on the live price $19.99"],
    ),
    ({"price": "0"}, ["Free for 100 credits", "−100.0% on the live price $19.99"]),
    (
        {"price": "19.99", "currency": "EUR"},
        ["€19.99 for 100 credits", "€0.20 per credit", "Live price $19.99"],
    ),
    ({"price": "x"}, ["Live price $19.99"]),
    ({"credits": "50"}, ["$19.99 for 50 credits", "$0.20 $0.40 per credit"]),
]


def test_it_compares_with_what_is_live(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the draft's old price in place of the one that buyers pay."""
    (id,) = add(session, "One")
    apply_all(session)
    edit(session, id, price_minor=500)
    for changes, expected in CHANGED:
        typed = typed_for(session, id, price="19.99") | changes
        answer = post(signed_in, path(id), typed, htmx=True)
        assert (changes, said(answer.text)) == (changes, [*expected, PLACE])


def test_it_says_what_buyers_save_as_the_cards_will(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a removed, a free, a foreign or the same package to compare with."""
    add(session, "Mini", credits=10, price_minor=500)
    add(session, "Dear", credits=10, price_minor=900)
    add(session, "Gift", credits=1, price_minor=0)
    add(session, "Euro", credits=5, price_minor=100, currency="EUR")
    add(session, "Eins", credits=5, price_minor=100, country="DE")
    gone, id = add(session, "Gone", "One", credits=5, price_minor=10)
    remove(session, gone)
    for typed, expected in (
        (TYPED, "Saves buyers 60% against Mini"),
        (TYPED | {"price": "50"}, ""),
        (TYPED | {"price": "0"}, ""),
        (TYPED | {"currency": "TRY"}, ""),
    ):
        answer = post(signed_in, path(id), typed, htmx=True).text
        assert "".join(text for text in said(answer) if "Saves" in text) == expected
    post(signed_in, f"{LIST}{id}/edit", typed_for(session, id, credits="100", price="19.99"))
    preview = signed_in.get(f"{LIST}preview?country=US").text
    assert "60%" in preview


def test_it_asks_little(app: Flask, signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "One")
    apply_all(session)
    add(session, *(f"P{n}" for n in range(20)))
    typed = typed_for(session, id, price="18")
    with app.app_context():
        engine = db.engine
    token = csrf_token(signed_in, "/login/again")
    with watching(engine) as asked:
        signed_in.post(path(id), data=typed | {"csrf_token": token}, headers=HTMX)
    assert len(asked.statements) <= 6, "\n".join(asked.statements)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({}, "Place 1 of 3 in United States"),
        ({"position": "2"}, "Place 2 of 3 in United States"),
        ({"position": ""}, "Place 3 of 3 in United States"),
        ({"country": "DE", "position": "2"}, "Place 2 of 3 in Germany"),
        ({"country": "DE"}, "Place 3 of 3 in Germany"),
    ],
)
def test_the_place_it_says_is_the_place_it_gets(
    signed_in: FlaskClient, session: Session, changes: dict[str, str], place: str
) -> None:
    """Caught: a package counted twice in its own country."""
    ids = add(session, "One", "Two", "Three")
    add(session, "Eins", "Zwei", country="DE")
    typed = typed_for(session, ids[0], **changes)
    answer = post(signed_in, path(ids[0]), typed, htmx=True)
    post(signed_in, f"{LIST}{ids[0]}/edit", typed)
    names = order(session, typed["country"])
    assert place.startswith(f"Place {names.index('One') + 1} of {len(names)} ")
    assert said(answer.text)[-1] == place


def test_packages_to_be_removed_do_not_count(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "One", "Two")
    remove(session, ids[0])
    answer = post(signed_in, NEW, TYPED, htmx=True)
    assert said(answer.text)[-1] == "Place 2 of 2 in United States"


def test_it_writes_nothing(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "One")
    before = everything(session)
    post(signed_in, path(id), typed_for(session, id, name="Uno", position="9"), htmx=True)
    assert everything(session) == before


def test_an_unknown_package_is_not_found(signed_in: FlaskClient) -> None:
    assert post(signed_in, path(99), TYPED, htmx=True).status_code == 404


def test_signed_out_it_says_nothing(client: FlaskClient, session: Session) -> None:
    add(session, "One")
    assert client.post(NEW, data=TYPED).status_code == 401
    answer = client.post(NEW, data=TYPED, headers=HTMX)
    assert answer.status_code == 401
    assert said(answer.text) == []


def test_without_csrf_token_it_says_nothing(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "One")
    assert signed_in.post(NEW, data=TYPED, headers=HTMX).status_code == 400
    assert signed_in.post(path(id), data=TYPED, headers=HTMX).status_code == 400
    assert draft(session, id).version == 1


def test_it_is_posted_to_only(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "One")
    assert signed_in.get(NEW).status_code == 405
    assert signed_in.get(path(id)).status_code == 405

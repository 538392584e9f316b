"""The echo: what the typed price, credits and place come to, before anything is saved."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.html import texts
from tests.page_helpers import (
    HTMX,
    LIST,
    TYPED,
    add,
    draft,
    everything,
    order,
    post,
    remove,
    typed_for,
)

NEW = f"{LIST}echo"


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
    assert said(answer.text) == ["= $19.99, $0.20 per credit", "Place 3 of 3 in United States"]


def test_it_speaks_as_the_reader_writes(signed_in: FlaskClient) -> None:
    typed = TYPED | {"price": "1.299,50", "currency": "EUR", "country": "DE"}
    answer = post(signed_in, NEW, typed, htmx=True, language="de")
    assert said(answer.text) == ["= 1.299,50 €, 13,00 € per credit", "Place 1 of 1 in Deutschland"]


PRICE, PLACE = "= $19.99, $0.20 per credit", "Place 1 of 1 in United States"
KNOWN = [
    ({"price": "0"}, ["= Free", PLACE]),
    ({"credits": ""}, ["= $19.99", PLACE]),
    ({"credits": "x"}, ["= $19.99", PLACE]),
    ({"price": "19,99"}, [PLACE]),
    ({"currency": ""}, [PLACE]),
    ({"currency": "XXX"}, [PLACE]),
    ({"price": "1.5", "currency": "JPY"}, [PLACE]),
    ({"country": ""}, [PRICE]),
    ({"country": "ZZ"}, [PRICE]),
    ({"position": "0"}, [PRICE]),
    ({"position": "x"}, [PRICE]),
    ({"position": "99"}, [PRICE, PLACE]),
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
    assert said(answer.text)[1] == place


def test_packages_to_be_removed_do_not_count(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "One", "Two")
    remove(session, ids[0])
    answer = post(signed_in, NEW, TYPED, htmx=True)
    assert said(answer.text)[1] == "Place 2 of 2 in United States"


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

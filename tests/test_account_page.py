"""Your account: what an admin is called, and where others read it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from blueprints import people
from domain.accounts.admins import list_names
from domain.catalogue.drafts.presence import note_open
from domain.database import writing
from extensions import db
from tests.conftest import ADMIN, make_admin, signed_in_client
from tests.counting import watching
from tests.html import find, text_of, texts, values
from tests.page_helpers import BOB, LIST, add, apply_all, edit, field, post, typed_for

ACCOUNT = "/settings/account"


def rename(client: FlaskClient, name: str) -> None:
    assert post(client, ACCOUNT, {"display_name": name}).status_code == 303


def test_the_name_is_saved(signed_in: FlaskClient, session: Session) -> None:
    assert field(signed_in.get(ACCOUNT).text, "display_name") == "Ana"
    answer = post(signed_in, ACCOUNT, {"display_name": "  Ana  Pereira "})
    assert (answer.status_code, answer.location) == (303, ACCOUNT)
    page = signed_in.get(ACCOUNT).text
    assert texts(page, "#status p") == ["Your account is saved."]
    assert field(page, "display_name") == "Ana Pereira"
    assert texts(page, ".account-who > *") == ["Ana Pereira", ADMIN]
    assert texts(page, ".account .initials") == ["AP"]
    assert list_names(session) == {ADMIN: "Ana Pereira"}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (" ", "Enter your name, for example Deniz Kaya."),
        ("Ana\u202e", "It holds an invisible character. Type the name by hand."),
        ("a" * 81, "The name is too long. Use at most 80 characters."),
    ],
)
def test_a_name_that_is_refused(
    signed_in: FlaskClient, session: Session, name: str, sentence: str
) -> None:
    answer = post(signed_in, ACCOUNT, {"display_name": name})
    assert answer.status_code == 422
    assert texts(answer.text, "#account-display_name-error") == [sentence]
    assert field(answer.text, "display_name") == name
    assert find(answer.text, "title").text().startswith("Error: ")
    assert list_names(session) == {ADMIN: "Ana"}


def test_others_read_the_name_and_the_reader_you(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: "by ana@example.com" in Ana's own review."""
    bob = signed_in_client(app, engine, make_admin(engine, BOB))
    rename(bob, "Bob Stone")
    add(session, "Pro")
    apply_all(session, author=BOB)
    edit(session, 1, name="Prime", author=BOB)
    edit(session, 1, short_info="More", author=ADMIN)
    for client, authors in ((signed_in, "BS Bob Stone, A You "), (bob, "BS You, A Ana ")):
        assert authors in text_of(find(client.get(f"{LIST}review").text, ".by"))
        page = client.get(f"{LIST}history").text
        assert texts(page, ".release-who [title]") == ["Bob Stone"]
        assert values(page, ".release-who [title]", "title") == [BOB]


def test_a_conflict_names_who_and_what(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    bob = signed_in_client(app, engine, make_admin(engine, BOB))
    add(session, "Pro")
    typed = typed_for(session, 1)
    edit(session, 1, price_minor=2999, author=ADMIN)
    for client, sentence in (
        (bob, "Not saved: Ana changed this price while you were editing."),
        (signed_in, "Not saved: you changed this price in another window."),
    ):
        answer = post(client, f"{LIST}1/edit", typed | {"price": "39.99"}, htmx=True)
        assert answer.status_code == 409
        assert texts(answer.text, ".problems h3")[0] == sentence


def test_the_names_are_read_once_and_only_where_one_is_shown(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    add(session, "Pro", "Max")
    signed_in.get(LIST)

    def asked() -> int:
        with app.app_context():
            watched = db.engine
        with watching(watched) as found:
            signed_in.get(LIST)
        return len([text for text in found.statements if "display_name" in text])

    # The reader's own name comes with the sign-in.
    assert asked() == 1
    make_admin(engine, BOB)
    with writing(session):
        note_open(session, "a-form-of-a-page", 1, author=BOB)
        note_open(session, "form-of-another-", 2, author=BOB)
    assert asked() == 2


def test_initials(app: Flask, engine: Engine) -> None:
    make_admin(engine, "deniz.van.kaya@example.com")
    with app.test_request_context():
        assert people.initials("deniz.van.kaya@example.com") == "DK"
        assert people.initials("gone@example.com") == "G"
        assert people.who("gone@example.com") == "gone@example.com"

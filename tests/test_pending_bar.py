"""The pending bar: on every admin page, and asked for anew every few seconds."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.accounts.models import SignInSession
from domain.catalogue.drafts import drafts
from domain.catalogue.settings.rules import SettingsValues
from domain.database import utc_now, writing
from tests.conftest import ADMIN, signed_in_client
from tests.html import texts
from tests.page_helpers import (
    HTMX,
    LIST,
    add,
    apply_all,
    edit,
    field,
    move,
    post,
    remove,
    review_token,
)

PENDING = f"{LIST}pending"
PAGES = ["/settings/", LIST, *(f"{LIST}{rest}" for rest in ("add", "1/edit", "1/duplicate"))]


def words(html: str) -> str | None:
    """How many changes of which kinds the bar names; None when there is no bar."""
    total, kinds = texts(html, ".strip-words strong"), texts(html, ".strip-kinds")
    return f"{total[0]}: {kinds[0]}" if total and kinds else None


def edit_settings(session: Session, name: str) -> None:
    with writing(session):
        version = drafts.get_settings(session).version
        drafts.edit_settings(session, SettingsValues(name, "US"), version=version, author=ADMIN)


@pytest.fixture
def ids(session: Session) -> list[int]:
    """Four live packages."""
    ids = add(session, "One", "Two", "Three", "Four")
    apply_all(session)
    return ids


def test_nothing_pending_shows_nothing(signed_in: FlaskClient, ids: list[int]) -> None:
    answer = signed_in.get(PENDING, headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.strip().startswith('<div id="pending"')
    assert "Apply Changes" not in answer.text
    assert words(answer.text) is None
    assert ids


def test_it_counts_by_kind(signed_in: FlaskClient, session: Session, ids: list[int]) -> None:
    add(session, "New", "Newer")
    edit(session, ids[0], credits=7)
    move(session, ids[3], 1)
    remove(session, ids[1])
    edit_settings(session, "Shop")
    page = signed_in.get(PENDING, headers=HTMX).text
    assert words(page) == "6 pending changes: 2 new, 2 edited, 1 moved, 1 removed"


def test_one_change_is_one_change(signed_in: FlaskClient, session: Session, ids: list[int]) -> None:
    edit(session, ids[0], credits=7, price_minor=1)
    page = signed_in.get(PENDING, headers=HTMX).text
    assert words(page) == "1 pending change: 1 edited"


def test_each_kind_taken_back_leaves_the_count(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    """Caught: an edit pending because of its revision, whatever it says."""
    (new,) = add(session, "New")
    edit(session, ids[0], credits=7)
    move(session, ids[3], 1)
    edit_settings(session, "Shop")
    remove(session, new)
    edit(session, ids[0], credits=100)
    move(session, ids[3], 4)
    edit_settings(session, "Our platform")
    assert words(signed_in.get(PENDING, headers=HTMX).text) is None


def test_it_is_a_named_region_with_one_primary_button(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, "New")
    page = signed_in.get(LIST).text
    assert '<section class="strip" aria-labelledby="pending-title">' in page
    assert '<h2 id="pending-title" class="vh">Pending changes</h2>' in page
    assert texts(page, ".primary") == texts(page, "button.primary") == ["Apply Changes"]


@pytest.mark.parametrize("path", [*PAGES, f"{LIST}1/actions"])
def test_it_is_on_every_admin_page(signed_in: FlaskClient, session: Session, path: str) -> None:
    add(session, "New")
    answer = signed_in.get(path)
    assert answer.status_code == 200
    assert words(answer.text) == "1 pending change: 1 new"
    assert f'hx-get="{PENDING}?token={review_token(signed_in, path)}"' in answer.text


def test_another_admin_sees_the_same(
    app: Flask, signed_in: FlaskClient, session: Session, admin: str
) -> None:
    add(session, "New")
    engine = session.get_bind()
    session.rollback()
    other = signed_in_client(app, engine, admin)  # type: ignore[arg-type]
    assert review_token(other) == review_token(signed_in)


def test_the_same_token_is_answered_by_nothing(signed_in: FlaskClient, session: Session) -> None:
    add(session, "New")
    token = review_token(signed_in)
    answer = signed_in.get(f"{PENDING}?token={token}", headers=HTMX)
    assert (answer.status_code, answer.data) == (204, b"")


def test_any_other_token_gets_the_bar(signed_in: FlaskClient, session: Session) -> None:
    add(session, "New")
    for token in ("", "0-", "x", "\0", "1" * 5000):
        answer = signed_in.get(PENDING, query_string={"token": token}, headers=HTMX)
        assert (token, answer.status_code) == (token, 200)
        assert field(answer.text, "token") == review_token(signed_in)


def test_every_change_makes_another_token(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    """Caught: the counts alone digested; another edit of the same package kept the token."""
    tokens = []
    for change in range(1, 6):
        edit(session, ids[0], credits=change)
        tokens.append(review_token(signed_in))
    move(session, ids[3], 1)
    tokens.append(review_token(signed_in))
    move(session, ids[3], 2)
    tokens.append(review_token(signed_in))
    apply_all(session)
    edit(session, ids[0], credits=1)
    tokens.append(review_token(signed_in))
    assert len(set(tokens)) == len(tokens)


def test_polling_does_not_keep_a_sign_in_alive(signed_in: FlaskClient, session: Session) -> None:
    """Caught: packages.pending left out of guard.SILENT_ENDPOINTS."""
    with writing(session):
        earlier = session.scalars(select(utc_now())).one() - timedelta(minutes=90)
        session.execute(update(SignInSession).values(last_seen_at=earlier))
    assert signed_in.get(PENDING, headers=HTMX).status_code == 200
    session.rollback()
    assert session.scalars(select(SignInSession.last_seen_at)).one() == earlier
    signed_in.get(LIST)
    session.rollback()
    assert session.scalars(select(SignInSession.last_seen_at)).one() > earlier


def test_signed_out_it_offers_to_sign_in(client: FlaskClient, session: Session) -> None:
    add(session, "New")
    answer = client.get(PENDING, headers=HTMX)
    assert answer.status_code == 401
    assert words(answer.text) is None
    assert client.get(PENDING).status_code == 302


def test_it_cannot_be_posted_to(signed_in: FlaskClient) -> None:
    assert post(signed_in, PENDING).status_code == 405

"""Apply Changes: everything at once, once, and only what the admin saw."""

import threading
from collections import Counter

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.catalogue.item_types import PACKAGE, ItemType
from domain.catalogue.models import Release
from domain.catalogue.packages.models import ReleasedPackage
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.releases import publishing
from domain.database import writing
from tests import page_helpers
from tests.conftest import ADMIN, csrf_token, signed_in_client
from tests.html import find, text_of, texts, values
from tests.page_helpers import (
    BOB,
    HTMX,
    LIST,
    apply_all,
    buyers_pages,
    edit,
    edit_market,
    edit_settings,
    everything,
    field,
    main_part,
    move,
    partials,
    pending,
    post,
    releases,
    remove,
    review_token,
)

pytestmark = pytest.mark.on_both

APPLY = f"{LIST}apply"


def add(session: Session, *names: str, country: str = "US") -> list[int]:
    """Drafts that no warning is about: no two the same, one price per credit, usual currency."""
    ids = []
    for name in names:
        credits = 100 + sum(name.encode())
        changes = {"credits": credits, "price_minor": credits * 20, "country": country}
        changes["currency"] = "EUR" if country == "DE" else "USD"
        ids += page_helpers.add(session, name, **changes)
    return ids


def press(client: FlaskClient, token: str, *, htmx: bool = True, page: str = LIST) -> TestResponse:
    return post(client, APPLY, {"token": token}, htmx=htmx, page=page)


def break_in_database(session: Session, package_id: int, **values: object) -> None:
    """What no form and no domain function would write."""
    with writing(session):
        for name, value in values.items():
            session.execute(
                text(f"UPDATE credit_package SET {name} = :value WHERE id = :id"),  # noqa: S608
                {"value": value, "id": package_id},
            )


def test_everything_is_live_at_once(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "One", "Two", "Three")
    apply_all(session)
    edit(session, ids[0], name="Uno", author=ADMIN)
    remove(session, ids[1], author=ADMIN)
    move(session, ids[2], 1, author=ADMIN)
    add(session, "Vier", country="DE")
    answer = press(signed_in, review_token(signed_in))
    assert answer.status_code == 200
    page = buyers_pages(signed_in)["US"].decode()
    assert texts(page, ".card h2") == ["Three", "Uno"]
    assert b"Vier" in buyers_pages(signed_in)["DE"]
    assert pending(session) == []


def test_htmx_gets_bar_list_and_message(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    answer = press(signed_in, review_token(signed_in))
    assert main_part(answer).startswith('<div id="pending"')
    assert "Apply Changes" not in main_part(answer)
    assert 'data-state="Live">Live' in partials(answer)["#catalogue"]
    assert "Release 1 is live. Buyers see it now." in partials(answer)["#status"]


def test_elsewhere_than_on_the_list_no_list_comes(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    answer = press(signed_in, review_token(signed_in), page="/settings/")
    assert set(partials(answer)) == {"#status"}


def test_on_the_history_it_is_drawn_anew(signed_in: FlaskClient, session: Session) -> None:
    """Caught: "Release 1 is live" above a message of release 2."""
    add(session, "One")
    answer = press(signed_in, review_token(signed_in), page=f"{LIST}history")
    assert answer.headers["HX-Redirect"] == f"{LIST}history"
    page = signed_in.get(f"{LIST}history").text
    assert texts(page, ".message strong") == ["Release 1 is live."]
    assert texts(page, "#status p") == ["Release 1 is live. Buyers see it now."]


def test_a_plain_form_leads_to_the_list(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    answer = press(signed_in, review_token(signed_in), htmx=False)
    assert (answer.status_code, answer.location) == (303, LIST)
    page = signed_in.get(LIST).text
    words = "Release 1 is live. Buyers see it now. View the store in United States"
    assert texts(page, "#status p") == [words]
    assert values(page, "#status a", "href") == ["/packages?country=US"]


def test_the_release_says_who_and_on_what(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "One")
    apply_all(session)
    edit(session, id, name="Uno", author=ADMIN)
    press(signed_in, review_token(signed_in))
    release = session.get_one(Release, 2)
    assert (release.author, release.based_on) == (ADMIN, 1)
    names = select(ReleasedPackage.name).order_by(ReleasedPackage.release_number)
    assert session.scalars(names).all() == ["One", "Uno"]


@pytest.mark.parametrize("htmx", [True, False])
def test_whoever_applies_applies_what_they_saw(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: the token compared by its release number only."""
    (id,) = add(session, "One")
    token, before = review_token(signed_in), buyers_pages(signed_in)
    edit(session, id, price_minor=1, author=ADMIN)
    answer = press(signed_in, token, htmx=htmx)
    assert answer.status_code == 409
    assert "Nothing applied: the pending changes are no longer those you saw." in answer.text
    assert "1 pending change" in answer.text
    assert field(answer.text, "token") == review_token(signed_in) != token
    assert (releases(session), buyers_pages(signed_in)) == (0, before)


@pytest.mark.parametrize("htmx", [True, False])
def test_what_was_added_unseen_stays_pending(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: everything pending applied, whatever the page showed; its author not named."""
    add(session, "One")
    token = review_token(signed_in)
    edit_market(session, "US", note_en="Note")
    add(session, "Vier", country="DE")
    answer = press(signed_in, token, htmx=htmx)
    assert answer.status_code == (200 if htmx else 303)
    page = partials(answer)["#status"] if htmx else signed_in.get(LIST).text
    words = "Release 1 is live. Buyers see it now. 1 new change by you stays pending."
    assert f"{words} 1 new change by {BOB} stays pending." in text_of(find(page, "body"))
    assert pending(session) == ["added Vier", "edited market"]
    assert "Note" not in signed_in.get("/packages?country=US").text


def test_a_new_move_beside_a_seen_one_is_asked_about(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: an order applied of which somebody saw a part."""
    ids = add(session, "One", "Two", "Three")
    apply_all(session)
    move(session, ids[2], 1, author=ADMIN)
    token = review_token(signed_in)
    move(session, ids[1], 1)
    assert (press(signed_in, token).status_code, releases(session)) == (409, 1)


@pytest.mark.parametrize("rest", ["", "x", "0", "-"])
def test_a_token_of_before_the_upgrade_applies_nothing(
    signed_in: FlaskClient, session: Session, rest: str
) -> None:
    add(session, "One")
    old = f"1-0123456789abcdef0123456789abcdef{rest}"
    answer = press(signed_in, old)
    assert (answer.status_code, releases(session)) == (409, 0)
    assert press(signed_in, field(answer.text, "token")).status_code == 200


def test_the_fresh_bar_can_be_applied(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "One")
    token = review_token(signed_in)
    edit(session, id, price_minor=1, author=ADMIN)
    fresh = field(press(signed_in, token).text, "token")
    assert press(signed_in, fresh).status_code == 200


def test_without_the_token_nothing_is_applied(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a missing token taken for the present one."""
    add(session, "One")
    assert post(signed_in, APPLY, htmx=True).status_code == 409
    for token in ("", "x", "0", "0-", "-", "\0", "²-", "9" * 5000, "1-x"):
        assert (token, press(signed_in, token).status_code) == (token, 409)
    assert releases(session) == 0


@pytest.mark.parametrize("htmx", [True, False])
def test_a_second_press_is_told_who_was_first(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: check_token without AlreadyApplied."""
    add(session, "One")
    token = review_token(signed_in)
    press(signed_in, token)
    answer = press(signed_in, token, htmx=htmx)
    assert answer.status_code == 409
    words = "Nothing more was applied: you applied release 1 already, "
    assert words in text_of(find(answer.text, "body"))
    assert releases(session) == 1


def test_a_second_press_does_not_apply_later_drafts(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, "One")
    token = review_token(signed_in)
    press(signed_in, token)
    add(session, "Two")
    answer = press(signed_in, token)
    assert (answer.status_code, releases(session)) == (409, 1)
    assert "1 pending change" in main_part(answer)


def test_nothing_pending_is_told(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    apply_all(session)
    session.rollback()
    token = pending_changes(session).token
    answer = press(signed_in, token)
    assert answer.status_code == 409
    assert "No pending changes. Everything is live." in main_part(answer)
    assert releases(session) == 1


def test_twenty_presses_at_once_make_one_release(
    app: Flask, engine: Engine, admin: str, session: Session
) -> None:
    """Caught: BEGIN for BEGIN IMMEDIATE in database.py."""
    add(session, "One", "Two")
    clients = [signed_in_client(app, engine, admin) for _ in range(20)]
    token = review_token(clients[0])
    forms = [{"token": token, "csrf_token": csrf_token(client, LIST)} for client in clients]
    start, answers = threading.Barrier(20), []

    def press_now(client: FlaskClient, form: dict[str, str]) -> None:
        start.wait()
        answers.append(client.post(APPLY, data=form, headers=HTMX))

    pairs = zip(clients, forms, strict=True)
    threads = [threading.Thread(target=press_now, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 19}
    assert sum("applied release 1 already" in answer.text for answer in answers) == 19
    assert releases(session) == 1
    assert len(session.scalars(select(ReleasedPackage)).all()) == 2


def test_a_broken_draft_can_be_mended_where_the_link_leads(
    signed_in: FlaskClient, session: Session
) -> None:
    (id,) = add(session, "One")
    break_in_database(session, id, currency="XXX")
    page = signed_in.get(f"{LIST}{id}/edit").text
    assert field(page, "name") == "One"
    edit(session, id, currency="USD", author=ADMIN)
    assert press(signed_in, review_token(signed_in)).status_code == 200


def test_a_broken_draft_that_is_removed_does_not_block(
    signed_in: FlaskClient, session: Session
) -> None:
    ids = add(session, "One", "Two")
    apply_all(session)
    break_in_database(session, ids[0], currency="XXX")
    remove(session, ids[0], author=ADMIN)
    assert press(signed_in, review_token(signed_in)).status_code == 200


def test_a_failure_halfway_leaves_everything_as_it_was(
    signed_in: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: publish committing after each item type."""
    (id,) = add(session, "One")
    apply_all(session)
    edit(session, id, name="Uno", author=ADMIN)
    edit_settings(session, platform_name="Shop", author=ADMIN)
    edit_market(session, "US", note_en="Note", author=ADMIN)
    before, drafts_before = buyers_pages(signed_in), everything(session)
    token = review_token(signed_in)

    bring_along = publishing._bring_along

    def fail_at_packages(session: Session, item_type: ItemType, number: int) -> None:
        if item_type is PACKAGE:
            raise RuntimeError("the settings and the market are live, the packages not yet")
        bring_along(session, item_type, number)

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "_bring_along", fail_at_packages)
        answer = press(signed_in, token)
    assert answer.status_code == 500
    assert "Nothing was changed." in partials(answer)["#alert"]
    assert (releases(session), everything(session)) == (1, drafts_before)
    assert buyers_pages(signed_in) == before
    assert press(signed_in, token).status_code == 200


def test_signed_out_nothing_is_applied(client: FlaskClient, session: Session) -> None:
    """Caught: guard.admit_admins_only left out."""
    add(session, "One")
    session.rollback()
    data = {"token": pending_changes(session).token}
    assert client.post(APPLY, data=data).status_code == 401
    assert client.post(APPLY, data=data, headers=HTMX).status_code == 401
    assert releases(session) == 0


def test_without_csrf_token_nothing_is_applied(signed_in: FlaskClient, session: Session) -> None:
    """Caught: csrf.init_app left out of app.py."""
    add(session, "One")
    data = {"token": review_token(signed_in)}
    assert signed_in.post(APPLY, data=data, headers=HTMX).status_code == 400
    assert releases(session) == 0


def test_a_link_cannot_apply(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    assert signed_in.get(f"{APPLY}?token={review_token(signed_in)}").status_code == 405
    assert releases(session) == 0

"""Every address that writes is in a table here: what makes it stale must change nothing."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.releases import history
from domain.catalogue.rules import SettingsValues
from domain.database import writing
from tests.page_helpers import (
    BOB,
    LIST,
    add,
    apply_all,
    buyers_pages,
    edit,
    everything,
    post,
    releases,
    remove,
    typed_for,
)

pytestmark = pytest.mark.on_both

EVERYTHING_ELSE = {
    "auth.start_session": "no draft: who signs in",
    "auth.logout": "no draft: who signs out",
    "settings.choose_theme": "no draft: a cookie",
    "settings.add_site": "no draft: works at once, and adds what is not there",
    "settings.remove_site": "no draft: works at once, and what is gone stays gone",
    "packages.save_new": "adds a draft that nobody can have seen before",
    "packages.echo": "writes nothing",
    "publishing.share": "no draft: a new link",
    "publishing.revoke": "no draft: a link ends once, however often it is revoked",
    "publishing.look_again": "writes nothing",
    "packages.note_open": "no draft: who has a form open",
    "packages.note_closed": "no draft: who has a form open no more",
    "packages.move": "carries no version: moves of different packages both survive",
    "publishing.undo": "takes back what is still as it was left, whatever else was changed",
}

Fields = Callable[[Session], dict[str, str]]

# Endpoint: its path, and a form that was opened before a colleague's save.
STALE: dict[str, tuple[str, Fields]] = {
    "packages.save_edit": (
        f"{LIST}1/edit",
        lambda session: typed_for(session, 1, name="Mine"),
    ),
    "packages.remove": (f"{LIST}1/remove", lambda _: {"version": "2"}),
    "packages.keep": (f"{LIST}2/keep", lambda _: {"version": "1"}),
    "packages.apply": (f"{LIST}apply", lambda session: {"token": token(session)}),
    "publishing.apply_review": (
        f"{LIST}review",
        lambda session: {
            "token": token(session),
            "change": "1-edited",
            "acknowledge": "by-bob@example.com",
        },
    ),
    "publishing.discard_changes": (
        f"{LIST}discard",
        lambda session: {"token": token(session), "everything": "1"},
    ),
    "publishing.discard_one_field": (
        f"{LIST}1/discard",
        lambda _: {"field": "name", "version": "2"},
    ),
    "publishing.restore": (
        f"{LIST}history/1/restore",
        lambda session: {"token": restore_token(session)},
    ),
    "settings.save": (
        "/settings/",
        lambda _: {
            "platform_name": "Mine",
            "default_country": "US",
            "intro_text": "",
            "version": "1",
        },
    ),
}


def token(session: Session) -> str:
    return pending_changes(session).token


def restore_token(session: Session) -> str:
    return history.restore_token(session, 1)


def save_as_colleague(session: Session) -> None:
    """Changes what every form of the table was opened with."""
    edit(session, 1, name="Theirs")
    with writing(session):
        drafts.edit_settings(session, SettingsValues("Theirs", "US"), version=1, author=BOB)


@pytest.fixture
def scene(session: Session) -> None:
    """Pro is live and edited, Max is live and to be removed."""
    add(session, "Pro")
    add(session, "Max", credits=200, price_minor=3899)
    apply_all(session)
    edit(session, 1, name="Prime")
    remove(session, 2)


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("endpoint", STALE)
def test_a_stale_form_changes_nothing(
    signed_in: FlaskClient, session: Session, endpoint: str, htmx: bool
) -> None:
    """Caught: each of these without its version or token."""
    path, fields = STALE[endpoint]
    sent = fields(session)
    save_as_colleague(session)
    before, seen = everything(session), buyers_pages(signed_in)
    answer = post(signed_in, path, sent, htmx=htmx)
    assert answer.status_code == 409
    assert (everything(session), buyers_pages(signed_in)) == (before, seen)
    assert releases(session) == 1


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("endpoint", STALE)
def test_without_version_or_token_nothing_changes(
    signed_in: FlaskClient, session: Session, endpoint: str
) -> None:
    path, fields = STALE[endpoint]
    sent = {**fields(session), "version": "", "token": ""}
    before = everything(session)
    assert post(signed_in, path, sent).status_code == 409
    assert (everything(session), releases(session)) == (before, 1)


def test_every_address_that_writes_is_in_a_table(app: Flask) -> None:
    """Caught: a new POST route that no test of stale forms knows."""
    unsafe = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    assert unsafe == STALE.keys() | EVERYTHING_ELSE.keys()

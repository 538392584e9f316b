"""The platforms that hand users over, and their keys: settings that work at once."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.accounts.models import SignInSession
from domain.database import writing
from domain.platforms import keys, platforms
from domain.platforms.models import Platform, PlatformKey
from domain.platforms.rules import MOST_PLATFORMS
from tests.conftest import PASSWORD
from tests.hosts import SECRET_KEY, Host, new_host
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import everything, field, post

PLATFORMS = "/settings/platforms"
ONE = f"{PLATFORMS}/1"
TYPED = {"name": "Lotus app", "return_url": "https://lotus.example/home"}


@pytest.fixture
def host(session: Session) -> Host:
    return new_host(session)


def saved(session: Session) -> list[tuple[str, str, bool]]:
    session.rollback()
    every = platforms.list_platforms(session)
    return [(one.name, one.return_url, one.trusts_emails) for one in every]


def alive(session: Session, platform_id: int = 1) -> list[str]:
    session.rollback()
    return [key.id for key in keys.list_keys(session, platform_id, SECRET_KEY)]


def make(client: FlaskClient, made: int) -> TestResponse:
    return post(client, f"{ONE}/keys", {"made": str(made)})


def test_settings_lead_to_the_page(signed_in: FlaskClient) -> None:
    page = signed_in.get("/settings/").text
    assert texts(page, f"a.door[href='{PLATFORMS}'] .door-title") == ["Platforms"]
    page = signed_in.get(PLATFORMS).text
    assert "<title>Platforms · Scrip</title>" in page
    assert "Changes here work at once, without Apply Changes." in page
    assert "Add the first one below." in page


def test_a_platform_is_added_and_needs_a_key(signed_in: FlaskClient, session: Session) -> None:
    answer = post(signed_in, PLATFORMS, TYPED | {"trusts_emails": "y"})
    assert (answer.status_code, answer.location) == (303, ONE)
    page = signed_in.get(ONE).text
    assert "Lotus app is added. Make a key for it next." in page
    assert "Without one it can hand nobody over." in page
    assert values(page, "#enter-address", "value") == ["http://localhost/enter"]
    assert values(page, "#audience", "value") == ["http://localhost"]
    assert saved(session) == [("Lotus app", "https://lotus.example/home", True)]
    assert texts(signed_in.get(PLATFORMS).text, f"a.door[href='{ONE}'] .door-title")


def test_what_is_unfit_is_told_and_kept(signed_in: FlaskClient, session: Session) -> None:
    new_host(session)
    typed = {"name": "a\u200b", "return_url": "http://lotus.example", "trusts_emails": "y"}
    for path, version in ((PLATFORMS, {}), (ONE, {"version": "1"})):
        answer = post(signed_in, path, typed | version)
        assert answer.status_code == 422
        page = answer.text
        assert text_of(find(page, "#platform-return_url-error")).startswith("Use https://.")
        assert text_of(find(page, "#platform-name-error")).startswith("It holds an invisible")
        assert (field(page, "name"), field(page, "return_url")) == tuple(typed.values())[:2]
        assert values(page, "[name=trusts_emails][checked]", "value") == ["y"]
        assert "<title>Error: " in page
    assert saved(session) == [("Lotus app", "https://lotus.example/home", False)]


def test_a_full_list_says_so(signed_in: FlaskClient, session: Session) -> None:
    with writing(session):
        session.add_all(
            Platform(name="x", return_url="https://x.example") for _ in range(MOST_PLATFORMS)
        )
    answer = post(signed_in, PLATFORMS, TYPED)
    assert answer.status_code == 422
    assert "Not added: the list is full with 20 platforms." in answer.text
    assert field(answer.text, "name") == "Lotus app"
    assert len(saved(session)) == MOST_PLATFORMS


@pytest.mark.usefixtures("host")
def test_a_platform_is_changed_by_who_saw_it(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a save without its version, over a colleague's."""
    mine = TYPED | {"name": "Mine", "version": "1"}
    assert post(signed_in, ONE, mine | {"name": "Lotus", "trusts_emails": "y"}).status_code == 303
    answer = post(signed_in, ONE, mine)
    assert answer.status_code == 409
    assert "Not saved: somebody changed this platform meanwhile." in answer.text
    assert (field(answer.text, "name"), field(answer.text, "version")) == ("Mine", "2")
    assert saved(session) == [("Lotus", "https://lotus.example/home", True)]
    assert post(signed_in, ONE, mine | {"version": "2"}).status_code == 303
    assert saved(session) == [("Mine", "https://lotus.example/home", False)]


def test_a_secret_is_shown_once(
    signed_in: FlaskClient, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    """Caught: the secret in the message of the next page, which travels in a cookie."""
    post(signed_in, PLATFORMS, TYPED)
    answer = make(signed_in, made=0)
    assert answer.status_code == 200
    (key_id,) = alive(session)
    (secret,) = values(answer.text, "#new-secret", "value")
    assert values(answer.text, "#new-key", "value") == [key_id]
    assert secret == keys.secret_of(key_id, SECRET_KEY)
    assert answer.headers["Cache-Control"] == "no-store"
    assert secret not in signed_in.get(ONE).text
    assert secret not in str(answer.headers) + caplog.text


def test_a_key_needs_the_password(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a plain form, by which a stolen sign-in could speak for all users of a platform."""
    post(signed_in, PLATFORMS, TYPED)
    with writing(session):
        session.execute(update(SignInSession).values(confirmed_at=None))
    assert find_all(signed_in.get(ONE).text, "#key-password")
    for typed in ({}, {"password": "wrong"}):
        answer = post(signed_in, f"{ONE}/keys", {"made": "0", **typed})
        assert answer.status_code == 422
        assert "<title>Error: " in answer.text
        assert find_all(answer.text, "#key-password-error")
    assert alive(session) == []
    answer = post(signed_in, f"{ONE}/keys", {"made": "0", "password": PASSWORD})
    assert answer.status_code == 200
    assert len(alive(session)) == 1


def test_a_page_loaded_again_makes_no_second_key(signed_in: FlaskClient, session: Session) -> None:
    post(signed_in, PLATFORMS, TYPED)
    make(signed_in, made=0)
    again = make(signed_in, made=0)
    assert again.status_code == 409
    assert "No key was made: there is a new one" in again.text
    assert len(alive(session)) == 1
    assert make(signed_in, made=1).status_code == 200
    assert make(signed_in, made=2).status_code == 409
    assert len(alive(session)) == 2
    assert "Make a key" not in texts(signed_in.get(ONE).text, "button")


def test_a_key_is_revoked_after_a_look(
    signed_in: FlaskClient, session: Session, host: Host
) -> None:
    address = f"{ONE}/keys/{host.key.id}/revoke"
    assert values(signed_in.get(ONE).text, "a.danger.small", "href") == [address]
    page = signed_in.get(address).text
    assert "No other key works: Lotus app can hand nobody over" in page
    assert alive(session) == [host.key.id]
    assert (post(signed_in, address).status_code, alive(session)) == (303, [])
    assert f"Key {host.key.id} is revoked." in signed_in.get(ONE).text
    for answer in (post(signed_in, address), signed_in.get(address)):
        assert answer.status_code == 404
        assert "This key is revoked already." in answer.text


def test_a_key_of_another_secret_key_says_so(
    signed_in: FlaskClient, session: Session, host: Host
) -> None:
    with writing(session):
        session.get_one(PlatformKey, host.key.id).digest = "0" * 64
    assert "This key no longer works: SECRET_KEY was changed." in signed_in.get(ONE).text


@pytest.mark.usefixtures("host")
def test_a_platform_is_removed_after_a_look(signed_in: FlaskClient, session: Session) -> None:
    page = signed_in.get(f"{ONE}/remove").text
    assert "Customers who are signed in stay signed in." in page
    assert "This cannot be undone." in page
    assert saved(session)
    answer = post(signed_in, f"{ONE}/remove")
    assert (answer.status_code, answer.location) == (303, PLATFORMS)
    assert "Lotus app is removed." in signed_in.get(PLATFORMS).text
    assert saved(session) == []
    for gone in (
        signed_in.get(ONE),
        signed_in.get(f"{ONE}/remove"),
        post(signed_in, f"{ONE}/keys"),
    ):
        assert gone.status_code == 404
    assert post(signed_in, f"{ONE}/remove").status_code == 404
    assert post(signed_in, ONE, TYPED).status_code == 404


def test_no_draft_changes(signed_in: FlaskClient, session: Session) -> None:
    before = everything(session)
    post(signed_in, PLATFORMS, TYPED)
    assert everything(session) == before


def test_signed_out_nothing_is_saved(client: FlaskClient, session: Session, host: Host) -> None:
    revoke = f"{ONE}/keys/{host.key.id}/revoke"
    for path in (PLATFORMS, ONE, f"{ONE}/remove", revoke):
        assert client.get(path).status_code == 302
    for path in (PLATFORMS, ONE, f"{ONE}/remove", f"{ONE}/keys", revoke):
        assert client.post(path, data=TYPED).status_code == 401
    assert alive(session) == [host.key.id]
    assert len(session.scalars(select(Platform)).all()) == 1

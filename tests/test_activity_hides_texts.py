"""The activity says which fields of a draft changed, and never what was typed into them, but for
names; nor what was typed at a sign-in."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.catalogue.settings.rules import SettingsValues
from tests.conftest import ADMIN
from tests.page_helpers import (
    TYPED,
    TYPED_MARKET,
    TYPED_SETTINGS,
    add,
    apply_all,
    discard_all,
    edit_settings,
    post,
    typed_for,
)

MARK = "Zq7secret"
FILE, PAGE = "/activity/activity.csv", "/activity"
# What names a thing is shown, and what the catalogue chooses from a list holds no text.
TEXTS_OF_PACKAGES = ("short_info",)
TEXTS_OF_MARKETS = tuple(name for name in TYPED_MARKET if name.startswith("note_"))
TEXTS_OF_SETTINGS = tuple(
    name for name in TYPED_SETTINGS if name.startswith("intro_") or name == "platform_name"
)


def assert_hidden(signed_in: FlaskClient, *, lines: int) -> None:
    page, file = signed_in.get(PAGE).text, signed_in.get(FILE).text
    assert page.count('class="act"') == file.count("\n") - 1 == lines
    assert MARK not in page
    assert MARK not in file


def test_texts_of_packages(signed_in: FlaskClient, session: Session) -> None:
    """Caught: `row.new` among the details, and written by the words."""
    [package] = add(session, "Start")
    fields = typed_for(session, package) | dict.fromkeys(TEXTS_OF_PACKAGES, MARK)
    assert post(signed_in, f"/settings/credit-packages/{package}/edit", fields).status_code == 303
    apply_all(session, note=MARK)
    fields = TYPED | {"name": "Other"} | dict.fromkeys(TEXTS_OF_PACKAGES, MARK)
    assert post(signed_in, "/settings/credit-packages/add", fields).status_code == 303
    discard_all(session)
    assert_hidden(signed_in, lines=5)


@pytest.mark.parametrize("name", TEXTS_OF_MARKETS)
def test_texts_of_markets(signed_in: FlaskClient, name: str) -> None:
    fields = TYPED_MARKET | {name: MARK}
    assert post(signed_in, "/settings/markets/DE", fields).status_code == 303
    assert_hidden(signed_in, lines=1)


@pytest.mark.parametrize("name", TEXTS_OF_SETTINGS)
def test_texts_of_the_settings(signed_in: FlaskClient, session: Session, name: str) -> None:
    """Their new name stands on every page of buyers, and here in none."""
    assert name in SettingsValues._fields
    edit_settings(session, **{name: MARK})
    assert_hidden(signed_in, lines=1)


@pytest.mark.parametrize("email", [ADMIN, f"{MARK.lower()}@example.com"])
def test_what_was_typed_at_a_sign_in(
    client: FlaskClient, signed_in: FlaskClient, email: str
) -> None:
    """Caught: the email that was typed as the author, though no admin has it."""
    post(client, "/login", {"email": email, "password": MARK})
    page = signed_in.get(PAGE).text
    assert MARK.lower() not in page.lower()
    assert MARK.lower() not in signed_in.get(FILE).text.lower()
    assert "Failed to sign in" in page

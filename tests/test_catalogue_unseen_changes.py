"""What others did since somebody looked."""

import pytest
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.pending.pending import Cursor, pending_changes
from domain.catalogue.pending.unseen_changes import find_unseen
from domain.catalogue.settings.rules import SettingsValues
from domain.database import writing
from tests.conftest import ADMIN
from tests.page_helpers import BOB, add, apply_all, edit, move, remove

EVE = "eve@example.com"


@pytest.fixture
def seen(session: Session) -> Cursor:
    """Three live packages, and all of it seen."""
    add(session, "One", "Two", "Three")
    apply_all(session)
    return pending_changes(session).cursor


def changed_by(session: Session, seen: Cursor, country: str = "") -> list[tuple[int, str]]:
    session.rollback()
    return list(find_unseen(session, seen, ADMIN, country=country).changed_by.items())


def released(session: Session, seen: Cursor) -> int | None:
    session.rollback()
    release = find_unseen(session, seen, ADMIN).release
    return release.number if release else None


def test_a_mark_survives_being_written_down(session: Session, seen: Cursor) -> None:
    assert seen == Cursor(3, 1)
    assert Cursor.read(str(seen)) == seen
    assert pending_changes(session).token == str(seen) == "3-1"
    assert pending_changes(session).cursor == seen


@pytest.mark.parametrize("text", ["", "3", "3-", "-1", "a-b", "3-1-1", "٣-١", "9" * 19 + "-1"])
def test_what_is_no_mark(text: str) -> None:
    assert Cursor.read(text) is None


def test_an_empty_catalogue_has_a_mark(session: Session) -> None:
    assert pending_changes(session).cursor == Cursor(0, 0)


def test_whoever_saw_everything_gets_no_news(session: Session, seen: Cursor) -> None:
    assert changed_by(session, seen) == []
    assert released(session, seen) is None


def test_every_kind_of_change_counts_each_package_once(session: Session, seen: Cursor) -> None:
    edit(session, 2, credits=7)
    edit(session, 2, credits=8)
    move(session, 1, 3)
    remove(session, 3)
    assert changed_by(session, seen) == [(2, BOB), (1, BOB), (3, BOB)]


def test_it_names_who_changed_a_package_last(session: Session, seen: Cursor) -> None:
    edit(session, 1, author=EVE, credits=7)
    edit(session, 1, author=BOB, credits=8)
    edit(session, 2, author=BOB, credits=7)
    edit(session, 2, author=EVE, credits=8)
    assert changed_by(session, seen) == [(1, BOB), (2, EVE)]


def test_own_changes_are_no_news(session: Session, seen: Cursor) -> None:
    """Seeded bug: every revision counted; each save was told to its author."""
    edit(session, 1, author=ADMIN, credits=7)
    edit(session, 2, credits=7)
    apply_all(session, ADMIN)
    assert changed_by(session, seen) == [(2, BOB)]
    assert released(session, seen) is None


def test_settings_are_no_package(session: Session, seen: Cursor) -> None:
    with writing(session):
        drafts.edit_settings(session, SettingsValues("Theirs", "US"), version=1, author=BOB)
    assert changed_by(session, seen) == []


def test_a_country_hears_of_what_is_or_was_in_it(session: Session, seen: Cursor) -> None:
    """Seeded bug: only where a package is now; one that left stayed on the list untold."""
    edit(session, 1, country="DE")
    edit(session, 2, credits=7)
    assert changed_by(session, seen, "DE") == [(1, BOB)]
    assert changed_by(session, seen, "US") == [(1, BOB), (2, BOB)]
    assert changed_by(session, seen, "TR") == []


def test_the_newest_release_of_others_is_named(session: Session, seen: Cursor) -> None:
    for author in (EVE, BOB, ADMIN):
        edit(session, 1, author=ADMIN, name=f"By {author}")
        apply_all(session, author)
    assert released(session, seen) == 3
    assert released(session, Cursor(3, 3)) is None

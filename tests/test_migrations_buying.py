"""Packages that could not be bought cannot be bought after an upgrade either."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.releases.history import compare_releases
from domain.catalogue.settings.rules import INITIAL_SETTINGS, SettingsValues
from domain.catalogue.storefront import live
from domain.connections import connect
from domain.database import writing
from tests.conftest import migrate
from tests.page_helpers import apply_acknowledged, edit_settings
from tests.test_migrations import migrate_to

RELEASE = (
    "INSERT INTO release (number, created_at, live_from, revision_id, author, note)"
    " VALUES (:number, '2026-01-01 00:00:00', '2026-01-01 00:00:00', 0, 'ana@example.com', '')"
)
SETTINGS = (
    "INSERT INTO released_settings (release_number, item_id, platform_name, default_country,"
    " main_language, time_zone, intro_en, intro_tr, intro_de, intro_ar)"
    " VALUES (:number, 1, 'Shop', 'DE', 'en', 'UTC', '', '', '', '')"
)
SHOP = SettingsValues("Shop", "DE", buying="nowhere")
AS_BEFORE = INITIAL_SETTINGS._replace(buying="nowhere")


@pytest.fixture
def old(empty_database: str) -> Iterator[tuple[str, Engine]]:
    """A database of before."""
    migrate_to(empty_database, "0015")
    engine = connect(empty_database)
    yield empty_database, engine
    engine.dispose()


def release(engine: Engine, *numbers: int, settings_in: int | None = None) -> None:
    """Releases, one of which brought settings, maybe."""
    with engine.connect().execution_options(writing=True) as connection:
        for number in numbers:
            connection.execute(text(RELEASE), {"number": number})
        if settings_in:
            connection.execute(text(SETTINGS), {"number": settings_in})
            connection.execute(
                text("INSERT INTO live_settings SELECT 1, id FROM released_settings")
            )
            draft = "UPDATE storefront_settings SET platform_name = 'Shop', default_country = 'DE'"
            connection.execute(text(draft))
        for number in numbers:
            connection.execute(text(f"INSERT INTO release_seal VALUES ({number})"))  # noqa: S608
        connection.commit()


def seen(session: Session) -> tuple[SettingsValues, SettingsValues, int]:
    """What is live, what is drafted, and how much is pending."""
    shown, drafted = live.live_release(session).settings, drafts.get_settings(session).values
    return shown, drafted, len(pending_changes(session).changes)


def past(session: Session, number: int) -> SettingsValues | None:
    release = live.past_release(session, number)
    return release.settings if release else None


def test_before_the_first_release_packages_are_bought_here(old: tuple[str, Engine]) -> None:
    url, engine = old
    migrate(url)
    with Session(engine) as session:
        assert seen(session) == (INITIAL_SETTINGS, INITIAL_SETTINGS, 0)


@pytest.mark.parametrize("settings_in", [1, 2, None])
def test_history_tells_no_change_that_nobody_made(
    old: tuple[str, Engine], settings_in: int | None
) -> None:
    """Caught: the first release compared with settings that packages are bought here by."""
    url, engine = old
    release(engine, 1, 2, settings_in=settings_in)
    migrate(url)
    changed = [("platform_name", "default_country")]
    with Session(engine) as session:
        first = [one.fields for one in compare_releases(session, 0, 1)]
        both = [one.fields for one in compare_releases(session, 0, 2)]
    assert first == (changed if settings_in == 1 else [])
    assert both == (changed if settings_in else [])


def test_history_tells_what_the_first_release_chose(old: tuple[str, Engine]) -> None:
    """Caught: what was chosen taken for what an upgrade had brought."""
    url, engine = old
    migrate(url)
    with Session(engine) as session:
        edit_settings(session, buying="nowhere")
        with writing(session):
            apply_acknowledged(session, author="ana@example.com")
        (change,) = compare_releases(session, 0, 1)
    assert change.fields == ("buying",)


def test_released_settings_have_no_button(old: tuple[str, Engine]) -> None:
    """Caught: a draft that became "here": pending, though nobody had changed anything."""
    url, engine = old
    release(engine, 1, 2, settings_in=1)
    migrate(url)
    with Session(engine) as session:
        assert seen(session) == (SHOP, SHOP, 0)
        assert past(session, 1) == SHOP


def test_settings_that_were_never_released_get_a_row(old: tuple[str, Engine]) -> None:
    """Caught: no row, so that all cards got a button at once; a row in the newest release only, so
    that going back to an older one brought buttons; and history left open."""
    url, engine = old
    release(engine, 1, 2)
    migrate(url)
    with Session(engine) as session:
        assert seen(session) == (AS_BEFORE, AS_BEFORE, 0)
        assert past(session, 1) == AS_BEFORE
        session.rollback()
        with (
            pytest.raises(IntegrityError, match="closed with its release"),
            writing(session),
        ):
            session.execute(text(SETTINGS), {"number": 2})


def test_settings_of_a_later_release_keep_their_own_row(old: tuple[str, Engine]) -> None:
    url, engine = old
    release(engine, 1, 2, settings_in=2)
    migrate(url)
    with Session(engine) as session:
        assert seen(session) == (SHOP, SHOP, 0)
        assert past(session, 1) == AS_BEFORE

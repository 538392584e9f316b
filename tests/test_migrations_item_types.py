"""Releases of whole catalogues become versions of items, and read as before."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Engine,
    TableClause,
    column,
    insert,
    select,
    table,
    text,
)
from sqlalchemy.exc import IntegrityError

from domain.catalogue.changes.ranks import RANK_GAP
from domain.catalogue.models import DraftBatch, DraftRevision, Release, ReleaseSeal
from domain.catalogue.packages.models import LivePackage, ReleasedPackage
from domain.catalogue.settings.models import LiveSettings, ReleasedSettings, StorefrontSettings
from domain.catalogue.settings.rules import INITIAL_SETTINGS
from domain.connections import connect
from tests.conftest import migrate
from tests.postgres import Server
from tests.soak import SEQUENCES
from tests.test_migrations import migrate_to

BEFORE = "0008"
OUT_OF_PLACE = -(2**62)
NOON = datetime(2026, 1, 1, 12)
BY_ANA = {"author": "ana@example.com", "created_at": NOON}

VALUES = ("name", "credits", "price_minor", "currency", "country", "short_info")
Values = tuple[str, int, int, str, str, str]
SettingsRow = tuple[str, str, str]
# Country and place, item, values: each package that a release shows.
Listing = list[tuple[str, int, int, Values]]


@dataclass(frozen=True)
class OldRelease:
    """As it was kept before: all of the catalogue, each country in order."""

    packages: Mapping[int, Values]
    settings: SettingsRow = ("Shop", "US", "")
    moved: Sequence[int] = ()
    out_of_place: Sequence[int] = ()
    revision_id: int = 0

    def listing(self) -> Listing:
        places: dict[str, int] = defaultdict(int)
        found = []
        for id, values in self.packages.items():
            country = values[4]
            places[country] += 1
            found.append((country, places[country], id, values))
        return sorted(found)


def package(name: str, country: str = "US", **changes: Any) -> Values:  # noqa: ANN401
    values = {"credits": 100, "price_minor": 1999, "currency": "USD", "short_info": ""} | changes
    all_values = {"name": name, "country": country, **values}
    return tuple(all_values[each] for each in VALUES)  # type: ignore[return-value]


def named(values: Values) -> dict[str, Any]:
    return dict(zip(VALUES, values, strict=True))


A, B, E = (package(name) for name in "ABE")
CHEAPER_B = package("B", price_minor=999)
C, D, F = (package(name, "TR", currency="TRY") for name in "CDF")
OLD_RELEASES = [
    OldRelease({1: A, 2: B, 5: E, 3: C, 6: F}),
    # One edited, one added in front, one gone.
    OldRelease(
        {1: A, 2: CHEAPER_B, 4: D, 3: C, 6: F},
        settings=("New shop", "TR", "Hello"),
        out_of_place=[4],
        revision_id=2,
    ),
    # One moved, one back, another one gone.
    OldRelease(
        {2: CHEAPER_B, 1: A, 5: E, 4: D, 3: C},
        settings=("New shop", "TR", "Hello"),
        moved=[2, 1],
        out_of_place=[3],
        revision_id=3,
    ),
]
REVISIONS: list[dict[str, Any]] = [
    {"package_id": 1, "action": "added", "old": {}, "new": {"name": "A"}},
    {
        "package_id": None,
        "action": "edited",
        "old": {"platform_name": "Shop", "intro_text": ""},
        "new": {"platform_name": "New shop", "intro_text": "Hello"},
    },
    {
        "package_id": None,
        "action": "edited",
        "old": {"default_country": "US"},
        "new": {"default_country": "TR"},
    },
    {
        "package_id": 2,
        "action": "moved",
        "old": {"position": 2, "behind": 1},
        "new": {"position": 1},
    },
]


def rows_of(name: str, *columns: str, **types: Any) -> TableClause:  # noqa: ANN401
    """A table as it was before."""
    typed = (column(each, type_) for each, type_ in types.items())
    return table(name, *(column(each) for each in columns), *typed)


CREDIT_PACKAGE = rows_of("credit_package", "id", *VALUES, "rank", "version", "search_text")
OLD_REVISION = rows_of(
    *("draft_revision", "package_id", "action", "version", "author"),
    old=JSON,
    new=JSON,
    created_at=DateTime,
)
OLD_BATCH = rows_of(
    *("draft_batch", "action", "first_id", "last_id", "author"), created_at=DateTime
)
OLD_RELEASE = rows_of(
    *("release", "number", "based_on", "revision_id", "author", "note"),
    moved=JSON,
    created_at=DateTime,
    live_from=DateTime,
)
OLD_PACKAGE = rows_of(
    *("released_package", "id", "release_number", "package_id", "position", "rank", *VALUES)
)
OLD_SETTINGS = rows_of(
    "released_settings", "release_number", "platform_name", "default_country", "intro_text"
)


def fill(connection: Connection, releases: Sequence[OldRelease]) -> None:
    """These releases, and drafts and draft writes to go with them, as they were kept before."""
    drafts = {1: A, 2: B}  # what the draft writes are about
    for release in releases:
        drafts |= release.packages
    extra = {"version": 1, "search_text": ""}
    rows = [{"id": id, "rank": id, **extra, **named(drafts[id])} for id in drafts]
    connection.execute(insert(CREDIT_PACKAGE), rows)
    for revision in REVISIONS:
        connection.execute(insert(OLD_REVISION).values(revision | BY_ANA | {"version": 2}))
    batch = {"action": "undo", "first_id": 2, "last_id": 3}
    connection.execute(insert(OLD_BATCH).values(batch | BY_ANA))
    for number, release in enumerate(releases, start=1):
        fill_release(connection, number, release)


def fill_release(connection: Connection, number: int, release: OldRelease) -> None:
    row = {"number": number, "based_on": number - 1 or None, "live_from": NOON, "note": ""}
    more = {"revision_id": release.revision_id, "moved": list(release.moved)}
    connection.execute(insert(OLD_RELEASE).values({**row, **more, **BY_ANA}))
    rows = [
        {
            "id": 1000 * number + id,
            "release_number": number,
            "package_id": id,
            "position": place,
            "rank": OUT_OF_PLACE if id in release.out_of_place else 7 * place,
            **named(values),
        }
        for _country, place, id, values in release.listing()
    ]
    if rows:
        connection.execute(insert(OLD_PACKAGE), rows)
    names = ("platform_name", "default_country", "intro_text")
    settings = dict(zip(names, release.settings, strict=True))
    connection.execute(insert(OLD_SETTINGS).values(settings | {"release_number": number}))


@dataclass
class OldDatabase:
    url: str
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = connect(self.url)

    def upgraded(self, releases: Sequence[OldRelease]) -> Connection:
        """Reads what became of these releases."""
        migrate_to(self.url, BEFORE)
        with self.engine.connect().execution_options(writing=True) as connection:
            fill(connection, releases)
            connection.commit()
        migrate(self.url)
        return self.engine.connect()


@pytest.fixture
def old(empty_database: str) -> Iterator[OldDatabase]:
    old = OldDatabase(empty_database)
    yield old
    old.engine.dispose()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def kept_old(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OldDatabase]:
    """The database that was made by hand, after all migrations: once for all that only read it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('old') / 'old.db'}"
    else:
        postgres: Server = request.getfixturevalue("postgres")
        postgres.execute("CREATE DATABASE kept_old")
        url = postgres.url("kept_old")
    old = OldDatabase(url)
    old.upgraded(OLD_RELEASES).close()
    yield old
    old.engine.dispose()
    if request.param == "postgres":
        postgres.execute("DROP DATABASE kept_old WITH (FORCE)")


@pytest.fixture
def upgraded(kept_old: OldDatabase) -> Iterator[Connection]:
    with kept_old.engine.connect() as connection:
        yield connection


def listings(connection: Connection, releases: int) -> list[Listing]:
    """What each release shows: of each package the newest version so far, unless it is gone."""
    found: list[Listing] = []
    newest: dict[int, tuple[int, int, Values]] = {}
    versions = connection.execute(select(ReleasedPackage.__table__)).all()
    for number in range(1, releases + 1):
        for row in versions:
            if row.release_number == number:
                newest.pop(row.item_id, None)
                if not row.is_gone:
                    values = tuple(getattr(row, name) for name in VALUES)
                    newest[row.item_id] = row.rank, row.item_id, values
        packages = {id: values for _rank, id, values in sorted(newest.values())}
        found.append(OldRelease(packages).listing())
    return found


def settings_shown(connection: Connection, releases: int) -> list[SettingsRow]:
    table = ReleasedSettings.__table__.c
    rows = connection.execute(
        select(table.release_number, table.platform_name, table.default_country, table.intro_en)
    ).all()
    versions = {number: (name, country, intro) for number, name, country, intro in rows}
    return [
        versions[max(number for number in versions if number <= release)]
        for release in range(1, releases + 1)
    ]


def check_same(connection: Connection, releases: Sequence[OldRelease]) -> None:
    """Every release reads as before, and no version says what the one before it says."""
    assert listings(connection, len(releases)) == [release.listing() for release in releases]
    shown = settings_shown(connection, len(releases))
    assert shown == [release.settings for release in releases]
    by_item: dict[int, list[tuple[object, ...]]] = defaultdict(list)
    versions = select(ReleasedPackage.__table__).order_by(ReleasedPackage.release_number)
    for row in connection.execute(versions):
        said = (row.is_gone, row.rank, *(getattr(row, name) for name in VALUES))
        assert by_item[row.item_id][-1:] != [said], row
        by_item[row.item_id].append(said)
    assert not any(said[0][0] for said in by_item.values()), "the first version is gone"


def check_live(connection: Connection, newest: OldRelease) -> None:
    """What is live is the newest release."""
    released, live = ReleasedPackage.__table__.c, LivePackage.__table__.c
    rows = connection.execute(
        select(live.country, live.item_id, *(released[name] for name in VALUES))
        .join_from(LivePackage, ReleasedPackage, live.released_id == released.id)
        .where(live.item_id == released.item_id, live.rank == released.rank, ~released.is_gone)
        .order_by(live.country, live.rank, live.item_id)
    ).all()
    assert connection.scalar(text("SELECT count(*) FROM live_package")) == len(rows)
    packages = {id: tuple(values) for _country, id, *values in rows}
    assert OldRelease(packages).listing() == newest.listing()
    settings = ReleasedSettings.__table__.c
    live_settings = select(settings.platform_name, settings.default_country, settings.intro_en)
    live_settings = live_settings.join_from(LiveSettings, ReleasedSettings)
    assert [tuple(row) for row in connection.execute(live_settings)] == [newest.settings]


def test_a_package_has_a_row_for_each_change(upgraded: Connection) -> None:
    """Caught: comparing the values alone, without the place; no row for one that is gone; one
    that is back like it was compared with what it was before."""
    released = ReleasedPackage.__table__.c
    wanted = [
        (1001, 1, 1, False, *A, 1),
        (1002, 1, 2, False, *B, 2),
        (1003, 1, 3, False, *C, 1),
        (1005, 1, 5, False, *E, 3),
        (1006, 1, 6, False, *F, 2),
        (2002, 2, 2, False, *CHEAPER_B, 2),
        (2003, 2, 3, False, *C, 2),
        (2004, 2, 4, False, *D, 1),
        (2006, 2, 6, False, *F, 3),
        (3001, 3, 1, False, *A, 2),
        (3002, 3, 2, False, *CHEAPER_B, 1),
        (3005, 3, 5, False, *E, 3),
        (3006, 2, 5, True, *E, 3),
        (3007, 3, 6, True, *F, 3),
    ]
    names = ("id", "release_number", "item_id", "is_gone", *VALUES, "rank")
    rows = connection_rows(upgraded, *(released[name] for name in names))
    assert rows == [(*row[:-1], row[-1] * RANK_GAP) for row in wanted]


def connection_rows(connection: Connection, *columns: Any) -> list[tuple[object, ...]]:  # noqa: ANN401
    """These columns of all rows, ordered by the first."""
    return [tuple(row) for row in connection.execute(select(*columns).order_by(columns[0]))]


def test_settings_have_a_row_for_each_change(upgraded: Connection) -> None:
    """Caught: a row for every release."""
    shared = (1, False)
    rows = upgraded.execute(select(ReleasedSettings.__table__)).mappings().all()
    keys = [(r["id"], r["release_number"], r["item_id"], r["is_gone"]) for r in rows]
    assert keys == [(1, 1, *shared), (2, 2, *shared)]
    said = [[r[name] for name in SETTINGS_NOW] for r in rows]
    assert said == [
        ["Shop", "US", "en", "UTC", "", "", "", ""],
        ["New shop", "TR", "en", "UTC", "Hello", "", "", ""],
    ]


SETTINGS_NOW = (
    *("platform_name", "default_country", "main_language", "time_zone"),
    *("intro_en", "intro_tr", "intro_de", "intro_ar"),
)


def test_the_draft_of_the_settings_is_kept(old: OldDatabase) -> None:
    """Caught: an intro that becomes empty with its new name."""
    migrate_to(old.url, BEFORE)
    with old.engine.connect().execution_options(writing=True) as connection:
        connection.execute(text("UPDATE storefront_settings SET intro_text = 'Hi', version = 5"))
        connection.commit()
    migrate(old.url)
    with old.engine.connect() as connection:
        row = connection.execute(select(StorefrontSettings.__table__)).mappings().one()
    assert [row[name] for name in SETTINGS_NOW] == [
        *("Our platform", "US", "en", "UTC"),
        *("Hi", "", "", ""),
    ]
    assert row["version"] == 5


def test_every_release_reads_as_before(upgraded: Connection) -> None:
    check_same(upgraded, OLD_RELEASES)


def test_what_is_live_is_the_newest_release(upgraded: Connection) -> None:
    """Caught: pointing at the newest release's own rows, without what stayed as it was."""
    check_live(upgraded, OLD_RELEASES[-1])
    live = connection_rows(upgraded, LivePackage.item_id, LivePackage.released_id)
    assert live == [(1, 3001), (2, 3002), (3, 2003), (4, 2004), (5, 3005)]
    live = connection_rows(upgraded, LiveSettings.item_id, LiveSettings.released_id)
    assert live == [(1, 2)]


def test_every_release_is_sealed(upgraded: Connection) -> None:
    assert connection_rows(upgraded, ReleaseSeal.release_number) == [(1,), (2,), (3,)]


def test_draft_writes_name_their_item(upgraded: Connection) -> None:
    """Caught: the intro's old name left in what was written to the settings."""
    c = DraftRevision.__table__.c
    rows = connection_rows(upgraded, c.id, c.item_type, c.item_id, c.action, c.old, c.new)
    intro = {"platform_name": "Shop", "intro_en": ""}
    assert rows == [
        (1, "package", 1, "added", {}, {"name": "A"}),
        (2, "settings", 1, "edited", intro, {"platform_name": "New shop", "intro_en": "Hello"}),
        (3, "settings", 1, "edited", {"default_country": "US"}, {"default_country": "TR"}),
        (4, "package", 2, "moved", {"position": 2, "behind": 1}, {"position": 1}),
    ]
    rows = connection_rows(upgraded, c.version, c.author, c.created_at)
    assert set(rows) == {(2, "ana@example.com", NOON.replace(tzinfo=UTC))}
    b = DraftBatch.__table__.c
    assert connection_rows(upgraded, b.id, b.action, b.first_id, b.last_id) == [(1, "undo", 2, 3)]


def test_releases_name_what_was_moved_and_left_out(upgraded: Connection) -> None:
    """Caught: what an older release left out, which a later one may have let through."""
    c = Release.__table__.c
    assert connection_rows(upgraded, c.number, c.moved, c.left_out) == [
        (1, [], {}),
        (2, [], {}),
        (3, ["package-2", "package-1"], {"package-3-moved": 3}),
    ]


def test_the_next_rows_get_ids_of_their_own(old: OldDatabase) -> None:
    """Caught: PostgreSQL's sequences left where they began."""
    old.upgraded(OLD_RELEASES).close()
    with old.engine.connect().execution_options(writing=True) as connection:
        release = {"number": 4, "revision_id": 0, "author": "ana", "note": ""}
        connection.execute(insert(Release).values(release))
        row = named(A) | {"item_id": 1, "rank": 0, "release_number": 4}
        connection.execute(insert(ReleasedPackage).values(row))
        assert connection.scalar(text("SELECT max(id) FROM released_package")) == 3008
        row = INITIAL_SETTINGS._asdict() | {"release_number": 4, "item_id": 1}
        connection.execute(insert(ReleasedSettings).values(row))
        assert connection.scalar(text("SELECT max(id) FROM released_settings")) == 3


def test_a_place_far_down_fits(old: OldDatabase) -> None:
    """Caught: PostgreSQL's integers, too small for the rank of place 2048."""
    release = OldRelease({id: package("P") for id in range(1, 2051)})
    with old.upgraded([release]) as connection:
        highest = connection.scalar(text("SELECT max(rank) FROM released_package"))
        assert highest == 2050 * RANK_GAP
        check_live(connection, release)


# From 5 on, where the releases are many.
@pytest.mark.parametrize("seed", range(5, 6 + SEQUENCES))
def test_random_releases_read_as_before(old: OldDatabase, seed: int) -> None:
    """Caught: a package gone for several releases that is gone in each of them again."""
    releases = generate(random.Random(seed))  # noqa: S311 - nothing secret
    with old.upgraded(releases) as connection:
        check_same(connection, releases)
        check_live(connection, releases[-1])


def generate(dice: random.Random) -> list[OldRelease]:
    """Releases in which packages come, go, come back, change and move, also between countries."""
    names, countries = "ABC", ("DE", "TR", "US")
    known = list(range(1, 13))
    release = OldRelease({})
    releases = []
    for _ in range(dice.randint(1, 25)):
        packages = list(release.packages.items())
        for _ in range(dice.randint(0, 4)):
            staying = dict(packages)
            match dice.choice(["in", "in", "out", "edit", "move"]):
                case "in":
                    id = dice.choice(known)
                    if id not in staying:
                        values = package(dice.choice(names), dice.choice(countries))
                        packages.insert(dice.randint(0, len(packages)), (id, values))
                case "out" if packages:
                    packages.pop(dice.randrange(len(packages)))
                case "edit" if packages:
                    at = dice.randrange(len(packages))
                    values = package(dice.choice(names), dice.choice(countries))
                    packages[at] = packages[at][0], values
                case "move" if packages:
                    moved = packages.pop(dice.randrange(len(packages)))
                    packages.insert(dice.randint(0, len(packages)), moved)
        settings = (dice.choice(names), "US", "") if dice.random() < 0.2 else release.settings
        release = replace(release, packages=dict(packages), settings=settings)
        releases.append(release)
    return releases


def test_an_empty_database_has_nothing_live(engine: Engine) -> None:
    with engine.connect() as connection:
        for name in ("live_package", "live_settings", "live_market", "release_seal", "market"):
            assert connection.scalar(text(f"SELECT count(*) FROM {name}")) == 0  # noqa: S608


ALTERED = {
    "draft_revision": "author",
    "draft_batch": "author",
    "release": "note",
    "released_package": "name",
    "released_settings": "platform_name",
    "release_seal": "release_number",
}


def test_history_that_was_carried_over_is_sealed(old: OldDatabase) -> None:
    """Caught: a table that SQLite has copied, without its triggers."""
    old.upgraded(OLD_RELEASES).close()
    statements = ("UPDATE {0} SET {1} = {1}", "DELETE FROM {0}")
    for statement, (name, changed) in product(statements, ALTERED.items()):
        with (
            old.engine.connect().execution_options(writing=True) as connection,
            pytest.raises(IntegrityError, match="insert-only|never deleted"),
        ):
            connection.execute(text(statement.format(name, changed)))
            pytest.fail(f"{name} is not sealed")


@pytest.mark.parametrize("kept_old", ["sqlite"], indirect=True)
def test_nothing_else_is_left_in_the_file(upgraded: Connection) -> None:
    """Caught: a table that was only needed on the way."""
    left = "SELECT name FROM sqlite_master WHERE name LIKE '%version%' OR name LIKE '%tmp%'"
    names = upgraded.scalars(text(left)).all()
    assert [name for name in names if name != "alembic_version"] == [
        "sqlite_autoindex_alembic_version_1"
    ]

"""A catalogue in which a mixture shows: what it must hold in each round, and what it does hold.

In every round each package, the platform's name and the order of each country change together,
and all names carry the round's number. What must be there is worked out from that number alone,
what is there is read as plain rows: none of it trusts the code that publishes.
"""

import json
import re
import subprocess
from collections import Counter
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.ordering import Place
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.review.review import apply_reviewed
from domain.catalogue.settings.rules import SettingsValues
from domain.database import writing
from tests.html import find, texts
from tools.scripts.install_postgres import find_postgres

COUNTRIES = {"TR": "TRY", "US": "USD"}
EACH = 3
AUTHOR = "ana@example.com"
# Every package is edited, one in each country is moved, and the settings are edited.
CHANGES = EACH * len(COUNTRIES) + len(COUNTRIES) + 1

# The id of each package, by country and number.
Packages = dict[tuple[str, int], int]


def platform_name(number: int) -> str:
    return f"Shop r{number}."


def package_name(country: str, which: int, number: int) -> str:
    return f"{country}{which} r{number}."


def order(number: int) -> list[int]:
    """The packages of each country in the order of that round: in each, the first goes last."""
    return [(place + number) % EACH for place in range(EACH)]


def names(country: str, number: int) -> list[str]:
    return [package_name(country, which, number) for which in order(number)]


def values(country: str, which: int, number: int) -> PackageValues:
    """The same price for each credit: nothing to warn of."""
    name, size = package_name(country, which, number), which + 1
    return PackageValues(name, 100 * size, 1000 * size, COUNTRIES[country], country)


def settings(number: int) -> SettingsValues:
    return SettingsValues(platform_name(number), "TR")


def fill(engine: Engine) -> Packages:
    """Round 0, live."""
    with Session(engine) as session, writing(session):
        packages = {
            (country, which): drafts.add_package(
                session, values(country, which, 0), author=AUTHOR
            ).id
            for country in COUNTRIES
            for which in range(EACH)
        }
        drafts.edit_settings(session, settings(0), version=1, author=AUTHOR)
    publish(engine, 0)
    return packages


def edit(engine: Engine, packages: Packages, number: int) -> None:
    """The drafts of the next round."""
    with Session(engine) as session, writing(session):
        for (country, which), id in packages.items():
            version, new = drafts.get_package(session, id).version, values(country, which, number)
            drafts.edit_package(session, id, new, version=version, author=AUTHOR)
        for country in COUNTRIES:
            moved = packages[country, order(number)[-1]]
            drafts.move_package(session, moved, Place(EACH), country=country, author=AUTHOR)
        version = drafts.get_settings(session).version
        drafts.edit_settings(session, settings(number), version=version, author=AUTHOR)


def publish(engine: Engine, number: int) -> None:
    with Session(engine) as session, writing(session):
        token = pending_changes(session).token
        apply_reviewed(session, token, author=AUTHOR, note=f"Round {number}")


def round_shown(page: str, country: str) -> int:
    """The round whose catalogue the page is, and that one whole."""
    # Of all of the page: what only machines read could be of another round.
    found = {int(number) for number in re.findall(r"\br(\d+)\.", page)}
    assert len(found) == 1, f"rounds {found} in one page"
    (number,) = found
    cards = texts(page, ".card h2")
    assert cards == names(country, number), f"{cards} in round {number}"
    products = json.loads(find(page, 'script[type="application/ld+json"]').text())["@graph"]
    assert [product["name"] for product in products] == cards
    assert texts(page, ".shop-name") == [platform_name(number)]
    return number


def read_notes(engine: Engine) -> set[str]:
    """The notes of all releases. Each is a whole round, each round is there once, and what is live
    is the newest."""
    with engine.connect() as connection:
        releases = connection.execute(
            text(
                "SELECT r.number, r.note, r.change_count, s.platform_name, s.default_country,"
                " c.release_number FROM release r"
                " LEFT JOIN released_settings s ON s.release_number = r.number"
                " LEFT JOIN release_seal c ON c.release_number = r.number"
                " ORDER BY r.number"
            )
        ).all()
        packages, live = _released_packages(connection), _live_packages(connection)
    for number, (release, note, change_count, *settings, seal) in enumerate(releases):
        assert release == number + 1, f"release {release} is number {number + 1}"
        assert note.partition(" by ")[0] == f"Round {number}", f"{note!r} is not round {number}"
        assert change_count == (CHANGES if number else CHANGES - len(COUNTRIES))
        assert settings == [platform_name(number), "TR"], f"round {number} has {settings}"
        assert seal == release, f"round {number} has no seal"
        found, wanted = packages.pop(release, []), expected_packages(number)
        assert found == wanted, f"round {number} has {found}"
    assert not packages, f"packages of no release: {packages}"
    assert live == expected_packages(len(releases) - 1), f"live are {live}"
    return {row.note for row in releases}


def expected_packages(number: int) -> list[tuple[object, ...]]:
    """Country, position, and what the package holds, in reading order."""
    found: list[tuple[object, ...]] = []
    for country in COUNTRIES:
        for place, which in enumerate(order(number), start=1):
            v = values(country, which, number)
            found.append((country, place, v.name, v.credits, v.price_minor, v.currency, ""))
    return found


HOLDS = "p.name, p.credits, p.price_minor, p.currency, p.short_info"


def _released_packages(connection: Connection) -> dict[int, list[tuple[object, ...]]]:
    """By release: of each package the newest version until then. All change in every round."""
    rows = connection.execute(
        text(
            f"SELECT release_number, country, {HOLDS} FROM released_package p"  # noqa: S608
            " WHERE NOT is_gone ORDER BY release_number, country, rank, item_id"
        )
    )
    releases: dict[int, list[tuple[Any, ...]]] = {}
    for number, *package in rows:
        releases.setdefault(number, []).append(tuple(package))
    return {number: _with_places(packages) for number, packages in releases.items()}


def _live_packages(connection: Connection) -> list[tuple[object, ...]]:
    rows = connection.execute(
        text(
            f"SELECT l.country, {HOLDS} FROM live_package l"  # noqa: S608
            " JOIN released_package p ON p.id = l.released_id ORDER BY l.country, l.rank, l.item_id"
        )
    )
    return _with_places([tuple(row) for row in rows])


def _with_places(packages: list[tuple[Any, ...]]) -> list[tuple[object, ...]]:
    """Each behind its country and its place there, from 1."""
    places: Counter[str] = Counter()
    found: list[tuple[object, ...]] = []
    for country, *holds in packages:
        places[country] += 1
        found.append((country, places[country], *holds))
    return found


def check_integrity(engine: Engine) -> None:
    """The database says of itself that it is sound; PostgreSQL by handing over every row."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            assert connection.scalars(text("PRAGMA integrity_check")).all() == ["ok"]
            assert connection.execute(text("PRAGMA foreign_key_check")).first() is None
        return
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    dump = [str(find_postgres() / "pg_dump"), "--file=/dev/null", url]
    subprocess.run(dump, check=True, capture_output=True)

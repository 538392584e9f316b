"""The drafts and releases as plain rows, and a model that replays what was done to the drafts."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

FIELDS = ("name", "credits", "price_minor", "currency", "country", "short_info")
SETTINGS = (
    *("platform_name", "default_country", "intro_en", "intro_tr", "intro_de", "intro_ar"),
    *("main_language", "time_zone", "buying", "buying_link"),
)
MARKET = ("tax", "tax_basis_points", "note_en", "note_tr", "note_de", "note_ar")
NOTHING_SAID = ("nothing", 0, "", "", "", "")

Row = tuple[Any, ...]


class Rows(NamedTuple):
    """A whole catalogue: the settings; id and country of each market of which something is said,
    and what; each package that stays, behind its id, in the order of its country."""

    settings: Row
    markets: list[Row]
    packages: list[Row]


EMPTY = Rows(("Our platform", "US", "", "", "", "", "en", "UTC", "here", ""), [], [])


def read_drafts(session: Session) -> Rows:
    settings = f"SELECT {', '.join(SETTINGS)} FROM storefront_settings"  # noqa: S608
    markets = f"SELECT id, country, {', '.join(MARKET)} FROM market ORDER BY country"  # noqa: S608
    packages = (
        f"SELECT id, {', '.join(FIELDS)} FROM credit_package"  # noqa: S608
        " WHERE removed_at IS NULL ORDER BY country, rank, id"
    )
    (of_settings,), of_markets, of_packages = (
        [tuple(row) for row in session.execute(text(sql))] for sql in (settings, markets, packages)
    )
    return Rows(of_settings, that_say_something(of_markets), of_packages)


def read_release(session: Session, number: int) -> Rows:
    """In the same form: for each item the newest version up to the release."""
    settings = _newest_versions(session, "settings", SETTINGS, number)
    markets = _newest_versions(session, "market", ("country", *MARKET), number)
    packages = _newest_versions(session, "package", ("country", "rank", "item_id", *FIELDS), number)
    return Rows(
        settings.get(1, EMPTY.settings),
        that_say_something(sorted(((id, *row) for id, row in markets.items()), key=_country)),
        [(id, *values) for _country, _rank, id, *values in sorted(packages.values())],
    )


def that_say_something(markets: Sequence[Row]) -> list[Row]:
    return [row for row in markets if row[2:] != NOTHING_SAID]


def _country(market: Row) -> Any:  # noqa: ANN401 - any column
    return market[1]


def _newest_versions(
    session: Session, type: str, columns: Sequence[str], number: int
) -> dict[int, Row]:
    """By item, without those that are gone; each release's versions replace those before."""
    rows = session.execute(
        text(
            f"SELECT item_id, is_gone, {', '.join(columns)} FROM released_{type}"  # noqa: S608
            " WHERE release_number <= :number ORDER BY release_number"
        ),
        {"number": number},
    )
    newest: dict[int, Row] = {}
    for id, is_gone, *values in rows:
        newest.pop(id, None)
        if not is_gone:
            newest[id] = tuple(values)
    return newest


LIVE = {
    "package": ("id", "country", "rank"),
    "market": ("id", "country"),
    "settings": ("id",),
}


def check_live_tables(session: Session, newest: int) -> None:
    """What is live is what all releases together come to, row by row."""
    for type, columns in LIVE.items():
        kept = ", ".join("released_id" if name == "id" else name for name in columns)
        rows = session.execute(text(f"SELECT item_id, {kept} FROM live_{type}"))  # noqa: S608
        found = {id: tuple(row) for id, *row in rows}
        assert found == _newest_versions(session, type, columns, newest), f"live_{type}"


class Replay:
    """The drafts as a history of writes leaves them."""

    def __init__(self, rows: Rows) -> None:
        self.values: dict[int, dict[str, Any]] = {}
        self.market_ids: dict[str, int] = {}
        self.become(rows)

    def expect(self, rows: Rows) -> None:
        assert self.rows == rows

    def become(self, rows: Rows, seen: Rows | None = None) -> None:
        """All at once; `seen` is what it was done to in its author's eyes."""
        if seen is not None:
            self.expect(seen)
        self.settings = dict(zip(SETTINGS, rows.settings, strict=True))
        self.markets: dict[str, dict[str, Any]] = {}
        for id, country, *said in rows.markets:
            self.put_market(id, country, dict(zip(MARKET, said, strict=True)))
        self.orders: dict[str, list[int]] = {}
        for id, *values in rows.packages:
            self.values[id] = dict(zip(FIELDS, values, strict=True))
            self.orders.setdefault(self.values[id]["country"], []).append(id)

    def put(self, id: int, changed: dict[str, Any], position: int) -> None:
        """Gives a package some values and a place; position 0 takes it away."""
        self.values.setdefault(id, {}).update(changed)
        for order in self.orders.values():
            if id in order:
                order.remove(id)
        if position:
            order = self.orders.setdefault(self.values[id]["country"], [])
            order.insert(position - 1, id)

    def put_settings(self, changed: dict[str, Any]) -> None:
        self.settings.update(changed)

    def market(self, country: str) -> dict[str, Any]:
        """What is said about the country."""
        nothing = dict(zip(MARKET, NOTHING_SAID, strict=True))
        return nothing | self.markets.get(country, {})

    def put_market(self, id: int, country: str, changed: dict[str, Any]) -> None:
        self.market_ids[country] = id
        self.markets[country] = self.market(country) | changed

    @property
    def rows(self) -> Rows:
        markets = [
            (self.market_ids[country], country, *(said[name] for name in MARKET))
            for country, said in sorted(self.markets.items())
        ]
        packages = [
            (id, *(self.values[id][name] for name in FIELDS))
            for country in sorted(self.orders)
            for id in self.orders[country]
        ]
        return Rows(tuple(self.settings.values()), that_say_something(markets), packages)


Effect = Callable[[Replay], None]
# The number of a commit; 0 for what it did, 1 for what was seen after it; what that was.
Entry = tuple[int, int, Effect]


def replay(start: Rows, history: Sequence[Entry]) -> Rows:
    """What the drafts are after all that."""
    model = Replay(start)
    for _commit, _side, effect in sorted(history, key=lambda entry: entry[:2]):
        effect(model)
    return model.rows

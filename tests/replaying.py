"""The drafts and releases as plain rows, and a model that replays what was done to the drafts."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

FIELDS = ("name", "credits", "price_minor", "currency", "country", "short_info")
SETTINGS = ("platform_name", "default_country", "intro_text")

# The settings, then each package that stays, in the order of its country.
Rows = list[tuple[Any, ...]]


def read_drafts(session: Session) -> Rows:
    settings = f"SELECT {', '.join(SETTINGS)} FROM storefront_settings"  # noqa: S608
    packages = (
        f"SELECT id, {', '.join(FIELDS)} FROM credit_package"  # noqa: S608
        " WHERE removed_at IS NULL ORDER BY country, rank, id"
    )
    return [tuple(row) for sql in (settings, packages) for row in session.execute(text(sql))]


def read_release(session: Session, number: int) -> Rows:
    """In the same form; each country's positions must be 1 to n."""
    settings = f"SELECT {', '.join(SETTINGS)} FROM released_settings"  # noqa: S608
    packages = f"SELECT package_id, {', '.join(FIELDS)}, position FROM released_package"  # noqa: S608
    which = {"number": number}
    rows = session.execute(
        text(f"{packages} WHERE release_number = :number ORDER BY country, position"), which
    ).all()
    for country in {row.country for row in rows}:
        places = [row.position for row in rows if row.country == country]
        assert places == list(range(1, len(places) + 1)), f"{places} in {country}"
    found = session.execute(text(f"{settings} WHERE release_number = :number"), which).one()
    return [tuple(found), *(tuple(row)[:-1] for row in rows)]


class Replay:
    """The drafts as a history of writes leaves them."""

    def __init__(self, rows: Rows) -> None:
        self.values: dict[int, dict[str, Any]] = {}
        self.become(rows)

    def expect(self, rows: Rows) -> None:
        assert self.rows == rows

    def become(self, rows: Rows, seen: Rows | None = None) -> None:
        """All at once; `seen` is what it was done to in its author's eyes."""
        if seen is not None:
            self.expect(seen)
        settings, *packages = rows
        self.settings = dict(zip(SETTINGS, settings, strict=True))
        self.orders: dict[str, list[int]] = {}
        for id, *values in packages:
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

    @property
    def rows(self) -> Rows:
        packages = [
            (id, *(self.values[id][name] for name in FIELDS))
            for country in sorted(self.orders)
            for id in self.orders[country]
        ]
        return [tuple(self.settings.values()), *packages]


Effect = Callable[[Replay], None]
# The number of a commit; 0 for what it did, 1 for what was seen after it; what that was.
Entry = tuple[int, int, Effect]


def replay(start: Rows, history: Sequence[Entry]) -> Rows:
    """What the drafts are after all that."""
    model = Replay(start)
    for _commit, _side, effect in sorted(history, key=lambda entry: entry[:2]):
        effect(model)
    return model.rows

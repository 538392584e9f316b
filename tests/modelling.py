"""What must hold of publishing, in dictionaries and lists: no SQL, and none of Scrip's code."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tests.replaying import FIELDS, MARKET, NOTHING_SAID, SETTINGS, Replay, Row, Rows

Values = Mapping[str, Any]
# Decided together: an amount means nothing without its currency, nor a rate without its tax, nor a
# link without its use.
GROUPS = (("name",), ("credits",), ("price_minor", "currency"), ("country",), ("short_info",))
SETTINGS_GROUPS = (*((name,) for name in SETTINGS[:-2]), ("buying", "buying_link"))
MARKET_GROUPS = (("tax", "tax_basis_points"), *((name,) for name in MARKET[2:]))
# The fields of each type, and which of them are decided together.
TYPES = {
    "package": (FIELDS, GROUPS),
    "settings": (SETTINGS, SETTINGS_GROUPS),
    "market": (MARKET, MARKET_GROUPS),
}
COUNTRY = 1 + FIELDS.index("country")


class Model(Replay):
    """The drafts, by the rules of listing order and of two admins in one form."""

    def order(self, country: str) -> list[int]:
        return self.orders.setdefault(country, [])

    def is_staying(self, id: int) -> bool:
        return any(id in order for order in self.orders.values())

    def country(self, id: int) -> str:
        return str(self.values[id]["country"])

    def place(self, id: int) -> int:
        return self.order(self.country(id)).index(id) + 1

    def add(self, id: int, values: Values, place: int) -> None:
        last = len(self.order(values["country"])) + 1
        self.put(id, dict(values), min(place, last))

    def save(self, id: int, values: Values) -> None:
        """In another country it becomes the last one."""
        place = self.place(id)
        if values["country"] != self.country(id):
            place = len(self.order(values["country"])) + 1
        self.put(id, dict(values), place)

    def move(self, id: int, place: int) -> None:
        last = len(self.order(self.country(id)))
        self.put(id, {}, min(max(place, 1), last))

    def move_beside(self, id: int, neighbour: int, behind: bool) -> None:
        order = self.order(self.country(id))
        if neighbour != id and neighbour in order:
            others = [other for other in order if other != id]
            self.put(id, {}, others.index(neighbour) + 1 + behind)


def merged(
    opened: Values, mine: Values, now: Values, groups: Collection[tuple[str, ...]] = GROUPS
) -> Values | None:
    """What I changed in the form, and what others changed since I opened it; None when that is
    the same, and different."""
    result = dict(now)
    for names in groups:
        was, my, their = ([side[name] for name in names] for side in (opened, mine, now))
        if my != was and their not in (was, my):
            return None
        if my != was:
            result |= zip(names, my, strict=True)
    return result


@dataclass(frozen=True)
class Difference:
    """A change that is no move: its fields if it is an edit, and what the item becomes."""

    kind: str
    fields: tuple[str, ...]
    becomes: Row | None
    countries: frozenset[str]

    @property
    def places(self) -> bool:
        """Whether it brings a package to a country."""
        return self.kind == "added" or "country" in self.fields


def difference(live: Rows, drafts: Rows) -> dict[str, Difference]:
    """All that differs but places, by the names of the changes: "package-7-edited"."""
    found = {}
    before, after = items(live), items(drafts)
    for item in before.keys() | after.keys():
        type, _, _ = item.partition("-")
        old, new = before.get(item, absent(type)), after.get(item, absent(type))
        if old == new:
            continue
        kind = "added" if old is None else "removed" if new is None else "edited"
        fields: tuple[str, ...] = ()
        if old and new:
            fields = _differing(old, new, TYPES[type][0])
        countries = _countries(item, (old, new), live, drafts)
        found[f"{item}-{kind}"] = Difference(kind, fields, new, frozenset(countries))
    return found


def items(rows: Rows) -> dict[str, Row]:
    """What each item holds, by its name, places and what markets are about apart."""
    return {
        "settings-1": rows.settings,
        **{f"market-{id}": tuple(said) for id, _country, *said in rows.markets},
        **{f"package-{id}": tuple(values) for id, *values in rows.packages},
    }


def absent(type: str) -> Row | None:
    """What an item is where it is not mentioned."""
    return NOTHING_SAID if type == "market" else None


def _countries(item: str, sides: Collection[Row | None], *catalogues: Rows) -> set[str]:
    if item.startswith("market"):
        rows = [row for catalogue in catalogues for row in catalogue.markets]
        return {country for id, country, *_ in rows if item == f"market-{id}"}
    if item.startswith("package"):
        return {side[COUNTRY - 1] for side in sides if side}
    return set()


def check_moves(live: Rows, drafts: Rows, moved: Collection[int]) -> None:
    """As few as can be, and what was not moved is still in its order."""
    least = 0
    for country in {row[COUNTRY] for row in drafts.packages}:
        before, after = order_of(live, country), order_of(drafts, country)
        both = set(before) & set(after)
        before, after = [i for i in before if i in both], [i for i in after if i in both]
        least += len(both) - _longest_in_order([before.index(id) for id in after])
        assert [i for i in before if i not in moved] == [i for i in after if i not in moved]
    assert len(moved) == least


def has_twins(rows: Rows) -> bool:
    """Whether a country sells the same for the same price under one name twice."""
    last = 1 + FIELDS.index("short_info")
    offers = [row[1:last] for row in rows.packages]
    return len(set(offers)) < len(offers)


def _longest_in_order(places: list[int]) -> int:
    lengths: list[int] = []
    for n, place in enumerate(places):
        lengths.append(1 + max((lengths[k] for k in range(n) if places[k] < place), default=0))
    return max(lengths, default=0)


def order_of(rows: Rows, country: str) -> list[int]:
    """The ids of a country in their order."""
    return [row[0] for row in rows.packages if row[COUNTRY] == country]


def _differing(
    old: tuple[Any, ...], new: tuple[Any, ...], names: tuple[str, ...]
) -> tuple[str, ...]:
    return tuple(n for n, was, now in zip(names, old, new, strict=True) if was != now)


def with_changes(live: Rows, drafts: Rows, keys: Collection[str]) -> dict[str, Row]:
    """What each item of `live` is with the changes of those keys; places apart."""
    found = items(live)
    for key, change in difference(live, drafts).items():
        item, becomes = key.rpartition("-")[0], change.becomes
        if key not in keys:
            continue
        if becomes is None or becomes == NOTHING_SAID:
            del found[item]
        else:
            found[item] = becomes
    return found


def picked(live: Rows, drafts: Rows, chosen: Collection[str], left_out: Collection[str]) -> Rows:
    """What `live` is with some of the changes to `drafts`.

    What no chosen change moves keeps its order of `live`; whatever else there is comes behind the
    package that it is behind in `drafts`, of those that follow the drafts.
    """
    found = with_changes(live, drafts, chosen)
    about = {id: country for rows in (live, drafts) for id, country, *_ in rows.markets}
    markets = [(id, about[id], *found[f"market-{id}"]) for id in about if f"market-{id}" in found]
    rows = {
        id: (id, *values)
        for item, values in found.items()
        if item.startswith("package") and (id := int(item.rpartition("-")[2]))
    }
    packages = []
    for country in sorted({row[COUNTRY] for row in rows.values()}):
        here = {id for id, row in rows.items() if row[COUNTRY] == country}
        order = [
            id
            for id in order_of(live, country)
            if id in here and f"package-{id}-moved" not in chosen
        ]
        behind = 0
        for id in order_of(drafts, country):
            if id in here and f"package-{id}-moved" not in left_out:
                if id not in order:
                    order.insert(behind, id)
                behind = order.index(id) + 1
        packages += [rows[id] for id in order]
    return Rows(found["settings-1"], sorted(markets, key=lambda row: row[1]), packages)

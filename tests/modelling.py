"""What must hold of publishing, in dictionaries and lists: no SQL, and none of Scrip's code."""

from collections.abc import Collection, Mapping
from typing import Any

from tests.replaying import FIELDS, SETTINGS, Replay, Rows

Values = Mapping[str, Any]
# Decided together: an amount means nothing without its currency.
GROUPS = (("name",), ("credits",), ("price_minor", "currency"), ("country",), ("short_info",))
SETTINGS_GROUPS = tuple((name,) for name in SETTINGS)


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


def difference(live: Rows, drafts: Rows) -> set[tuple[str, int | None, tuple[str, ...]]]:
    """Kind, package and fields of each change but moves."""
    before, after = _by_id(live), _by_id(drafts)
    settings = _differing(live[0], drafts[0], SETTINGS)
    found: set[tuple[str, int | None, tuple[str, ...]]] = set()
    if settings:
        found.add(("settings", None, settings))
    for id in before.keys() | after.keys():
        if id not in before:
            found.add(("added", id, ()))
        elif id not in after:
            found.add(("removed", id, ()))
        elif fields := _differing(before[id], after[id], FIELDS):
            found.add(("edited", id, fields))
    return found


def check_moves(live: Rows, drafts: Rows, moved: Collection[int | None]) -> None:
    """As few as can be, and what was not moved is still in its order."""
    least = 0
    for country in {row[1 + FIELDS.index("country")] for row in drafts[1:]}:
        before, after = order_of(live, country), order_of(drafts, country)
        both = set(before) & set(after)
        before, after = [i for i in before if i in both], [i for i in after if i in both]
        least += len(both) - _longest_in_order([before.index(id) for id in after])
        assert [i for i in before if i not in moved] == [i for i in after if i not in moved]
    assert len(moved) == least


def has_twins(rows: Rows) -> bool:
    """Whether a country sells the same for the same price under one name twice."""
    last = 1 + FIELDS.index("short_info")
    offers = [row[1:last] for row in rows[1:]]
    return len(set(offers)) < len(offers)


def _longest_in_order(places: list[int]) -> int:
    lengths: list[int] = []
    for n, place in enumerate(places):
        lengths.append(1 + max((lengths[k] for k in range(n) if places[k] < place), default=0))
    return max(lengths, default=0)


def _by_id(rows: Rows) -> dict[int, tuple[Any, ...]]:
    return {id: tuple(values) for id, *values in rows[1:]}


def order_of(rows: Rows, country: str) -> list[int]:
    """The ids of a country in their order."""
    return [row[0] for row in rows[1:] if row[1 + FIELDS.index("country")] == country]


def _differing(
    old: tuple[Any, ...], new: tuple[Any, ...], names: tuple[str, ...]
) -> tuple[str, ...]:
    return tuple(n for n, was, now in zip(names, old, new, strict=True) if was != now)


def with_changes(live: Rows, drafts: Rows, keys: Collection[str]) -> Rows:
    """What `live` is with the changes of those keys; the places of packages apart."""
    before, after = _by_id(live), _by_id(drafts)
    found = [drafts[0] if "settings" in keys else live[0]]
    for id in before.keys() | after.keys():
        kind = "added" if id not in before else "removed" if id not in after else "edited"
        side = after if f"{id}-{kind}" in keys else before
        if id in side:
            found.append((id, *side[id]))
    return found


def picked(live: Rows, drafts: Rows, chosen: Collection[str], left_out: Collection[str]) -> Rows:
    """What `live` is with some of the changes to `drafts`.

    What no chosen change moves keeps its order of `live`; whatever else there is comes behind the
    package that it is behind in `drafts`, of those that follow the drafts.
    """
    settings, *packages = with_changes(live, drafts, chosen)
    rows = {id: (id, *values) for id, *values in packages}
    country_at = 1 + FIELDS.index("country")
    result = [settings]
    for country in sorted({row[country_at] for row in rows.values()}):
        here = {id for id, row in rows.items() if row[country_at] == country}
        order = [id for id in order_of(live, country) if id in here and f"{id}-moved" not in chosen]
        behind = 0
        for id in order_of(drafts, country):
            if id in here and f"{id}-moved" not in left_out:
                if id not in order:
                    order.insert(behind, id)
                behind = order.index(id) + 1
        result += [rows[id] for id in order]
    return result

"""What a catalogue would be with some of the changes only. Pure.

Applying a part, discarding, and restoring all ask this one question.
"""

from collections.abc import Collection, Iterable

from catalogue.changes import Change, Kind, Listed, Packages
from catalogue.rules import PackageValues


def pick(
    before: Packages, after: Packages, changes: Iterable[Change], chosen: Collection[str]
) -> dict[int, Listed]:
    """`before` with those of the `changes` to `after` whose keys are `chosen`, and no others.

    All of them give `after`, none give `before`. What was not chosen keeps its place behind the
    package that it stands behind in `before`.
    """
    left_out = {(c.package_id, c.kind) for c in changes if c.key not in chosen}
    values = dict(_values(before, after, left_out))
    follows_after = {
        id
        for id in values
        if id in after
        and values[id].country == after[id].values.country
        and (id, Kind.MOVED) not in left_out
    }
    orders = _orders(before, after, values, follows_after)
    return {
        id: Listed(id, values[id], place)
        for order in orders.values()
        for place, id in enumerate(order, start=1)
    }


def _values(
    before: Packages, after: Packages, left_out: Collection[tuple[int | None, Kind]]
) -> Iterable[tuple[int, PackageValues]]:
    for id in before.keys() | after.keys():
        if id not in before:
            if (id, Kind.ADDED) not in left_out:
                yield id, after[id].values
        elif id not in after:
            if (id, Kind.REMOVED) in left_out:
                yield id, before[id].values
        else:
            is_left_out = (id, Kind.EDITED) in left_out
            yield id, (before if is_left_out else after)[id].values


def _orders(
    before: Packages,
    after: Packages,
    values: dict[int, PackageValues],
    follows_after: Collection[int],
) -> dict[str, list[int]]:
    """The ids of each country in order."""
    orders: dict[str, list[int]] = {}
    for id in sorted(follows_after, key=lambda id: after[id].position):
        orders.setdefault(values[id].country, []).append(id)
    stay = sorted(values.keys() - set(follows_after), key=lambda id: before[id].position)
    for id in stay:
        order = orders.setdefault(values[id].country, [])
        order.insert(_place_behind_predecessor(id, order, before), id)
    return orders


def _place_behind_predecessor(id: int, order: list[int], before: Packages) -> int:
    """Where in `order` the nearest package that stood above `id` ends; 0 when there is none."""
    here = before[id]
    above = [
        (before[other].position, index + 1)
        for index, other in enumerate(order)
        if other in before
        and before[other].values.country == here.values.country
        and before[other].position < here.position
    ]
    return max(above, default=(0, 0))[1]

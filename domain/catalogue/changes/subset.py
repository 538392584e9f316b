"""What a catalogue would be with some of the changes only. Pure.

Applying a part, discarding, and restoring all ask this one question.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import chain

from domain.catalogue.changes.diff import Change, Kind, Packages, PositionedPackage
from domain.catalogue.rules import PackageValues


def apply_subset(
    before: Packages, after: Packages, changes: Collection[Change], chosen: Collection[str]
) -> dict[int, PositionedPackage]:
    """`before` with those of the `changes` to `after` whose keys are `chosen`, and no others.

    All of them give `after`, none give `before`. Whatever is not moved by a chosen change keeps
    its order of `before`; what is, stands behind the package that it stands behind in `after`.
    """
    left_out = {(c.package_id, c.kind) for c in changes if c.key not in chosen}
    moved = {c.package_id for c in changes if c.kind == Kind.MOVED and c.key in chosen}
    values = dict(_values(before, after, left_out))
    stay = {
        id
        for id in values
        if id in before and before[id].values.country == values[id].country and id not in moved
    }
    follow = [
        id
        for id in values
        if id in after
        and after[id].values.country == values[id].country
        and (id, Kind.MOVED) not in left_out
    ]
    return {
        id: PositionedPackage(id, values[id], place)
        for order in _orders(before, after, values, stay, follow)
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
    values: Mapping[int, PackageValues],
    stay: Collection[int],
    follow: Iterable[int],
) -> Iterable[list[int]]:
    """The ids of each country in order.

    Those that `stay` are there in their old order. Going through those that `follow` the new one,
    whatever does not stay is put behind the one before it.
    """
    orders: dict[str, list[int]] = {values[id].country: [] for id in values}
    for id in sorted(stay, key=lambda id: before[id].position):
        orders[values[id].country].append(id)
    first: dict[str, list[int]] = {country: [] for country in orders}
    behind: dict[int, list[int]] = {id: [] for id in stay}
    room = dict(first)
    for id in sorted(follow, key=lambda id: after[id].position):
        country = values[id].country
        if id in behind:
            room[country] = behind[id]
        else:
            room[country].append(id)
    for country, order in orders.items():
        yield [*first[country], *chain.from_iterable((id, *behind[id]) for id in order)]

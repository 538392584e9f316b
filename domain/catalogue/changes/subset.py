"""What a catalogue would be with some of the changes only. Pure.

Applying a part, discarding, and restoring all ask this one question.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import chain

from domain.catalogue.changes.diff import Change, ItemKey, ItemState, Kind, States


def apply_subset(
    before: States, after: States, changes: Collection[Change], chosen: Collection[str]
) -> dict[ItemKey, ItemState]:
    """`before` with those of the `changes` to `after` whose keys are `chosen`, and no others.

    All of them give `after`, none give `before`. Whatever is not moved by a chosen change keeps
    its order of `before`; what is, stands behind the item that it stands behind in `after`.
    """
    left_out = {(c.item, c.kind) for c in changes if c.key not in chosen}
    moved = {c.item for c in changes if c.kind == Kind.MOVED and c.key in chosen}
    sides = dict(_sides(before, after, left_out))
    stay = {
        item
        for item, side in sides.items()
        if item in before and before[item].group == side.group and item not in moved
    }
    follow = [
        item
        for item, side in sides.items()
        if item in after and after[item].group == side.group and (item, Kind.MOVED) not in left_out
    ]
    places = {
        item: place
        for order in _orders(before, after, sides, stay, follow)
        for place, item in enumerate(order, start=1)
    }
    return {
        item: side._replace(position=places[item]) if side.position else side
        for item, side in sides.items()
    }


def _sides(
    before: States, after: States, left_out: Collection[tuple[ItemKey, Kind]]
) -> Iterable[tuple[ItemKey, ItemState]]:
    """Each item that there is, as it is on the side that it is taken from."""
    for item in before.keys() | after.keys():
        if item not in before:
            if (item, Kind.ADDED) not in left_out:
                yield item, after[item]
        elif item not in after:
            if (item, Kind.REMOVED) in left_out:
                yield item, before[item]
        else:
            is_left_out = (item, Kind.EDITED) in left_out
            yield item, (before if is_left_out else after)[item]


def _orders(
    before: States,
    after: States,
    sides: Mapping[ItemKey, ItemState],
    stay: Collection[ItemKey],
    follow: Iterable[ItemKey],
) -> Iterable[list[ItemKey]]:
    """The items of each group in order.

    Those that `stay` are there in their old order. Going through those that `follow` the new one,
    whatever does not stay is put behind the one before it.
    """
    orders: dict[tuple[str, str], list[ItemKey]] = {_order(side): [] for side in sides.values()}
    for item in sorted(stay, key=lambda item: before[item].position):
        orders[_order(sides[item])].append(item)
    first: dict[tuple[str, str], list[ItemKey]] = {order: [] for order in orders}
    behind: dict[ItemKey, list[ItemKey]] = {item: [] for item in stay}
    room = dict(first)
    for item in sorted(follow, key=lambda item: after[item].position):
        order = _order(sides[item])
        if item in behind:
            room[order] = behind[item]
        else:
            room[order].append(item)
    for order, items in orders.items():
        yield [*first[order], *chain.from_iterable((item, *behind[item]) for item in items)]


def _order(side: ItemState) -> tuple[str, str]:
    return side.item.type, side.group

"""What differs between two catalogues, in the fewest words. Pure.

The same comparison serves the pending changes, and any two releases. It knows no item type: an
item has fields, may belong to a group, and may have a place in the order of that group.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from domain.catalogue.rules import Values


class Kind(StrEnum):
    ADDED = "added"
    EDITED = "edited"
    MOVED = "moved"
    REMOVED = "removed"


class ItemKey(NamedTuple):
    """One item of one type; written "package-7"."""

    type: str
    id: int

    def __str__(self) -> str:
        return f"{self.type}-{self.id}"

    @classmethod
    def read(cls, text: str) -> "ItemKey":
        type, id = text.rsplit("-", 1)
        return cls(type, int(id))


class ItemState(NamedTuple):
    """An item as one side of a comparison has it.

    `group` is what it belongs to, "" for nothing. `position` is its place in the order of its
    group, from 1; 0 where there is no order, or none that may have changed.
    """

    item: ItemKey
    values: Values
    group: str = ""
    position: int = 0


@dataclass(frozen=True)
class Change:
    """One difference; `fields` names what an edit changed."""

    kind: Kind
    before: ItemState | None
    after: ItemState | None
    fields: tuple[str, ...] = ()

    @cached_property
    def state(self) -> ItemState:
        """The item as it becomes, or as it was when it goes."""
        side = self.after or self.before
        assert side is not None  # noqa: S101 - a change has a side
        return side

    @property
    def item(self) -> ItemKey:
        return self.state.item

    @property
    def groups(self) -> set[str]:
        """What the item belongs to, before and after; empty for what belongs to nothing."""
        return {side.group for side in (self.before, self.after) if side and side.group}

    @property
    def order(self) -> tuple[str, str]:
        """Type and group of the item: what its place is in."""
        return self.item.type, self.state.group

    @property
    def places(self) -> bool:
        """Whether it gives the item a place in an order in which it was not, or not there."""
        if self.before and self.after:
            return self.kind == Kind.MOVED or self.before.group != self.after.group
        return self.kind == Kind.ADDED

    @cached_property
    def key(self) -> str:
        """Names it among the changes of one comparison: "package-7-edited"."""
        return key_of(self.item, self.kind)


def key_of(item: ItemKey, kind: Kind) -> str:
    return f"{item}-{kind}"


def read_key(key: str) -> tuple[ItemKey, Kind]:
    """What the key of a change names."""
    item, kind = key.rsplit("-", 1)
    return ItemKey.read(item), Kind(kind)


States = Mapping[ItemKey, ItemState]
_REVERSED = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED}


def reverse(change: Change) -> Change:
    """The change that takes this one back."""
    kind = _REVERSED.get(change.kind, change.kind)
    return Change(kind, change.after, change.before, change.fields)


def compare(
    before: States,
    after: States,
    moved_by_hand: Collection[ItemKey] = frozenset(),
    *,
    as_recorded: bool = False,
) -> list[Change]:
    """The changes that turn `before` into `after`, in reading order.

    `moved_by_hand` holds the items that somebody moved; where several smallest sets of moves
    explain an order, theirs are named, and `as_recorded` all of theirs.
    """
    was, order = orders(before), orders(after)
    find = find_recorded_moves if as_recorded else find_moved
    moved = {
        ItemKey(type, id)
        for type, group in was.keys() & order.keys()
        for id in find(was[type, group], order[type, group], _of_type(type, moved_by_hand))
    }
    states = {**before, **after}.values()
    return list_changes((state.item for state in sorted(states, key=_place)), before, after, moved)


def list_changes(
    items: Iterable[ItemKey], before: States, after: States, moved: Collection[ItemKey]
) -> list[Change]:
    """What is different about these items, in their order, where it is known which are `moved`."""
    changes = []
    for item in items:
        old, new = before.get(item), after.get(item)
        if old is None or new is None:
            if old is not new:
                kind = Kind.REMOVED if new is None else Kind.ADDED
                changes.append(Change(kind, old, new))
            continue
        if old.values != new.values:
            changes.append(Change(Kind.EDITED, old, new, _differing(old.values, new.values)))
        if item in moved:
            changes.append(Change(Kind.MOVED, old, new))
    return changes


def orders(states: States) -> dict[tuple[str, str], list[int]]:
    """The ids of each type and group that have an order, in it."""
    found: dict[tuple[str, str], list[int]] = {}
    for state in sorted(states.values(), key=_place):
        if state.position:
            found.setdefault((state.item.type, state.group), []).append(state.item.id)
    return found


def _of_type(type: str, items: Collection[ItemKey]) -> set[int]:
    return {item.id for item in items if item.type == type}


def _place(state: ItemState) -> tuple[str, int, ItemKey]:
    return state.group, state.position, state.item


def _differing(before: Values, after: Values) -> tuple[str, ...]:
    sides = zip(before._fields, before, after, strict=True)
    return tuple(name for name, old, new in sides if old != new)


def find_moved(
    before: Sequence[int], after: Sequence[int], moved_by_hand: Collection[int] = frozenset()
) -> set[int]:
    """The fewest items to move so that those of a group that stay in it change their order from
    `before` to `after`. Who changed the group is edited, not moved."""
    staying = set(before).intersection(after)
    was = [id for id in before if id in staying]
    order = [id for id in after if id in staying]
    return staying - kept_in_order(was, order, moved_by_hand)


def find_recorded_moves(
    before: Sequence[int], after: Sequence[int], recorded: Collection[int]
) -> set[int]:
    """Those recorded as moved, if they explain the order: a part of what was reviewed may be more
    than the fewest."""
    still = set(before).intersection(after).difference(recorded)
    if [id for id in before if id in still] == [id for id in after if id in still]:
        return set(before).intersection(after).intersection(recorded)
    return find_moved(before, after, recorded)


def kept_in_order(
    before: Sequence[int], after: Sequence[int], moved_by_hand: Collection[int] = frozenset()
) -> set[int]:
    """The largest set of ids that need no move to turn `before` into `after`.

    Both hold the same ids. This is the longest increasing subsequence of the old places in the
    new order. Among equally long ones it keeps most of what has the same place before and after
    ("2nd to 2nd" is no move to any reader), then most of what nobody moved, then the lower ids.
    Takes n log n steps: a Fenwick tree answers "the best chain that ends at an old place below".
    """
    runs = _runs(before, after)
    # A chain's length, how many of it kept their place, how many nobody moved, minus its last id.
    none = (0, 0, 0, 0)
    best_ending_below = [none] * (len(runs) + 1)
    previous: dict[int, list[int]] = {}
    best = none
    for run in runs:
        below = none
        i = run.place - 1
        while i > 0:
            below = max(best_ending_below[i], below)
            i &= i - 1
        length, same_place, untouched, last = below
        chain = (
            length + len(run.ids),
            same_place + (len(run.ids) if run.same_place else 0),
            untouched + sum(id not in moved_by_hand for id in run.ids),
            -run.ids[-1],
        )
        previous[run.ids[-1]] = [*run.ids, -last]
        i = run.place
        while i <= len(runs):
            best_ending_below[i] = max(best_ending_below[i], chain)
            i += i & -i
        best = max(best, chain)
    kept: set[int] = set()
    id = -best[3]
    while id:
        *ids, id = previous[id]
        kept.update(ids)
    return kept


@dataclass(frozen=True, slots=True)
class _Run:
    """Items that follow each other both before and after; before, this is the `place`-th run."""

    place: int
    ids: list[int]
    same_place: bool


def _runs(before: Sequence[int], after: Sequence[int]) -> list[_Run]:
    """`after` in runs. A run is kept as a whole or not at all, and most of a long list is a few."""
    old_place = {id: place for place, id in enumerate(before)}
    runs: list[tuple[int, list[int]]] = []
    for now, id in enumerate(after):
        if runs and old_place[id] == old_place[runs[-1][1][-1]] + 1:
            runs[-1][1].append(id)
        else:
            runs.append((now, [id]))
    starts = sorted(old_place[ids[0]] for _now, ids in runs)
    places = {start: place for place, start in enumerate(starts, start=1)}
    return [
        _Run(places[old_place[ids[0]]], ids, same_place=old_place[ids[0]] == now)
        for now, ids in runs
    ]

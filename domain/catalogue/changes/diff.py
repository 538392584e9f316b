"""What differs between two catalogues, in the fewest words. Pure.

The same comparison serves the pending changes, and any two releases.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from domain.catalogue.rules import PACKAGE_FIELDS, SETTINGS_FIELDS, PackageValues, SettingsValues


class Kind(StrEnum):
    SETTINGS = "settings"
    ADDED = "added"
    EDITED = "edited"
    MOVED = "moved"
    REMOVED = "removed"


class PositionedPackage(NamedTuple):
    """A package at its place (1 to n) in the listing order of its country."""

    id: int
    values: PackageValues
    position: int


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `fields` names what an edit changed."""

    kind: Kind
    before: PositionedPackage | SettingsValues | None
    after: PositionedPackage | SettingsValues | None
    fields: tuple[str, ...] = ()

    @property
    def package_id(self) -> int | None:
        """The package it is about, None for the settings."""
        side = self.after or self.before
        return side.id if isinstance(side, PositionedPackage) else None

    @property
    def key(self) -> str:
        """Names it among the changes of one comparison: "7-edited", "settings"."""
        return self.kind.value if self.package_id is None else f"{self.package_id}-{self.kind}"


Packages = Mapping[int, PositionedPackage]
_REVERSED = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED}


def reverse(change: Change) -> Change:
    """The change that takes this one back."""
    kind = _REVERSED.get(change.kind, change.kind)
    return Change(kind, change.after, change.before, change.fields)


def compare(
    before: Packages,
    after: Packages,
    moved_by_hand: Collection[int] = frozenset(),
    *,
    as_recorded: bool = False,
) -> list[Change]:
    """The changes that turn `before` into `after`, both by package id, in reading order.

    `moved_by_hand` holds the packages that somebody moved; where several smallest sets of moves
    explain an order, theirs are named, and `as_recorded` all of theirs.
    """
    was, order = orders(before), orders(after)
    find = find_recorded_moves if as_recorded else find_moved
    moved = {
        id
        for country in was.keys() & order.keys()
        for id in find(was[country], order[country], moved_by_hand)
    }
    return list_changes(before, after, moved)


def list_changes(before: Packages, after: Packages, moved: Collection[int]) -> list[Change]:
    """The same where it is known which packages are `moved`; those that did not change may be
    left out on both sides."""
    changes = [
        *(Change(Kind.ADDED, None, listed) for id, listed in after.items() if id not in before),
        *_edits(before, after),
        *(Change(Kind.MOVED, before[id], after[id]) for id in moved),
        *(Change(Kind.REMOVED, listed, None) for id, listed in before.items() if id not in after),
    ]
    return sorted(changes, key=_reading_order)


def orders(packages: Packages) -> dict[str, list[int]]:
    """The ids of each country in listing order."""
    ids: dict[str, list[int]] = {}
    for listed in sorted(packages.values(), key=lambda listed: listed.position):
        ids.setdefault(listed.values.country, []).append(listed.id)
    return ids


def countries_of(changes: Iterable[Change]) -> set[str]:
    """The countries that the changes are about, before or after."""
    sides = (side for change in changes for side in (change.before, change.after))
    return {side.values.country for side in sides if isinstance(side, PositionedPackage)}


def compare_settings(before: SettingsValues, after: SettingsValues) -> list[Change]:
    """One change at most, whatever number of settings differ."""
    fields = _differing(before, after, SETTINGS_FIELDS)
    return [Change(Kind.SETTINGS, before, after, fields)] if fields else []


def change_set_token(base: int, changes: Sequence[Change]) -> str:
    """A token that names exactly these changes to release `base`."""
    content = json.dumps([(change.kind, change.before, change.after) for change in changes])
    return f"{base}-{hashlib.sha256(content.encode()).hexdigest()[:32]}"


def fingerprint(change: Change) -> str:
    """Names the change with all it says: after another edit it is another one.

    A move says places only, so it stays the same move when the package is edited.
    """
    if change.kind == Kind.MOVED:
        sides = (change.before, change.after)
        places = [side.position for side in sides if isinstance(side, PositionedPackage)]
        return f"{change.key}:{'-'.join(map(str, places))}"
    return f"{change.key}:{change_set_token(0, [change])[2:10]}"


def _reading_order(change: Change) -> tuple[str, int, int]:
    listed = change.after or change.before
    assert isinstance(listed, PositionedPackage)  # noqa: S101 - package changes only
    return listed.values.country, listed.position, listed.id


def _differing(before: object, after: object, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _edits(before: Packages, after: Packages) -> Iterable[Change]:
    for id in before.keys() & after.keys():
        fields = _differing(before[id].values, after[id].values, PACKAGE_FIELDS)
        if fields:
            yield Change(Kind.EDITED, before[id], after[id], fields)


def find_moved(
    before: Sequence[int], after: Sequence[int], moved_by_hand: Collection[int] = frozenset()
) -> set[int]:
    """The fewest packages to move so that those of a country that stay in it change their order
    from `before` to `after`. Who changed the country is edited, not moved."""
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
    """Packages that follow each other both before and after; before, this is the `place`-th run."""

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

"""What differs between the drafts and what is live, and its name as a whole."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from domain.catalogue.changes.diff import Change, ItemKey, ItemState, Kind, find_moved, list_changes
from domain.catalogue.item_types import ITEM_TYPES, ItemType
from domain.catalogue.pending.diff_queries import (
    Baseline,
    Pair,
    read_candidates,
    read_orders,
    read_pairs,
)
from domain.database import AnySession

CURSOR = re.compile(r"(\d{1,18})-(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How much somebody has seen: the draft writes up to one, and the releases up to one.

    It names what was pending then: ids count up under the catalogue's lock, so nothing comes in
    between, and revisions tell what every draft was.
    """

    revision_id: int
    release_number: int

    def __str__(self) -> str:
        return f"{self.revision_id}-{self.release_number}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """From its text; None for what is none."""
        parts = CURSOR.fullmatch(text)
        return cls(int(parts[1]), int(parts[2])) if parts else None


@dataclass(frozen=True)
class Pending:
    """Every difference between the drafts and the live release.

    `orders` has the drafted ids of each type and group in which an item may have come or been put
    elsewhere, `ranks` the live rank of each item that is different and has one.
    """

    live: Baseline
    changes: tuple[Change, ...]
    orders: Mapping[tuple[str, str], list[int]] = field(default_factory=dict)
    ranks: Mapping[ItemKey, int] = field(default_factory=dict)

    @property
    def cursor(self) -> Cursor:
        """Whoever applies or discards hands it back: it names all that was seen."""
        return Cursor(self.live.newest_id, self.live.number)

    @property
    def token(self) -> str:
        return str(self.cursor)

    @cached_property
    def counts(self) -> Mapping[Kind, int]:
        return Counter(change.kind for change in self.changes)

    def count_in(self, country: str) -> int:
        """How many changes concern a country."""
        return sum(country in change.groups for change in self.changes)

    @cached_property
    def by_item(self) -> Mapping[ItemKey, tuple[Change, ...]]:
        """The changes pending for each item that has any."""
        by_item: dict[ItemKey, tuple[Change, ...]] = {}
        for change in self.changes:
            by_item[change.item] = (*by_item.get(change.item, ()), change)
        return by_item


def pending_changes(session: AnySession) -> Pending:
    """Takes no longer in a larger catalogue, as every draft write leaves a revision."""
    baseline, pairs = read_candidates(session)
    by_type: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_type.setdefault(pair.item.type, []).append(pair)
    changes: list[Change] = []
    orders: dict[tuple[str, str], list[int]] = {}
    for type, candidates in by_type.items():
        found, its_orders = _compare(session, ITEM_TYPES[type], candidates)
        changes += found
        orders |= {(type, group): order for group, order in its_orders.items()}
    ranks = {pair.item: pair.rank for pair in pairs if pair.rank is not None}
    return Pending(baseline, tuple(sorted(changes, key=_reading_order)), orders, ranks)


def _reading_order(change: Change) -> tuple[str, bool]:
    """By group, and what has no place in it first. Of those of a type the order is known."""
    return change.state.group, ITEM_TYPES[change.item.type].is_ordered


def _compare(
    session: AnySession, item_type: ItemType, pairs: list[Pair]
) -> tuple[list[Change], dict[str, list[int]]]:
    """What differs among these items of a type, and the drafted orders in which some may be
    elsewhere."""
    placed = [pair for pair in pairs if item_type.is_ordered and not pair.keeps_place]
    drafted = read_orders(session, item_type, {pair.draft.group for pair in placed if pair.draft})
    live = _live_orders(placed, drafted)
    by_hand = {pair.item.id for pair in pairs if pair.was_placed}
    moved = {id for group in drafted for id in find_moved(live[group], drafted[group], by_hand)}
    # The fewest moves may name items that nobody wrote to.
    others = moved.difference(pair.item.id for pair in pairs)
    pairs = [*pairs, *read_pairs(session, item_type, dict.fromkeys(others, True))]
    pairs.sort(key=lambda pair: pair.place)
    before = _sides([pair.live for pair in pairs], live)
    after = _sides([pair.draft for pair in pairs], drafted)
    keys = {ItemKey(item_type.name, id) for id in moved}
    return list_changes((pair.item for pair in pairs), before, after, keys), drafted


def _live_orders(
    placed: Collection[Pair], drafted: Mapping[str, list[int]]
) -> dict[str, list[int]]:
    """The live order of these groups. All but the `placed` are live in the order of the drafts;
    where those are live is known."""
    elsewhere = {pair.item.id for pair in placed}
    orders = {group: [id for id in ids if id not in elsewhere] for group, ids in drafted.items()}
    was_live = [pair.live for pair in placed if pair.live and pair.live.group in orders]
    for state in sorted(was_live, key=lambda state: state.position):
        orders[state.group].insert(state.position - 1, state.item.id)
    return orders


def _sides(
    states: Iterable[ItemState | None], orders: Mapping[str, list[int]]
) -> dict[ItemKey, ItemState]:
    """One side of the pairs; where their group is among these orders, with positions in it."""
    sides = {state.item: state for state in states if state}
    wanted = {state.item.id for state in sides.values() if state.group in orders}
    places = {
        id: place
        for ids in orders.values()
        for place, id in enumerate(ids, start=1)
        if id in wanted
    }
    return {
        item: state._replace(position=places[item.id]) if item.id in places else state
        for item, state in sides.items()
    }

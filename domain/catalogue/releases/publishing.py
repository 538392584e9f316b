"""From drafts to live: what a review lets through. The only code that writes a release."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import Delete, Insert, Select, bindparam, delete, insert, not_, select

from domain.catalogue.changes.diff import Change, ItemKey, ItemState, Kind, orders
from domain.catalogue.changes.ranks import fresh_ranks, neighbours, rank_between
from domain.catalogue.changes.subset import apply_subset
from domain.catalogue.item_columns import group_column
from domain.catalogue.item_types import ITEM_TYPES, ItemType
from domain.catalogue.models import Release, ReleaseSeal
from domain.catalogue.pending.diff_queries import read_pairs
from domain.catalogue.pending.pending import Pending
from domain.database import AnySession, portions
from domain.request_addresses import note_address

Ranks = dict[int, int]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class PlannedRelease:
    """A release worked out: its own columns, and the rows of each item type that it changes."""

    columns: Row
    rows: Mapping[str, Sequence[Row]]


def plan_release(session: AnySession, pending: Pending, chosen: Collection[str]) -> PlannedRelease:
    """How those of the pending changes go live whose keys are `chosen`, for callers who have seen
    to it that they may.

    A row for each changed item; only when the room in an order is used up, all items of that
    group get a new one.
    """
    applied = [change for change in pending.changes if change.key in chosen]
    rows = {}
    for name, item_type in ITEM_TYPES.items():
        changes = [change for change in applied if change.item.type == name]
        if changes:
            rows[name] = _plan_rows(session, item_type, pending, changes)
    return PlannedRelease(_columns(pending, applied), rows)


def publish(session: AnySession, planned: PlannedRelease, *, author: str, note: str) -> int:
    """Makes it live; the release's number. For callers who hold the lock, and know that nobody
    wrote to the catalogue since the plan was made."""
    note_address(session)
    release = Release(**planned.columns, author=author, note=note)
    session.add(release)
    session.flush()
    for name, rows in planned.rows.items():
        item_type = ITEM_TYPES[name]
        session.execute(insert(item_type.released.__table__), rows)
        _bring_along(session, item_type, release.number)
    session.add(ReleaseSeal(release_number=release.number))
    session.flush()
    return release.number


def _columns(pending: Pending, applied: Sequence[Change]) -> Row:
    live, going = pending.live, {change.key for change in applied}
    return {
        "number": live.number + 1,
        "based_on": live.number or None,
        "revision_id": live.newest_id,
        "change_count": len(applied),
        "moved": [str(change.item) for change in applied if change.kind == Kind.MOVED],
        "left_out": {c.key: live.made_after(c) for c in pending.changes if c.key not in going},
    }


def _plan_rows(
    session: AnySession, item_type: ItemType, pending: Pending, applied: list[Change]
) -> list[Row]:
    """The versions of the changed items of a type."""
    versions = _versions(applied)
    gone = {change.item.id for change in applied if change.kind == Kind.REMOVED}
    ranks = _ranks(session, item_type, pending, applied) if item_type.is_ordered else {}
    others = dict.fromkeys(ranks.keys() - versions.keys(), False)
    pairs = read_pairs(session, item_type, others)
    versions |= {pair.item.id: pair.live for pair in pairs if pair.live}
    return [
        {
            "release_number": pending.live.number + 1,
            "item_id": id,
            "is_gone": id in gone,
            **({item_type.group: state.group} if item_type.group else {}),
            **({"rank": ranks[id]} if item_type.is_ordered else {}),
            **state.values._asdict(),
        }
        for id, state in versions.items()
    ]


def _versions(applied: Iterable[Change]) -> dict[int, ItemState]:
    """What each changed item becomes; of one that goes, what it was."""
    versions: dict[int, ItemState] = {}
    for change in applied:
        match change.kind:
            case Kind.ADDED | Kind.EDITED:
                versions[change.item.id] = change.state
            case Kind.MOVED | Kind.REMOVED:
                versions.setdefault(change.item.id, change.before or change.state)
    return versions


def _ranks(
    session: AnySession, item_type: ItemType, pending: Pending, applied: Sequence[Change]
) -> Ranks:
    """The rank of each changed item, and a new one for whoever has to make room."""
    ranks = {c.item.id: pending.ranks[c.item] for c in applied if c.item in pending.ranks}
    placed: dict[str, set[int]] = {}
    for change in applied:
        if change.places:
            placed.setdefault(change.state.group, set()).add(change.item.id)
    targets = _target_orders(session, item_type, pending, applied, placed)
    near = {group: neighbours(order, placed[group]) for group, order in targets.items()}
    known = _live_ranks(session, item_type, chain.from_iterable(near.values()))
    for group, order in near.items():
        stay = {id: known[id] for id in order if id not in placed[group]}
        found = rank_between(order, stay)
        ranks |= fresh_ranks(targets[group]) if found is None else found
    return ranks


def _target_orders(
    session: AnySession,
    item_type: ItemType,
    pending: Pending,
    applied: Sequence[Change],
    groups: Iterable[str],
) -> dict[str, Sequence[int]]:
    """The ids of each of these groups as they will be live."""
    type, chosen = item_type.name, {change.key for change in applied}
    ours = [change for change in pending.changes if change.item.type == type]
    left_out = {group for c in ours if c.key not in chosen for group in c.groups}
    targets: dict[str, Sequence[int]] = {
        group: pending.orders[type, group] for group in groups if group not in left_out
    }
    parts = left_out.intersection(groups)
    for group, live in _live_orders(session, item_type, parts).items():
        before = {change.item: change.before for change in ours if change.before}
        after = {change.item: change.after for change in ours if change.after}
        before |= _listed(type, group, live)
        after |= _listed(type, group, pending.orders[type, group])
        mixed = apply_subset(before, after, ours, chosen)
        targets[group] = orders(mixed).get((type, group), [])
    return targets


def _listed(type: str, group: str, ids: Iterable[int]) -> dict[ItemKey, ItemState]:
    """Items of which only the place counts."""
    states = (ItemState(ItemKey(type, id), None, group, n) for n, id in enumerate(ids, start=1))
    return {state.item: state for state in states}


def _live_orders(
    session: AnySession, item_type: ItemType, groups: Collection[str]
) -> dict[str, list[int]]:
    """The ids of what is live in each of these groups, in order."""
    orders: dict[str, list[int]] = {group: [] for group in groups}
    if groups:
        live = item_type.live.__table__
        group = group_column(item_type, item_type.live)
        in_order = select(group, live.c.item_id).where(group.in_(groups)).order_by(live.c.rank)
        for name, id in session.execute(in_order).all():
            orders[name].append(id)
    return orders


def _live_ranks(session: AnySession, item_type: ItemType, ids: Iterable[int]) -> Ranks:
    """The rank of each of these items that is live."""
    ranks: Ranks = {}
    for portion in portions(ids):
        rows = session.execute(_ranks_of(item_type), {"ids": portion})
        ranks |= dict(rows.tuples().all())
    return ranks


def _bring_along(session: AnySession, item_type: ItemType, number: int) -> None:
    """Makes live what the release holds; doing this for every release gives what is live now."""
    for statement in _following(item_type):
        session.execute(statement, {"number": number})


# Made once: putting them together takes longer than to have them answered.
@cache
def _ranks_of(item_type: ItemType) -> Select[Any]:
    live = item_type.live.__table__
    ranks = select(live.c.item_id, live.c.rank)
    return ranks.where(live.c.item_id.in_(bindparam("ids", expanding=True)))


@cache
def _following(item_type: ItemType) -> tuple[Delete, Insert]:
    released, live = item_type.released.__table__, item_type.live.__table__
    ours = released.c.release_number == bindparam("number")
    columns = [column.name for column in live.c if column.name != "released_id"]
    versions = select(released.c.id, *(released.c[name] for name in columns))
    return (
        delete(live).where(live.c.item_id.in_(select(released.c.item_id).where(ours))),
        insert(live).from_select(
            ["released_id", *columns], versions.where(ours, not_(released.c.is_gone))
        ),
    )

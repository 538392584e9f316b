"""Items that may differ from what is live, as they are drafted and as they are live. Reads only.

Since the last release, an item is as it is live unless it has a revision, or a change of it was
left out of that release. Going by that takes no longer in a larger catalogue.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)

from domain.catalogue.changes.diff import Change, ItemKey, ItemState, Kind, read_key
from domain.catalogue.item_columns import group_column, stays
from domain.catalogue.item_types import ITEM_TYPES, ItemType
from domain.catalogue.models import DraftRevision, Release
from domain.catalogue.settings.models import StorefrontSettings
from domain.database import MOST_ID, AnySession, portions


@dataclass(frozen=True)
class Baseline:
    """The live release (0: none) as far as comparing goes by it.

    Draft writes up to `revision_id` are live, but for the changes in `left_out`: for the key of
    each, the draft write after which it was made. `newest_id` is the newest draft write there is.
    """

    number: int
    revision_id: int
    newest_id: int
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def oldest_id(self) -> int:
        """The draft write after which everything was made that is pending."""
        return min([self.revision_id, *self.left_out.values()])

    def since(self, item: ItemKey) -> int:
        """The draft write after which everything pending of the item was made, its place apart."""
        return self._since.get(item, self.revision_id)

    def made_after(self, change: Change) -> int:
        """The draft write after which the change was made."""
        if change.kind == Kind.MOVED:
            return self.left_out.get(change.key, self.orders_since)
        return self.left_out.get(change.key, self.since(change.item))

    @cached_property
    def orders_since(self) -> int:
        """The draft write after which all pending moves were made."""
        places = (Kind.MOVED, Kind.REMOVED)
        moves = [id for key, id in self.left_out.items() if read_key(key)[1] in places]
        return min([self.revision_id, *moves])

    @cached_property
    def _since(self) -> Mapping[ItemKey, int]:
        since: dict[ItemKey, int] = {}
        for key, id in self.left_out.items():
            item, _kind = read_key(key)
            since[item] = min(id, since.get(item, id))
        return since


class Pair(NamedTuple):
    """An item as it is drafted and as it is live; None where it is not there.

    `place` is the draft's, in reading order, `rank` that in the live order. `was_placed` says that
    somebody put it elsewhere in an order, or that such a change was left out. Where it may be
    elsewhere, its live position is known.
    """

    item: ItemKey
    draft: ItemState | None
    live: ItemState | None
    place: tuple[str, int, int]
    rank: int | None
    was_placed: bool

    @property
    def groups(self) -> set[str]:
        """What it belongs to, before and after."""
        return {side.group for side in (self.draft, self.live) if side}

    @property
    def keeps_place(self) -> bool:
        """Whether those around it stand where they are live, as far as it goes."""
        is_there = self.draft is not None and self.live is not None
        return is_there and not self.was_placed and len(self.groups) == 1


def read_candidates(session: AnySession) -> tuple[Baseline, list[Pair]]:
    """The live release, and all items that may differ from it."""
    rows = session.execute(_candidates()).all()
    number, revision_id, newest_id, has_left_out, *_rest = rows[0]
    left_out = session.scalars(_LEFT_OUT).one() if has_left_out else {}
    baseline = Baseline(number or 0, revision_id or 0, newest_id or 0, left_out)
    found: list[Pair] = []
    unread: dict[str, dict[int, bool]] = {}
    for key in baseline.left_out:
        item, kind = read_key(key)
        ids = unread.setdefault(item.type, {})
        # Whoever stands around what was to be removed may have been moved, and nobody saw it.
        ids[item.id] = ids.get(item.id, False) or kind in (Kind.MOVED, Kind.REMOVED)
    for _number, _revision_id, _newest_id, _has, type, id, was_placed, *columns in rows:
        if type is None:
            continue
        ids = unread.setdefault(type, {})
        if id in ids or type not in _READ_ALONG:
            ids[id] = ids.get(id, False) or bool(was_placed)
        else:
            found.append(_pair(ITEM_TYPES[type], was_placed, *columns[_READ_ALONG[type]]))
    for type, ids in unread.items():
        found += read_pairs(session, ITEM_TYPES[type], ids)
    return baseline, found


def read_pairs(session: AnySession, item_type: ItemType, ids: Mapping[int, bool]) -> Iterator[Pair]:
    """These items of the type; by their id, whether they were put elsewhere in an order."""
    for portion in portions(ids):
        for row in session.execute(_pairs(item_type), {"ids": portion}):
            yield _pair(item_type, ids[row[0]], *row)


def _pair(
    item_type: ItemType,
    was_placed: object,
    id: int,
    is_removed: object,
    group: str,
    place: int,
    live_id: int | None,
    live_group: str,
    position: int | None,
    rank: int | None,
    *fields: Any,  # noqa: ANN401
) -> Pair:
    item, values, half = ItemKey(item_type.name, id), item_type.values, len(fields) // 2
    draft = None if is_removed else ItemState(item, values(*fields[:half]), group)
    live = None
    if live_id is not None:
        live = ItemState(item, values(*fields[half:]), live_group, position or 0)
    elif item_type.initial is not None:
        live = ItemState(item, item_type.initial, group)
    return Pair(item, draft, live, (group, place, id), rank, bool(was_placed))


def read_orders(
    session: AnySession, item_type: ItemType, groups: Collection[str]
) -> dict[str, list[int]]:
    """The drafts that stay in each of these groups, in order."""
    orders: dict[str, list[int]] = {group: [] for group in groups}
    if groups:
        for group, id in session.execute(_orders(item_type), {"groups": list(groups)}).all():
            orders[group].append(id)
    return orders


# All statements are made once: putting them together takes longer than to have them answered.
_RELEASE, _REVISION = Release.__table__, DraftRevision.__table__
_NEWEST = select(_RELEASE).order_by(_RELEASE.c.number.desc()).limit(1)
_LIVE = _NEWEST.subquery()
_SINCE = _NEWEST.with_only_columns(_RELEASE.c.revision_id).scalar_subquery()
_NEWEST_ID = select(func.max(_REVISION.c.id)).scalar_subquery()
_RECENT = (
    select(
        _REVISION.c.item_type,
        _REVISION.c.item_id,
        # Only what was put elsewhere has an old position.
        case((_REVISION.c.old["position"].as_string().is_not(None), 1), else_=0).label(
            "was_placed"
        ),
    )
    # Both bounds: of one alone PostgreSQL expects a third of all, and reads whole tables for them.
    .where(_REVISION.c.id > func.coalesce(_SINCE, 0), _REVISION.c.id <= _NEWEST_ID)
    # Else SQLite reads every revision there is, as an index has them grouped.
    .order_by(_REVISION.c.id)
    .limit(MOST_ID)
    .subquery()
)
_WRITTEN = (
    select(
        _RECENT.c.item_type,
        _RECENT.c.item_id,
        func.max(_RECENT.c.was_placed).label("was_placed"),
    )
    .group_by(_RECENT.c.item_type, _RECENT.c.item_id)
    .subquery()
)
_LEFT_OUT = _NEWEST.with_only_columns(_RELEASE.c.left_out)


def _columns_of_pair(
    item_type: ItemType, may_be_elsewhere: ColumnElement[bool]
) -> list[ColumnElement[Any]]:
    draft, released, live = _tables(item_type)
    group, live_group = group_column(item_type, draft), group_column(item_type, released)
    is_elsewhere = or_(may_be_elsewhere, not_(stays(item_type)), group != live_group)
    order: list[ColumnElement[Any]] = [literal(0), null(), null()]
    if item_type.is_ordered:
        # The position only where it matters, as it counts all that are in front.
        order = [draft.c.rank, case((is_elsewhere, _position(item_type))), live.c.rank]
    place, position, rank = order
    return [
        draft.c.id,
        not_(stays(item_type)),
        group,
        place,
        live.c.item_id,
        live_group,
        position,
        rank,
        *(draft.c[name] for name in item_type.fields),
        *(released.c[name] for name in item_type.fields),
    ]


def _position(item_type: ItemType) -> ScalarSelect[int]:
    """The place in the live order, from 1."""
    live = item_type.live.__table__
    before = live.alias()
    return (
        select(func.count())
        .select_from(before)
        .where(
            group_column(item_type, before) == group_column(item_type, live),
            before.c.rank <= live.c.rank,
        )
        .correlate(live)
        .scalar_subquery()
    )


def _tables(item_type: ItemType) -> tuple[Table, Table, Table]:
    draft, released, live = item_type.draft, item_type.released, item_type.live
    return draft.__table__, released.__table__, live.__table__


def _slices() -> dict[str, slice]:
    found, begin = {}, 0
    for name, item_type in ITEM_TYPES.items():
        if item_type.is_ordered:
            end = begin + len(_columns_of_pair(item_type, true()))
            found[name], begin = slice(begin, end), end
    return found


# What has an order may be many: it comes along with the candidates, in these columns.
_READ_ALONG = _slices()


@cache
def _candidates() -> Select[Any]:
    """The live release in each row, with an item that has a revision since, if there is any."""
    along = [ITEM_TYPES[name] for name in _READ_ALONG]
    statement = (
        select(
            _LIVE.c.number,
            _LIVE.c.revision_id,
            _NEWEST_ID,
            # Not the changes themselves, which would come with every row.
            cast(_LIVE.c.left_out, Text) != "{}",
            *_WRITTEN.c,
            *(
                column
                for item_type in along
                for column in _columns_of_pair(item_type, _WRITTEN.c.was_placed == 1)
            ),
        )
        .select_from(StorefrontSettings.__table__)
        .outerjoin(_LIVE, true())
        .outerjoin(_WRITTEN, true())
    )
    for item_type in along:
        draft = item_type.draft.__table__
        is_it = and_(_WRITTEN.c.item_type == item_type.name, _WRITTEN.c.item_id == draft.c.id)
        statement = _with_live(statement.outerjoin(draft, is_it), item_type)
    return statement


@cache
def _pairs(item_type: ItemType) -> Select[Any]:
    draft, _released, _live = _tables(item_type)
    pairs = select(*_columns_of_pair(item_type, true())).select_from(draft)
    return _with_live(pairs, item_type).where(draft.c.id.in_(bindparam("ids", expanding=True)))


def _with_live(statement: Select[Any], item_type: ItemType) -> Select[Any]:
    draft, released, live = _tables(item_type)
    return statement.outerjoin(live, live.c.item_id == draft.c.id).outerjoin(
        released, released.c.id == live.c.released_id
    )


@cache
def _orders(item_type: ItemType) -> Select[Any]:
    draft, group = item_type.draft.__table__, group_column(item_type, item_type.draft)
    return (
        select(group, draft.c.id)
        .where(group.in_(bindparam("groups", expanding=True)), stays(item_type))
        .order_by(group, draft.c.rank, draft.c.id)
    )

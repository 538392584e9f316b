"""Many draft writes at once: made up in memory, written by a few statements.

They leave what the same writes leave by the verbs of drafts.py: one revision for each thing done.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Select, Update, bindparam, insert, not_, null, select, update

from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.drafts.drafts import difference, refuse_invalid
from domain.catalogue.drafts.group_order import GroupOrder
from domain.catalogue.drafts.ordering import After, Before, Place
from domain.catalogue.drafts.revisions import PLACE
from domain.catalogue.item_columns import group_column, stays
from domain.catalogue.item_types import ITEM_TYPES, ItemType
from domain.catalogue.models import DraftRevision
from domain.catalogue.rules import Values
from domain.database import AnySession, portions, read_clock
from domain.request_addresses import note_address

# Plain: as objects of the ORM, rows take longer.
_REVISION: Any = DraftRevision.__table__
# A type and a group.
OrderKey = tuple[str, str]
Row = Mapping[str, Any]


@dataclass
class Draft:
    """A draft as the writes so far leave it, its place apart."""

    values: Values
    group: str
    version: int
    removed_at: datetime | None

    @property
    def is_removed(self) -> bool:
        return self.removed_at is not None


class DraftWrites:
    """Writes by `author` to these items, as they are when it is made."""

    def __init__(self, session: AnySession, items: Iterable[ItemKey], *, author: str) -> None:
        self.drafts = dict(_read_drafts(session, items))
        self.revisions: list[Row] = []
        self._session, self._author = session, author
        self._now = read_clock(session)
        self._orders: dict[OrderKey, GroupOrder] = {}
        self._ranks_read: dict[ItemKey, int] = {}
        self._written: set[ItemKey] = set()
        self._added: list[ItemKey] = []

    def order(self, type: str, group: str) -> GroupOrder:
        """That of a group, as the writes so far leave it."""
        if (type, group) not in self._orders:
            read = _read_order(self._session, ITEM_TYPES[type], group)
            self._ranks_read |= {ItemKey(type, id): rank for id, rank in read.ranks.items()}
            self._orders[type, group] = read
        return self._orders[type, group]

    def add(self, item_type: ItemType, values: Values) -> ItemKey:
        """A new one, last in its group. Its id stands for it until it is written: below 0."""
        refuse_invalid(item_type, values)
        item = ItemKey(item_type.name, -1 - len(self._added))
        self._added.append(item)
        self.drafts[item] = Draft(values, getattr(values, item_type.group), 1, None)
        self._order_of(item).join(item.id)
        self._record(item, "added", {}, values._asdict())
        return item

    def remove(self, item: ItemKey) -> None:
        """Marks one that stays."""
        if ITEM_TYPES[item.type].is_ordered:
            self._order_of(item).remove(item.id)
        self.drafts[item].removed_at = self._now
        self._record_version(item, "removed", {}, {})

    def keep(self, item: ItemKey) -> None:
        """Takes a removal back, if there is one."""
        if self.drafts[item].is_removed:
            if ITEM_TYPES[item.type].is_ordered:
                self._order_of(item).keep(item.id)
            self.drafts[item].removed_at = None
            self._record_version(item, "kept", {}, {})

    def edit(self, item: ItemKey, values: Values) -> None:
        """Gives one that stays these values; in another group it becomes the last one."""
        item_type, draft = ITEM_TYPES[item.type], self.drafts[item]
        old, new = difference(draft.values, values)
        if not new:
            return
        refuse_invalid(item_type, values)
        if item_type.is_ordered and item_type.group in new:
            old |= self._place_of(item)
            self._order_of(item).leave(item.id)
            draft.group = new[item_type.group]
            self._order_of(item).join(item.id)
        draft.values = values
        self._record_version(item, "edited", old, new)

    def move(self, item: ItemKey, to: Before | After | Place) -> bool:
        """Gives one that stays another place in its group; whether it stands elsewhere now."""
        order, old = self._order_of(item), self._place_of(item)
        is_moved = order.move(item.id, to)
        if is_moved:
            self._record(item, "moved", old, {"position": order.position(item.id)})
        return is_moved

    def prepare(self) -> Callable[[AnySession], None]:
        """What writes all of it, for whoever holds the lock and knows that nobody wrote since."""
        added, updates = self._added_rows(), list(self._updates())

        def write(session: AnySession) -> None:
            ids = _insert(session, added)
            for statement, rows in updates:
                session.execute(statement, rows)
            revisions = [_named(row, ids) for row in self.revisions] if ids else self.revisions
            note_address(session)
            session.execute(insert(_REVISION), revisions)

        return write

    def _updates(self) -> Iterator[tuple[Executable, Sequence[Row]]]:
        for name, item_type in ITEM_TYPES.items():
            rows = [self._row(item) for item in self._written if item.type == name and item.id > 0]
            if rows:
                yield _update(item_type, tuple(rows[0])), rows
            ranks = list(self._new_ranks(name))
            if ranks:
                yield _update(item_type, ("key", "rank")), ranks

    def _added_rows(self) -> dict[ItemKey, Row]:
        return {
            item: {**self._row(item), "rank": self._order_of(item).ranks[item.id]}
            for item in self._added
        }

    def _order_of(self, item: ItemKey) -> GroupOrder:
        return self.order(item.type, self.drafts[item].group)

    def _place_of(self, item: ItemKey) -> dict[str, Any]:
        order = self._order_of(item)
        return dict(zip(PLACE, (order.position(item.id), order.behind(item.id)), strict=True))

    def _record_version(self, item: ItemKey, action: str, old: Row, new: Row) -> None:
        self.drafts[item].version += 1
        self._written.add(item)
        self._record(item, action, old, new)

    def _record(self, item: ItemKey, action: str, old: Row, new: Row) -> None:
        said = {"action": action, "version": self.drafts[item].version, "old": old, "new": new}
        signed = {"item_type": item.type, "item_id": item.id, "author": self._author}
        self.revisions.append(signed | said)

    def _row(self, item: ItemKey) -> Row:
        draft, table = self.drafts[item], ITEM_TYPES[item.type].draft
        removed = {"removed_at": draft.removed_at} if _may_be_removed(ITEM_TYPES[item.type]) else {}
        columns = table.columns_of(draft.values)
        return {"key": item.id, "version": draft.version, **removed, **columns}

    def _new_ranks(self, type: str) -> Iterator[Row]:
        for (ordered, _group), order in self._orders.items():
            if ordered == type:
                for id, rank in order.ranks.items():
                    if id > 0 and self._ranks_read.get(ItemKey(type, id)) != rank:
                        yield {"key": id, "rank": rank}


def _insert(session: AnySession, added: Mapping[ItemKey, Row]) -> dict[ItemKey, int]:
    """The ids of the rows that were added, by what stood for them."""
    ids: dict[ItemKey, int] = {}
    for type in {item.type for item in added}:
        items = [item for item in added if item.type == type]
        table = ITEM_TYPES[type].draft.__table__
        rows = [{name: v for name, v in added[i].items() if name != "key"} for i in items]
        in_order = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        ids |= zip(items, session.scalars(in_order, rows), strict=True)
    return ids


def _named(revision: Row, ids: Mapping[ItemKey, int]) -> Row:
    """The revision with the ids of those that were added."""
    type, id = revision["item_type"], revision["item_id"]
    old, behind = revision["old"], revision["old"].get("behind")
    if behind and behind < 0:
        old = {**old, "behind": ids[ItemKey(type, behind)]}
    return {**revision, "item_id": ids.get(ItemKey(type, id), id), "old": old}


def _read_drafts(session: AnySession, items: Iterable[ItemKey]) -> Iterator[tuple[ItemKey, Draft]]:
    every = set(items)
    for name, item_type in ITEM_TYPES.items():
        for ids in portions(item.id for item in every if item.type == name):
            rows = session.execute(_drafts(item_type), {"ids": ids})
            for id, group, version, removed_at, *fields in rows:
                draft = Draft(item_type.values(*fields), group, version, removed_at)
                yield ItemKey(name, id), draft


def _read_order(session: AnySession, item_type: ItemType, group: str) -> GroupOrder:
    rows = session.execute(_order(item_type), {"group": group}).all()
    ranks = {id: rank for id, rank, _is_removed in rows}
    return GroupOrder(ranks, (id for id, _rank, is_removed in rows if is_removed))


def _may_be_removed(item_type: ItemType) -> bool:
    return "removed_at" in item_type.draft.__table__.c


# Made once: putting them together takes longer than to have them answered.
@cache
def _drafts(item_type: ItemType) -> Select[Any]:
    draft = item_type.draft.__table__
    removed_at = draft.c.removed_at if _may_be_removed(item_type) else null()
    group = group_column(item_type, item_type.draft)
    fields = (draft.c[name] for name in item_type.fields)
    drafts = select(draft.c.id, group, draft.c.version, removed_at, *fields)
    return drafts.where(draft.c.id.in_(bindparam("ids", expanding=True)))


@cache
def _order(item_type: ItemType) -> Select[Any]:
    draft, group = item_type.draft.__table__, group_column(item_type, item_type.draft)
    in_group = select(draft.c.id, draft.c.rank, not_(stays(item_type)))
    return in_group.where(group == bindparam("group"))


@cache
def _update(item_type: ItemType, names: tuple[str, ...]) -> Update:
    """Sets the columns with these names in the row whose id is `key`."""
    draft = item_type.draft.__table__
    columns: dict[str, Any] = {name: bindparam(name) for name in names if name != "key"}
    return update(draft).where(draft.c.id == bindparam("key")).values(columns)

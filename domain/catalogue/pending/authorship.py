"""Who made each pending change."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, and_, bindparam, func, select

from domain.catalogue.changes.diff import Change, ItemKey, Kind
from domain.catalogue.item_columns import group_column
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.models import DraftBatch, DraftRevision
from domain.catalogue.pending.pending import Pending
from domain.database import AnySession

# They bring back what somebody drafted since the release, or what is live.
HANDED_BACK = ("undo", "discard")


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who made a change, the latest last, and when it was last worked on."""

    authors: tuple[str, ...]
    last_at: datetime


class _Revision(NamedTuple):
    """`group` is what the item belongs to now, `came_from` what an edit took it
    away from, if that has an order."""

    id: int
    item: ItemKey
    group: str
    came_from: str
    action: str
    new: Mapping[str, Any]
    author: str
    created_at: datetime


def _since() -> Select[Any]:
    """What was written after a revision. What it replaced is told by `old`, of which only the
    group matters here, and that only where there is an order."""
    revision, ordered = DraftRevision.__table__, [t for t in ITEM_TYPES.values() if t.is_ordered]
    groups = [group_column(item_type, item_type.draft) for item_type in ordered]
    came_from = [revision.c.old[item_type.group].as_string() for item_type in ordered]
    statement = select(
        revision.c.id,
        revision.c.item_type,
        revision.c.item_id,
        func.coalesce(*groups, ""),
        func.coalesce(*came_from, ""),
        revision.c.action,
        revision.c.new,
        revision.c.author,
        revision.c.created_at,
    ).select_from(revision)
    for item_type in ordered:
        draft = item_type.draft.__table__
        is_it = and_(revision.c.item_type == item_type.name, revision.c.item_id == draft.c.id)
        statement = statement.outerjoin(draft, is_it)
    after = revision.c.id > bindparam("revision_id", type_=BigInteger)
    return statement.where(after).order_by(revision.c.id)


# Made once: putting it together takes longer than to have it answered.
_SINCE = _since()
_HANDED_BACK = select(DraftBatch.action, DraftBatch.first_id, DraftBatch.last_id).where(
    DraftBatch.action.in_(HANDED_BACK), DraftBatch.last_id > bindparam("revision_id")
)


def find_authorship(session: AnySession, pending: Pending) -> dict[str, Authorship]:
    """Who made each pending change, by the change's key.

    That is whoever gave the fields that differ the values they have now; not who gave them
    others in between, and not who undid something. An order is the work of all who moved items
    in its group, or brought them there or away: the fewest moves that explain it may name others.
    """
    revisions = _revisions_since(session, pending.live.oldest_id)
    handed_back = _handed_back(session, revisions, pending.live.oldest_id)
    by_item: dict[ItemKey, list[_Revision]] = {}
    by_order: dict[tuple[str, str], list[_Revision]] = {}
    for revision in revisions:
        if revision.id > pending.live.since(revision.item):
            by_item.setdefault(revision.item, []).append(revision)
        if revision.id > pending.live.orders_since:
            for group in _orders_changed(revision):
                by_order.setdefault((revision.item.type, group), []).append(revision)
    orders = {order: _sum_up(_own(made, handed_back)) for order, made in by_order.items()}
    found = {}
    for change in pending.changes:
        if change.kind == Kind.MOVED:
            authorship = orders.get(change.order)
        else:
            made = _own(_made(change, by_item.get(change.item, ())), handed_back)
            authorship = _sum_up(made[-1:] if change.kind == Kind.REMOVED else made)
        if authorship:
            found[change.key] = authorship
    return found


def _own(made: list[_Revision], handed_back: Collection[int]) -> list[_Revision]:
    """Without those that only brought something back, if there are any others."""
    return [r for r in made if r.id not in handed_back] or made


def _orders_changed(revision: _Revision) -> set[str]:
    """The groups whose order the revision touched, as far as items that stay go."""
    if revision.action == "moved":
        return {revision.group}
    if revision.came_from:
        return {revision.came_from, revision.group}
    return set()


def _revisions_since(session: AnySession, revision_id: int) -> list[_Revision]:
    rows = session.execute(_SINCE, {"revision_id": revision_id}).all()
    return [_Revision(id, ItemKey(type, item_id), *rest) for id, type, item_id, *rest in rows]


def _handed_back(
    session: AnySession, revisions: Sequence[_Revision], revision_id: int
) -> Collection[int]:
    """The ids of those that brought back what somebody else may have made.

    An undo may also bring back what was drafted before the release. That is the work of whoever
    undid; it is told by nobody having written to all of the same since the release.
    """
    rows = session.execute(_HANDED_BACK, {"revision_id": revision_id})
    action_of = {id: action for action, first, last in rows for id in range(first, last + 1)}
    if not action_of:
        return ()
    found = set()
    written: set[tuple[ItemKey, str]] = set()
    for revision in revisions:
        its = _written(revision)
        action = action_of.get(revision.id)
        if action == "discard" or (action == "undo" and its <= written):
            found.add(revision.id)
        written |= its
    return found


def _written(revision: _Revision) -> set[tuple[ItemKey, str]]:
    """What the revision wrote to: fields of the item, its place, or whether it stays."""
    names = set(revision.new) or {"removed_at"}
    if revision.came_from:
        names.add("position")
    return {(revision.item, name) for name in names}


def _made(change: Change, revisions: Iterable[_Revision]) -> list[_Revision]:
    """Those of the item's revisions that made it what it is now."""
    match change.kind:
        case Kind.REMOVED:
            return [r for r in revisions if r.action == "removed"]
        case Kind.ADDED:
            fields: Sequence[str] = ()
        case _:
            fields = change.fields
    values = change.state.values

    def gave_its_value(revision: _Revision) -> bool:
        return any(
            name in revision.new and revision.new[name] == getattr(values, name, None)
            for name in fields or revision.new
        )

    return [
        r
        for r in revisions
        if (r.action == "edited" and gave_its_value(r))
        or (change.kind == Kind.ADDED and r.action in ("added", "kept"))
    ]


def _sum_up(made: Sequence[_Revision]) -> Authorship | None:
    if not made:
        return None
    newest_first = dict.fromkeys(revision.author for revision in reversed(made))
    return Authorship(tuple(reversed(newest_first)), made[-1].created_at)

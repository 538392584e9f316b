"""Releases, and whole catalogues as they were or are drafted. Reads only.

Items are read by plain columns: as objects of the ORM, thousands take twice as long.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import chain, count
from typing import Any

from sqlalchemy import Select, bindparam, func, select, true
from sqlalchemy.orm import aliased

from domain.catalogue.changes.diff import Change, ItemKey, ItemState, Kind, compare
from domain.catalogue.errors import ReleaseNotFound
from domain.catalogue.item_columns import group_column, stays
from domain.catalogue.item_types import ITEM_TYPES, ItemType
from domain.catalogue.models import Release
from domain.catalogue.releases.beginning import with_later_fields
from domain.catalogue.storefront.live import LiveRelease, as_of, past_release
from domain.database import MOST_INTEGER, AnySession

PAGE_RELEASES = 50
States = dict[ItemKey, ItemState]
Groups = Collection[str] | None


def list_releases(session: AnySession, page: int = 1) -> Sequence[Release]:
    """Releases, newest first."""
    newest_first = select(Release).order_by(Release.number.desc())
    return session.scalars(
        newest_first.limit(PAGE_RELEASES).offset((page - 1) * PAGE_RELEASES)
    ).all()


def count_releases(session: AnySession) -> int:
    return session.scalar(select(func.count()).select_from(Release)) or 0


def find_release(session: AnySession, number: int) -> Release | None:
    return session.get(Release, number) if number <= MOST_INTEGER else None


def get_release(session: AnySession, number: int) -> Release:
    release = find_release(session, number)
    if release is None:
        raise ReleaseNotFound
    return release


def release_at(session: AnySession, moment: datetime) -> Release | None:
    """What was live at `moment`; None before the first release."""
    begun = select(Release).where(Release.live_from <= moment)
    return session.scalar(begun.order_by(Release.number.desc()).limit(1))


def count_kinds(session: AnySession, releases: Collection[Release]) -> dict[int, Counter[Kind]]:
    """How many changes of each kind these releases made, by their number."""
    numbers = [release.number for release in releases]
    came, went = Counter[int](), Counter[int]()
    for item_type in ITEM_TYPES.values():
        # What is always there cannot come or go.
        if item_type.initial is None:
            came.update(_count_rows(session, item_type, numbers, _is_new(item_type)))
            went.update(_count_rows(session, item_type, numbers, item_type.released.is_gone))
    kinds = {}
    for release in releases:
        counts = Counter[Kind]()
        counts[Kind.ADDED], counts[Kind.REMOVED] = came[release.number], went[release.number]
        counts[Kind.MOVED] = len(release.moved)
        counts[Kind.EDITED] = release.change_count - counts.total()
        kinds[release.number] = counts
    return kinds


def _count_rows(
    session: AnySession,
    item_type: ItemType,
    numbers: Sequence[int],
    which: Any,  # noqa: ANN401
) -> dict[int, int]:
    """How many rows of a kind these releases have."""
    number = item_type.released.release_number
    rows = select(number, func.count()).where(number.in_(numbers), which).group_by(number)
    return dict(session.execute(rows).tuples().all())


def _is_new(item_type: ItemType) -> Any:  # noqa: ANN401 - a condition
    """Whether the item of a row was not there in the release before."""
    released, earlier = item_type.released, aliased(item_type.released)
    was_gone = (
        select(earlier.is_gone)
        .where(
            earlier.item_id == released.item_id,
            earlier.release_number < released.release_number,
        )
        .order_by(earlier.release_number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(was_gone, true())


def most_changed_group(session: AnySession, number: int) -> str:
    """What most of the items that release `number` changed belong to; "" when to nothing."""
    counts = Counter[str]()
    for item_type in ITEM_TYPES.values():
        if item_type.group:
            released = item_type.released
            group = group_column(item_type, released)
            ours = select(group, func.count()).where(released.release_number == number)
            counts.update(dict(session.execute(ours.group_by(group)).tuples().all()))
    return min(counts, key=lambda group: (-counts[group], group), default="")


def as_buyers_saw_it(session: AnySession, number: int) -> LiveRelease:
    release = past_release(session, number)
    if release is None:
        raise ReleaseNotFound
    return release


def compare_releases(session: AnySession, old: int, new: int) -> list[Change]:
    """What changed from release `old` (0: the empty beginning) to release `new`.

    Where several sets of moves explain an order, the one recorded with the release is named.
    """
    between = sorted((old, new))
    groups = _groups_changed(session, *between)
    sides = {number: released_items(session, number, groups) for number in between}
    if 0 in sides:
        sides[0] = with_later_fields(session, sides[0], between[1], sides[between[1]])
    return compare(
        sides[old],
        sides[new],
        _moved_between(session, *between),
        as_recorded=abs(new - old) == 1,
    )


def _groups_changed(session: AnySession, old: int, new: int) -> set[str]:
    """What the items belonged to, before and after, that changed after release `old`, up to
    `new`."""
    groups: set[str] = set()
    for item_type in ITEM_TYPES.values():
        released = item_type.released
        changed = select(released.item_id).where(
            released.release_number > old, released.release_number <= new
        )
        groups |= set(
            session.scalars(
                select(group_column(item_type, released))
                .where(released.item_id.in_(changed), released.release_number <= new)
                .distinct()
            )
        )
    return groups


def _moved_between(session: AnySession, old: int, new: int) -> set[ItemKey]:
    """The items recorded as moved in a release after `old`, up to `new`."""
    between = Release.number > old, Release.number <= new
    moved = chain.from_iterable(session.scalars(select(Release.moved).where(*between)))
    return {ItemKey.read(name) for name in moved}


def compare_drafts_to(session: AnySession, number: int) -> list[Change]:
    """What restoring release `number` would change in the drafts."""
    return compare(drafted_items(session), released_items(session, number))


def released_items(session: AnySession, number: int, groups: Groups = None) -> States:
    """All items as release `number` shows them (0: as nothing was applied yet); those of these
    groups, None for all."""
    states: States = {}
    for item_type in ITEM_TYPES.values():
        rows = session.execute(*_where(_released(item_type), item_type, groups, number=number))
        initial = _initial(session, item_type, groups)
        states |= initial | _states(item_type, rows)
    return states


def live_items(session: AnySession, groups: Groups = None) -> States:
    """The same for what is live now."""
    states: States = {}
    for item_type in ITEM_TYPES.values():
        rows = session.execute(*_where(_live(item_type), item_type, groups))
        states |= _initial(session, item_type, groups) | _states(item_type, rows)
    return states


def drafted_items(session: AnySession, groups: Groups = None) -> States:
    """The drafts that stay; those of these groups, None for all."""
    states: States = {}
    for item_type in ITEM_TYPES.values():
        rows = session.execute(*_where(_drafted(item_type), item_type, groups))
        states |= _states(item_type, rows)
    return states


def _initial(session: AnySession, item_type: ItemType, groups: Groups) -> States:
    """What is always there, as it is until somebody says otherwise."""
    if item_type.initial is None:
        return {}
    rows = session.execute(*_where(_drafted(item_type), item_type, groups))
    return {
        item: state._replace(values=item_type.initial)
        for item, state in _states(item_type, rows).items()
    }


def _states(item_type: ItemType, rows: Iterable[Any]) -> States:
    """Of rows in the order of each group."""
    places: dict[str, Iterator[int]] = defaultdict(lambda: count(1))
    states: States = {}
    for id, group, *values in rows:
        item = ItemKey(item_type.name, id)
        position = next(places[group]) if item_type.is_ordered else 0
        states[item] = ItemState(item, item_type.values(*values), group, position)
    return states


def _where(
    statement: Select[Any], item_type: ItemType, groups: Groups, **parameters: object
) -> tuple[Select[Any], dict[str, object]]:
    """The statement for these groups; what belongs to none is always meant."""
    if groups is None or not item_type.group:
        return statement, parameters
    group = statement.selected_columns[1]
    return statement.where(group.in_(bindparam("groups", expanding=True))), {
        **parameters,
        "groups": list(groups),
    }


def _select(item_type: ItemType, table: type[Any], id: str, order: type[Any]) -> Select[Any]:
    """Id, group and fields as `table` has them, in the order of the ranks of `order`."""
    columns, group = table.__table__.c, group_column(item_type, table)
    in_order = [group, order.__table__.c.rank] if item_type.is_ordered else [group]
    fields = [columns[name] for name in item_type.fields]
    return select(columns[id], group, *fields).order_by(*in_order, columns[id])


# Made once: putting them together takes longer than to have them answered.
@cache
def _released(item_type: ItemType) -> Select[Any]:
    released = item_type.released
    statement = _select(item_type, released, "item_id", released)
    return statement.where(as_of(released, bindparam("number")))


@cache
def _live(item_type: ItemType) -> Select[Any]:
    released, live = item_type.released, item_type.live
    statement = _select(item_type, released, "item_id", live)
    is_live = live.__table__.c.released_id == released.__table__.c.id
    return statement.join(live.__table__, is_live)


@cache
def _drafted(item_type: ItemType) -> Select[Any]:
    draft = item_type.draft
    return _select(item_type, draft, "id", draft).where(stays(item_type))

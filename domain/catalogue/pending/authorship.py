"""Who made each pending change."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, bindparam, select

from domain.catalogue.changes.diff import Change, Kind, PositionedPackage
from domain.catalogue.models import CreditPackage, DraftBatch, DraftRevision
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
    """`country` is where the package is now, `came_from` where an edit took it away."""

    id: int
    package_id: int | None
    country: str | None
    came_from: str | None
    action: str
    new: Mapping[str, Any]
    author: str
    created_at: datetime


# Made once: putting it together takes longer than to have it answered. What a revision replaced is
# told by `old`, of which only the country matters here.
_SINCE = (
    select(
        DraftRevision.id,
        DraftRevision.package_id,
        CreditPackage.country,
        DraftRevision.old["country"].as_string(),
        DraftRevision.action,
        DraftRevision.new,
        DraftRevision.author,
        DraftRevision.created_at,
    )
    .outerjoin(CreditPackage, CreditPackage.id == DraftRevision.package_id)
    .where(DraftRevision.id > bindparam("revision_id", type_=BigInteger))
    .order_by(DraftRevision.id)
)


def find_authorship(session: AnySession, pending: Pending) -> dict[str, Authorship]:
    """Who made each pending change, by the change's key.

    That is whoever gave the fields that differ the values they have now; not who gave them
    others in between, and not who undid something. An order is the work of all who moved packages
    in its country, or brought them there or away: the fewest moves that explain it may name others.
    """
    revisions = _revisions_since(session, pending.live.revision_id)
    handed_back = _handed_back(session, revisions, pending.live.revision_id)
    by_package: dict[int | None, list[_Revision]] = {}
    by_order: dict[str, list[_Revision]] = {}
    for revision in revisions:
        by_package.setdefault(revision.package_id, []).append(revision)
        for country in _orders_changed(revision):
            by_order.setdefault(country, []).append(revision)
    orders = {country: _sum_up(_own(made, handed_back)) for country, made in by_order.items()}
    found = {}
    for change in pending.changes:
        if change.kind == Kind.MOVED and isinstance(change.after, PositionedPackage):
            authorship = orders.get(change.after.values.country)
        else:
            made = _own(_made(change, by_package.get(change.package_id, ())), handed_back)
            authorship = _sum_up(made[-1:] if change.kind == Kind.REMOVED else made)
        if authorship:
            found[change.key] = authorship
    return found


def _own(made: list[_Revision], handed_back: Collection[int]) -> list[_Revision]:
    """Without those that only brought something back, if there are any others."""
    return [r for r in made if r.id not in handed_back] or made


def _orders_changed(revision: _Revision) -> set[str]:
    """The countries whose order the revision touched, as far as packages that stay go."""
    if revision.action == "moved" and revision.country:
        return {revision.country}
    if revision.came_from:
        return {revision.came_from, revision.new["country"]}
    return set()


def _revisions_since(session: AnySession, revision_id: int) -> list[_Revision]:
    rows = session.execute(_SINCE, {"revision_id": revision_id}).all()
    return list(map(_Revision._make, rows))


def _handed_back(
    session: AnySession, revisions: Sequence[_Revision], revision_id: int
) -> Collection[int]:
    """The ids of those that brought back what somebody else may have made.

    An undo may also bring back what was drafted before the release. That is the work of whoever
    undid; it is told by nobody having written to all of the same since the release.
    """
    batch = DraftBatch
    rows = session.execute(
        select(batch.action, batch.first_id, batch.last_id).where(
            batch.action.in_(HANDED_BACK), batch.last_id > revision_id
        )
    )
    action_of = {id: action for action, first, last in rows for id in range(first, last + 1)}
    if not action_of:
        return ()
    found = set()
    written: set[tuple[int | None, str]] = set()
    for revision in revisions:
        its = _written(revision)
        action = action_of.get(revision.id)
        if action == "discard" or (action == "undo" and its <= written):
            found.add(revision.id)
        written |= its
    return found


def _written(revision: _Revision) -> set[tuple[int | None, str]]:
    """What the revision wrote to: fields of the package, its place, or whether it stays."""
    names = set(revision.new) or {"removed_at"}
    if revision.came_from:
        names.add("position")
    return {(revision.package_id, name) for name in names}


def _made(change: Change, revisions: Iterable[_Revision]) -> list[_Revision]:
    """Those of the package's revisions that made it what it is now."""
    match change.kind:
        case Kind.REMOVED:
            return [r for r in revisions if r.action == "removed"]
        case Kind.ADDED:
            fields: Sequence[str] = ()
        case _:
            fields = change.fields
    values = change.after.values if isinstance(change.after, PositionedPackage) else change.after

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

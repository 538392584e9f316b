"""What differs between the drafts and what is live, who did it, and its name as a whole."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from catalogue import ordering
from catalogue.changes import Change, Kind, Listed, compare, compare_settings, name_changes
from catalogue.drafts import get_settings
from catalogue.live import LiveRelease, live_release
from catalogue.models import CreditPackage, DraftRevision, ReleasedPackage
from catalogue.rules import PACKAGE_FIELDS
from database import AnySession


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who worked on a draft since the live release, and when last."""

    authors: tuple[str, ...]
    last_at: datetime


@dataclass(frozen=True)
class Pending:
    """Every difference between the drafts and the live release."""

    live: LiveRelease
    changes: tuple[Change, ...]

    @cached_property
    def token(self) -> str:
        """Names exactly this set of changes to this release; whoever applies hands it back."""
        return name_changes(self.live.number, self.changes)

    @cached_property
    def counts(self) -> Mapping[Kind, int]:
        return Counter(change.kind for change in self.changes)

    @cached_property
    def by_package(self) -> Mapping[int, tuple[Kind, ...]]:
        """The kinds of change pending for each package that has any."""
        kinds: dict[int, tuple[Kind, ...]] = {}
        for change in self.changes:
            if change.package_id is not None:
                kinds[change.package_id] = (*kinds.get(change.package_id, ()), change.kind)
        return kinds


def pending_changes(session: AnySession) -> Pending:
    live = live_release(session)
    before, after = {}, {}
    for row in session.execute(_differing(live.number)):
        draft, released = row.CreditPackage, row.ReleasedPackage
        if released:
            before[draft.id] = Listed(draft.id, released.values, released.position)
        if draft.removed_at is None:
            after[draft.id] = Listed(draft.id, draft.values, row.position)
    return Pending(
        live,
        (
            *compare_settings(live.settings, get_settings(session).values),
            *compare(before, after, _moved_by_hand(session, live)),
        ),
    )


def _differing(live_number: int) -> Select[tuple[CreditPackage, ReleasedPackage, int]]:
    """Drafts that may differ from what is live, beside it, and all of a country whose ranks do.

    Ranks may differ where the order does not; comparing tells.
    """
    draft, released = CreditPackage, ReleasedPackage
    is_same_package = and_(released.package_id == draft.id, released.release_number == live_number)
    fields_differ = or_(*(getattr(draft, f) != getattr(released, f) for f in PACKAGE_FIELDS))
    return (
        select(draft, released, ordering.position(draft).label("position"))
        .outerjoin(released, is_same_package)
        .where(
            or_(
                and_(released.id.is_(None), draft.removed_at.is_(None)),
                and_(released.id.is_not(None), draft.removed_at.is_not(None)),
                fields_differ,
                and_(
                    draft.country.in_(_reordered_countries(live_number)),
                    released.id.is_not(None),
                ),
            )
        )
    )


def _reordered_countries(live_number: int) -> Select[tuple[str]]:
    draft, released = aliased(CreditPackage), aliased(ReleasedPackage)
    return select(draft.country).join(
        released,
        and_(
            released.package_id == draft.id,
            released.release_number == live_number,
            released.country == draft.country,
            released.rank != draft.rank,
        ),
    )


def _moved_by_hand(session: AnySession, live: LiveRelease) -> set[int]:
    """The packages that somebody moved since the live release."""
    moved = select(DraftRevision.package_id).where(
        DraftRevision.id > live.revision_id, DraftRevision.action == "moved"
    )
    return {package_id for package_id in session.scalars(moved) if package_id is not None}


def find_authorship(session: AnySession, pending: Pending) -> dict[str, Authorship]:
    """Who made each pending change, by the change's key.

    The fewest moves that explain an order may name a package that nobody moved by itself; then
    all who moved packages in its country made it.
    """
    by_package: dict[object, Authorship] = {}
    by_country: dict[object, Authorship] = {}
    for package_id, country, moved, author, at in session.execute(_revisions_after(pending.live)):
        _note_author(by_package, (package_id, bool(moved)), author, at)
        if moved:
            _note_author(by_country, country, author, at)
    found = {}
    for change in pending.changes:
        is_move = change.kind == Kind.MOVED
        known = by_package.get((change.package_id, is_move))
        if known is None and is_move and isinstance(change.after, Listed):
            known = by_country.get(change.after.values.country)
        if known:
            found[change.key] = known
    return found


def _revisions_after(live: LiveRelease) -> Select[tuple[int | None, str, bool, str, datetime]]:
    """(package, its country, whether moved, author, newest time), in the order of the newest."""
    revision = DraftRevision
    is_move = revision.action == "moved"
    return (
        select(
            revision.package_id,
            CreditPackage.country,
            is_move,
            revision.author,
            func.max(revision.created_at),
        )
        .outerjoin(CreditPackage, CreditPackage.id == revision.package_id)
        .where(revision.id > live.revision_id)
        .group_by(revision.package_id, CreditPackage.country, is_move, revision.author)
        .order_by(func.max(revision.id))
    )


def _note_author(found: dict[object, Authorship], key: object, author: str, at: datetime) -> None:
    """Adds one more author, the latest of them so far."""
    known = found.get(key)
    earlier = tuple(name for name in known.authors if name != author) if known else ()
    found[key] = Authorship((*earlier, author), at)

"""What differs between the drafts and what is live, and its name as a whole."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased

from catalogue import ordering
from catalogue.changes import Change, Kind, Listed, compare, compare_settings, name_changes
from catalogue.drafts import get_settings
from catalogue.live import LiveRelease, live_release
from catalogue.models import CreditPackage, DraftRevision, ReleasedPackage
from catalogue.rules import PACKAGE_FIELDS
from database import AnySession


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

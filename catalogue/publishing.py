"""From drafts to live: what is pending, and Apply Changes. The only code that writes a release."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property

from sqlalchemy import Insert, Select, and_, func, insert, literal, or_, select
from sqlalchemy.orm import aliased

from catalogue import ordering
from catalogue.changes import Change, Kind, Listed, compare, compare_settings
from catalogue.drafts import get_settings, lock_catalogue
from catalogue.errors import AlreadyApplied, Blocked, Blocker, NothingPending, StaleReview
from catalogue.live import LiveRelease, live_release
from catalogue.models import (
    CreditPackage,
    DraftRevision,
    Release,
    ReleasedPackage,
    ReleasedSettings,
)
from catalogue.rules import PACKAGE_FIELDS, SETTINGS_FIELDS, SettingsValues, problems
from database import AnySession


@dataclass(frozen=True)
class Pending:
    """Every difference between the drafts and the live release."""

    live: LiveRelease
    changes: tuple[Change, ...]

    @cached_property
    def token(self) -> str:
        """Names exactly this set of changes to this release; whoever applies hands it back."""
        content = json.dumps([asdict(change) for change in self.changes], sort_keys=True)
        return f"{self.live.number}-{hashlib.sha256(content.encode()).hexdigest()[:32]}"

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
    newest = select(func.coalesce(func.max(Release.revision_id), 0)).where(
        Release.number == live.number
    )
    moved = select(DraftRevision.package_id).where(
        DraftRevision.id > newest.scalar_subquery(), DraftRevision.action == "moved"
    )
    return {package_id for package_id in session.scalars(moved) if package_id is not None}


def apply_changes(session: AnySession, token: str, *, author: str, note: str = "") -> Release:
    """Makes the drafts live as one new release, if they are still what `token` names."""
    lock_catalogue(session)
    pending = pending_changes(session)
    if _release_seen(token) < pending.live.number:
        raise AlreadyApplied(session.get_one(Release, pending.live.number))
    if not pending.changes:
        raise NothingPending
    if token != pending.token:
        raise StaleReview
    blockers = find_blockers(pending)
    if blockers:
        raise Blocked(blockers)
    return _insert_release(session, pending.live, author, note)


def _release_seen(token: str) -> float:
    """The release that was live when the token was made; endless for what is no token."""
    number = token.partition("-")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else math.inf


def find_blockers(pending: Pending) -> list[Blocker]:
    """Why the drafts may not go live, judged now and not when they were saved."""
    blockers = []
    for change in pending.changes:
        match change.after:
            case Listed(values=values):
                name, found = values.name, problems(values)
            case SettingsValues() as values:
                name, found = "Settings", problems(values)
            case None:
                continue
        blockers += [Blocker(change.package_id, name, *problem) for problem in found.items()]
    return list(dict.fromkeys(blockers))


def _insert_release(session: AnySession, live: LiveRelease, author: str, note: str) -> Release:
    newest = session.scalar(select(func.max(Release.number))) or 0
    release = Release(
        number=newest + 1,
        based_on=live.number or None,
        revision_id=session.scalar(select(func.max(DraftRevision.id))) or 0,
        author=author,
        note=note,
    )
    session.add(release)
    session.flush()
    session.execute(_release_packages(release.number))
    settings = get_settings(session)
    session.add(
        ReleasedSettings(
            release_number=release.number,
            **{name: getattr(settings, name) for name in SETTINGS_FIELDS},
        )
    )
    session.flush()
    return release


def _release_packages(number: int) -> Insert:
    draft = CreditPackage
    place = func.row_number().over(partition_by=draft.country, order_by=(draft.rank, draft.id))
    columns = [*PACKAGE_FIELDS, "rank"]
    drafts = select(
        literal(number), draft.id, place, *(getattr(draft, name) for name in columns)
    ).where(draft.removed_at.is_(None))
    return insert(ReleasedPackage).from_select(
        ["release_number", "package_id", "position", *columns], drafts
    )

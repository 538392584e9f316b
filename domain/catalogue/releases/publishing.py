"""From drafts to live: what a review lets through. The only code that writes a release."""

import math
from collections.abc import Collection, Sequence

from sqlalchemy import Insert, func, insert, literal, select

from domain.catalogue.changes.diff import Change, Kind
from domain.catalogue.changes.subset import apply_subset
from domain.catalogue.drafts.drafts import get_settings
from domain.catalogue.errors import AlreadyApplied, StaleReview
from domain.catalogue.models import (
    OUT_OF_PLACE,
    CreditPackage,
    Release,
    ReleasedPackage,
    ReleasedSettings,
)
from domain.catalogue.pending.pending import Pending
from domain.catalogue.releases.history import drafted_packages, released_packages
from domain.catalogue.rules import PACKAGE_FIELDS, SETTINGS_FIELDS
from domain.database import MOST_INTEGER, AnySession
from domain.numbers import whole_number


def publish(
    session: AnySession, pending: Pending, chosen: Collection[str], *, author: str, note: str
) -> Release:
    """Makes those of the pending changes live whose keys are `chosen`. For callers who hold the
    lock since they read what is pending, and have seen to it that it may go live."""
    applied = [change for change in pending.changes if change.key in chosen]
    release = _insert_release(session, pending, applied, author, note)
    if len(applied) == len(pending.changes):
        session.execute(_release_drafts(release.number))
    else:
        _release_part(session, pending, release.number, chosen)
    session.add(_release_settings(session, pending, release.number, applied))
    session.flush()
    return release


def check_token(session: AnySession, pending: Pending, token: str) -> None:
    """Refuses a token that names other changes than these, and says who was faster."""
    if _release_seen(token) < pending.live.number:
        raise AlreadyApplied(session.get_one(Release, pending.live.number))
    if token != pending.token and pending.changes:
        raise StaleReview


def _release_seen(token: str) -> float:
    """The release that was live when the token was made; endless for what is no token."""
    number = whole_number(token.partition("-")[0], MOST_INTEGER)
    return math.inf if number is None else number


def _insert_release(
    session: AnySession, pending: Pending, applied: Sequence[Change], author: str, note: str
) -> Release:
    is_whole = len(applied) == len(pending.changes)
    release = Release(
        number=pending.live.number + 1,
        based_on=pending.live.number or None,
        revision_id=pending.revision_id if is_whole else pending.live.revision_id,
        change_count=len(applied),
        moved=[change.package_id for change in applied if change.kind == Kind.MOVED],
        author=author,
        note=note,
    )
    session.add(release)
    session.flush()
    return release


def _release_drafts(number: int) -> Insert:
    """All drafts as they are, in one statement."""
    draft = CreditPackage
    place = func.row_number().over(partition_by=draft.country, order_by=(draft.rank, draft.id))
    columns = [*PACKAGE_FIELDS, "rank"]
    drafts = select(
        literal(number), draft.id, place, *(getattr(draft, name) for name in columns)
    ).where(draft.removed_at.is_(None))
    return insert(ReleasedPackage).from_select(
        ["release_number", "package_id", "position", *columns], drafts
    )


def _release_part(
    session: AnySession, pending: Pending, number: int, chosen: Collection[str]
) -> None:
    """What is live, with the chosen changes.

    Whatever was left out may stand where the drafts do not have it, now or once it is kept or
    comes back to its country.
    """
    before = released_packages(session, pending.live.number)
    after = drafted_packages(session)
    ranks = dict(session.execute(select(CreditPackage.id, CreditPackage.rank)).tuples().all())
    for change in pending.changes:
        if change.key not in chosen and change.package_id:
            ranks[change.package_id] = OUT_OF_PLACE
    rows = [
        {
            "release_number": number,
            "package_id": listed.id,
            "position": listed.position,
            "rank": ranks[listed.id],
            **{name: getattr(listed.values, name) for name in PACKAGE_FIELDS},
        }
        for listed in apply_subset(before, after, pending.changes, chosen).values()
    ]
    if rows:
        session.execute(insert(ReleasedPackage), rows)


def _release_settings(
    session: AnySession, pending: Pending, number: int, applied: Collection[Change]
) -> ReleasedSettings:
    is_applied = any(change.package_id is None for change in applied)
    values = get_settings(session).values if is_applied else pending.live.settings
    columns = {name: getattr(values, name) for name in SETTINGS_FIELDS}
    return ReleasedSettings(release_number=number, **columns)

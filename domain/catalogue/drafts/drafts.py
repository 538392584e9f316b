"""The working copy: list, get, add, edit, remove, keep, move. The only code that writes a draft.

Every function that writes takes the catalogue's lock first, inserts one revision for each thing
it did, flushes and leaves the commit to its caller.
"""

from typing import Any, cast

from sqlalchemy import select

from domain.catalogue.changes.merge import Values, merge
from domain.catalogue.drafts import ordering
from domain.catalogue.drafts.ordering import Destination, Place, Placement, find_placement
from domain.catalogue.drafts.revisions import PLACE, Draft, place_of, record, revisions_after
from domain.catalogue.errors import (
    EditConflict,
    InvalidValues,
    PackageElsewhere,
    PackageNotFound,
    PackageRemoved,
    StaleVersion,
)
from domain.catalogue.models import CreditPackage, StorefrontSettings
from domain.catalogue.rules import (
    PACKAGE_FIELDS,
    SETTINGS_FIELDS,
    PackageValues,
    SettingsValues,
    fold,
    problems,
)
from domain.database import AnySession, utc_now
from domain.messages import message


def lock_catalogue(session: AnySession) -> StorefrontSettings:
    """Lets one writer at a time change the catalogue, until the transaction ends.

    Whatever was read before is read again: it may have changed while we waited.
    """
    session.flush()
    session.expire_all()
    return session.execute(select(StorefrontSettings).with_for_update()).scalar_one()


def get_package(session: AnySession, package_id: int) -> CreditPackage:
    package = session.get(CreditPackage, package_id)
    if package is None:
        raise PackageNotFound
    return package


def get_staying(session: AnySession, package_id: int) -> CreditPackage:
    """A draft that may be edited and moved: one that is not to be removed."""
    return _staying(get_package(session, package_id))


def _staying(package: CreditPackage) -> CreditPackage:
    if package.removed_at is not None:
        raise PackageRemoved(package.name)
    return package


def get_settings(session: AnySession) -> StorefrontSettings:
    return session.execute(select(StorefrontSettings)).scalar_one()


def add_package(
    session: AnySession, values: PackageValues, *, author: str, position: int = ordering.LAST
) -> CreditPackage:
    """A new draft at `position` in its country (beyond the end: last)."""
    lock_catalogue(session)
    _refuse_invalid(values)
    package = CreditPackage(
        **_as_dict(values, PACKAGE_FIELDS),
        rank=ordering.rank_for_new(session, values.country, position),
        search_text=_search_text(values),
    )
    session.add(package)
    session.flush()
    record(session, package, "added", {}, _as_dict(values, PACKAGE_FIELDS), author)
    return package


def edit_package(
    session: AnySession,
    package_id: int,
    values: PackageValues,
    *,
    version: int,
    author: str,
    position: int | None = None,
    keep: bool = False,
) -> CreditPackage:
    """Gives the draft new values; `position` None leaves it where it is.

    In another country it becomes the last one, unless `position` says otherwise. When others
    saved after `version`, their changes to other fields stay; the same field is an EditConflict,
    and so is another country when a position was meant for this one. `keep` also takes a removal
    back.
    """
    lock_catalogue(session)
    package = get_package(session, package_id) if keep else get_staying(session, package_id)
    mine, values = values, _merged(session, package, values, version)
    if position is not None and values.country != mine.country:
        author_there = revisions_after(session, package, version)[0].author
        values = values._replace(country=mine.country)
        raise EditConflict(("country",), author_there, package.version, values)
    _refuse_invalid(values)
    if keep:
        _keep(session, package, author)
    old, new = _difference(package.values, values, PACKAGE_FIELDS)
    if new:
        changes_country = "country" in new
        if changes_country:
            old |= place_of(find_placement(session, package.id))
        for name, value in new.items():
            setattr(package, name, value)
        package.search_text = _search_text(values)
        if changes_country:
            package.rank = ordering.rank_for_new(session, package.country)
        package.version += 1
        session.flush()
        record(session, package, "edited", old, new, author)
    if position is not None:
        _place(session, find_placement(session, package.id), Place(position), author)
    return package


def remove_package(
    session: AnySession, package_id: int, *, version: int, author: str
) -> CreditPackage:
    """Marks the draft: it keeps its place, and leaves the catalogue with the next release."""
    lock_catalogue(session)
    package = _of_version(get_staying(session, package_id), version)
    package.removed_at = utc_now()
    package.version += 1
    session.flush()
    record(session, package, "removed", {}, {}, author)
    return package


def keep_package(
    session: AnySession, package_id: int, *, version: int, author: str
) -> CreditPackage:
    """Takes a removal back."""
    lock_catalogue(session)
    package = _of_version(get_package(session, package_id), version)
    _keep(session, package, author)
    return package


def _keep(session: AnySession, package: CreditPackage, author: str) -> None:
    if package.removed_at is not None:
        package.removed_at = None
        package.version += 1
        session.flush()
        record(session, package, "kept", {}, {}, author)


def move_package(
    session: AnySession, package_id: int, to: Destination, *, country: str, author: str
) -> CreditPackage:
    """Gives the draft another place in `country`, where the mover saw it.

    It neither needs nor changes the version: moves of different packages both survive. A
    neighbour that is gone leaves the package where it is.
    """
    lock_catalogue(session)
    placement = find_placement(session, package_id)
    package = _staying(placement.package)
    if package.country != country:
        raise PackageElsewhere(package.name)
    _place(session, placement, to, author)
    return package


def edit_settings(
    session: AnySession, values: SettingsValues, *, version: int, author: str
) -> StorefrontSettings:
    settings = lock_catalogue(session)
    values = _merged(session, settings, values, version)
    _refuse_invalid(values)
    old, new = _difference(settings.values, values, SETTINGS_FIELDS)
    if new:
        for name, value in new.items():
            setattr(settings, name, value)
        settings.version += 1
        session.flush()
        record(session, settings, "edited", old, new, author)
    return settings


def _merged(session: AnySession, draft: Draft, mine: Values, version: int) -> Values:
    """`mine`, made from the draft's `version`, with what others changed since."""
    if draft.version == version:
        return mine
    if version > draft.version or version < 1:
        raise StaleVersion(message("This form is not one of ours. Reload the page and try again."))
    revisions = revisions_after(session, draft, version)
    theirs = cast("Values", draft.values)
    base = theirs
    for revision in revisions:
        base = base._replace(**{k: v for k, v in revision.old.items() if k not in PLACE})
    merged = merge(base, mine, theirs)
    if merged.conflicts:
        raise EditConflict(merged.conflicts, revisions[0].author, draft.version, merged.values)
    return merged.values


def _of_version(package: CreditPackage, version: int) -> CreditPackage:
    if package.version != version:
        raise StaleVersion(message("%(name)s was changed after you opened it.", name=package.name))
    return package


def _refuse_invalid(values: PackageValues | SettingsValues) -> None:
    found = problems(values)
    if found:
        raise InvalidValues(found)


def _place(session: AnySession, now: Placement, to: Destination, author: str) -> None:
    slot = ordering.slot_for_move(session, now, to)
    if slot is None:
        return
    now.package.rank = slot.rank
    session.flush()
    new = {"position": slot.position}
    record(session, now.package, "moved", place_of(now), new, author)


def position_of(session: AnySession, package: CreditPackage) -> int:
    """The package's place in its country, counting only packages that stay."""
    return find_placement(session, package.id).position


def _as_dict(values: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(values, name) for name in names}


def _difference(
    old: object, new: object, names: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    differing = tuple(name for name in names if getattr(old, name) != getattr(new, name))
    return _as_dict(old, differing), _as_dict(new, differing)


def _search_text(values: PackageValues) -> str:
    return fold(f"{values.name}\n{values.short_info}")

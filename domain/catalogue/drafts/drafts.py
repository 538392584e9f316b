"""The working copy: get, add, edit, remove, keep, move. The only code that writes a draft.

Every function that writes takes the catalogue's lock first, inserts one revision for each thing
it did, flushes and leaves the commit to its caller.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.changes.merge import merge
from domain.catalogue.drafts import ordering
from domain.catalogue.drafts.ordering import Destination, Place, Placement, find_placement
from domain.catalogue.drafts.revisions import edits_after, place_of, record, take_back
from domain.catalogue.errors import (
    EditConflict,
    InvalidValues,
    PackageElsewhere,
    PackageNotFound,
    PackageRemoved,
    StaleVersion,
)
from domain.catalogue.item_types import ITEM_TYPES, MARKET, PACKAGE, SETTINGS, ItemType
from domain.catalogue.markets.models import Market
from domain.catalogue.markets.rules import INITIAL_MARKET, MarketValues
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.rules import Values, problems
from domain.catalogue.settings.models import SETTINGS_ID, StorefrontSettings
from domain.catalogue.settings.rules import SettingsValues
from domain.database import AnySession, utc_now
from domain.messages import message

THE_SETTINGS = ItemKey(SETTINGS.name, SETTINGS_ID)


def lock_catalogue(session: AnySession) -> StorefrontSettings:
    """Lets one writer at a time change the catalogue, until the transaction ends.

    Whatever was read before is read again: it may have changed while we waited.
    """
    session.flush()
    session.expire_all()
    return session.execute(select(StorefrontSettings).with_for_update()).scalar_one()


def package_key(package_id: int) -> ItemKey:
    return ItemKey(PACKAGE.name, package_id)


def get_item(session: AnySession, item: ItemKey) -> Any:  # noqa: ANN401 - a row of any type's drafts
    """The draft of an item of any type."""
    draft = session.get(ITEM_TYPES[item.type].draft, item.id)
    if draft is None:
        raise PackageNotFound
    return draft


def get_package(session: AnySession, package_id: int) -> CreditPackage:
    package: CreditPackage = get_item(session, package_key(package_id))
    return package


def get_staying(session: AnySession, package_id: int) -> CreditPackage:
    """A draft that may be edited and moved: one that is not to be removed."""
    package: CreditPackage = _staying(get_package(session, package_id))
    return package


def _staying(draft: Any) -> Any:  # noqa: ANN401 - a row of any type's drafts
    if draft.is_removed:
        raise PackageRemoved(draft.name)
    return draft


def get_settings(session: AnySession) -> StorefrontSettings:
    return session.execute(select(StorefrontSettings)).scalar_one()


def find_market(session: AnySession, country: str) -> Market | None:
    """The draft of the country's market; None while nothing was ever said about it."""
    return session.scalar(select(Market).where(Market.country == country))


def market_key(session: AnySession, country: str) -> ItemKey | None:
    """Names the country's market; None while nothing was ever said about it."""
    market = find_market(session, country)
    return ItemKey(MARKET.name, market.id) if market else None


def list_markets(session: AnySession) -> Sequence[Market]:
    """The draft of every market that something was said about."""
    return session.scalars(select(Market)).all()


def add_package(
    session: AnySession, values: PackageValues, *, author: str, position: int = ordering.LAST
) -> CreditPackage:
    """A new draft at `position` in its country (beyond the end: last)."""
    lock_catalogue(session)
    refuse_invalid(PACKAGE, values)
    package = CreditPackage(rank=ordering.rank_for_new(session, values.country, position))
    package.take(values)
    session.add(package)
    session.flush()
    record(session, package_key(package.id), package, "added", {}, values._asdict(), author)
    return package


def edit_item(
    session: AnySession,
    item: ItemKey,
    values: Values,
    *,
    version: int,
    author: str,
    position: int | None = None,
    keep: bool = False,
) -> Any:  # noqa: ANN401 - a row of any type's drafts
    """Gives the draft new values; `position` None leaves it where it is.

    In another group it becomes the last one, unless `position` says otherwise. When others
    saved after `version`, their changes to other fields stay; the same field is an EditConflict,
    and so is another group when a position was meant for this one. `keep` also takes a removal
    back.
    """
    lock_catalogue(session)
    item_type, draft = ITEM_TYPES[item.type], get_item(session, item)
    if not keep:
        _staying(draft)
    mine, values = values, _merged(session, item, draft, values, version)
    group = item_type.group
    if position is not None and getattr(values, group) != getattr(mine, group):
        author_there = edits_after(session, item, version)[0].author
        values = values._replace(**{group: getattr(mine, group)})
        raise EditConflict((group,), author_there, draft.version, values)
    refuse_invalid(item_type, values)
    if keep:
        _keep(session, item, draft, author)
    _write(session, item, draft, values, author)
    if position is not None:
        _place(session, find_placement(session, item.id), Place(position), author)
    return draft


def _write(session: AnySession, item: ItemKey, draft: Any, values: Values, author: str) -> None:  # noqa: ANN401
    old, new = difference(draft.values, values)
    if not new:
        return
    item_type = ITEM_TYPES[item.type]
    if item_type.is_ordered and item_type.group in new:
        old |= place_of(find_placement(session, item.id))
        # Before it is one of them itself.
        draft.rank = ordering.rank_for_new(session, new[item_type.group])
    draft.take(values)
    draft.version += 1
    session.flush()
    record(session, item, draft, "edited", old, new, author)


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
    """See edit_item."""
    item = package_key(package_id)
    package: CreditPackage = edit_item(
        session, item, values, version=version, author=author, position=position, keep=keep
    )
    return package


def edit_settings(
    session: AnySession, values: SettingsValues, *, version: int, author: str
) -> StorefrontSettings:
    """See edit_item."""
    settings: StorefrontSettings = edit_item(
        session, THE_SETTINGS, values, version=version, author=author
    )
    return settings


def edit_market(
    session: AnySession, country: str, values: MarketValues, *, version: int, author: str
) -> Market:
    """See edit_item; the first one who says something about a country opened version 1."""
    lock_catalogue(session)
    market = find_market(session, country)
    if market is None:
        refuse_invalid(MARKET, values)
        market = Market(country=country)
        market.take(INITIAL_MARKET)
        session.add(market)
        session.flush()
    item = ItemKey(MARKET.name, market.id)
    edit_item(session, item, values, version=version, author=author)
    return market


def remove_item(session: AnySession, item: ItemKey, *, version: int, author: str) -> Any:  # noqa: ANN401
    """Marks the draft: it keeps its place, and leaves the catalogue with the next release."""
    lock_catalogue(session)
    draft = _of_version(_staying(get_item(session, item)), version)
    draft.removed_at = utc_now()
    draft.version += 1
    session.flush()
    record(session, item, draft, "removed", {}, {}, author)
    return draft


def remove_package(
    session: AnySession, package_id: int, *, version: int, author: str
) -> CreditPackage:
    """See remove_item."""
    package: CreditPackage = remove_item(
        session, package_key(package_id), version=version, author=author
    )
    return package


def keep_item(session: AnySession, item: ItemKey, *, version: int, author: str) -> Any:  # noqa: ANN401
    """Takes a removal back."""
    lock_catalogue(session)
    draft = _of_version(get_item(session, item), version)
    _keep(session, item, draft, author)
    return draft


def keep_package(
    session: AnySession, package_id: int, *, version: int, author: str
) -> CreditPackage:
    """See keep_item."""
    package: CreditPackage = keep_item(
        session, package_key(package_id), version=version, author=author
    )
    return package


def _keep(session: AnySession, item: ItemKey, draft: Any, author: str) -> None:  # noqa: ANN401
    if draft.is_removed:
        draft.removed_at = None
        draft.version += 1
        session.flush()
        record(session, item, draft, "kept", {}, {}, author)


def move_item(
    session: AnySession, item: ItemKey, to: Destination, *, group: str, author: str
) -> Any:  # noqa: ANN401 - a row of any type's drafts
    """Gives the draft another place in `group`, where the mover saw it.

    It neither needs nor changes the version: moves of different items both survive. A neighbour
    that is gone leaves the item where it is.
    """
    lock_catalogue(session)
    placement = find_placement(session, item.id)
    draft = _staying(placement.package)
    if getattr(draft, ITEM_TYPES[item.type].group) != group:
        raise PackageElsewhere(draft.name)
    _place(session, placement, to, author)
    return draft


def move_package(
    session: AnySession, package_id: int, to: Destination, *, country: str, author: str
) -> CreditPackage:
    """See move_item."""
    package: CreditPackage = move_item(
        session, package_key(package_id), to, group=country, author=author
    )
    return package


def _merged(session: AnySession, item: ItemKey, draft: Any, mine: Values, version: int) -> Values:  # noqa: ANN401
    """`mine`, made from the draft's `version`, with what others changed since."""
    if draft.version == version:
        return mine
    if version > draft.version or version < 1:
        raise StaleVersion(message("This form is not one of ours. Reload the page and try again."))
    revisions = edits_after(session, item, version)
    theirs = draft.values
    together = ITEM_TYPES[item.type].decided_together
    merged = merge(take_back(theirs, revisions), mine, theirs, together)
    if merged.conflicts:
        raise EditConflict(merged.conflicts, revisions[0].author, draft.version, merged.values)
    return merged.values


def _of_version(draft: Any, version: int) -> Any:  # noqa: ANN401 - a row of any type's drafts
    if draft.version != version:
        raise StaleVersion(message("%(name)s was changed after you opened it.", name=draft.name))
    return draft


def refuse_invalid(item_type: ItemType, values: Values) -> None:
    found = problems(values, item_type.rules)
    if found:
        raise InvalidValues(found)


def _place(session: AnySession, now: Placement, to: Destination, author: str) -> None:
    slot = ordering.slot_for_move(session, now, to)
    if slot is None:
        return
    now.package.rank = slot.rank
    session.flush()
    item, new = package_key(now.package.id), {"position": slot.position}
    record(session, item, now.package, "moved", place_of(now), new, author)


def position_of(session: AnySession, package: CreditPackage) -> int:
    """The package's place in its country, counting only packages that stay."""
    return find_placement(session, package.id).position


def difference(old: Values, new: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that differ, with what they hold before and after."""
    names = [name for name in old._fields if getattr(old, name) != getattr(new, name)]
    was, becomes = ({name: getattr(side, name) for name in names} for side in (old, new))
    return was, becomes

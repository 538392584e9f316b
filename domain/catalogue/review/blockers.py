"""Why changes may not go live by the rules of their items alone."""

from collections.abc import Collection

from domain.catalogue.changes.diff import Change, ItemKey, Kind
from domain.catalogue.errors import Blocker
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.price_checks.findings import Priced, priced
from domain.catalogue.rules import problems


def find_blockers(changes: Collection[Change]) -> list[Blocker]:
    """Why these changes may not go live, judged now and not when they were saved."""
    blockers = []
    for change in changes:
        if change.kind == Kind.MOVED or not change.after:
            continue  # it brings no values
        item_type, state = ITEM_TYPES[change.item.type], change.after
        found = problems(state.values, item_type.rules)
        blockers += [
            Blocker(change.item, item_type.name_of(state), *each) for each in found.items()
        ]
    return blockers


def packages_of(
    blockers: Collection[Blocker], changes: Collection[Change]
) -> dict[ItemKey, Priced]:
    items = {blocker.item for blocker in blockers}
    sides = (change.after for change in changes if change.item in items)
    return {each.item: each for each in priced(side for side in sides if side).values()}

"""What differs between the drafts and what is live, and its name as a whole."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from domain.catalogue.changes.diff import (
    Change,
    Kind,
    PositionedPackage,
    change_set_token,
    compare_settings,
    find_moved,
    list_changes,
)
from domain.catalogue.pending.diff_queries import (
    Pair,
    Sides,
    read_all,
    read_orders,
    read_pairs,
    read_revised,
)
from domain.catalogue.storefront.live import LiveRelease
from domain.database import AnySession


@dataclass(frozen=True)
class Pending:
    """Every difference between the drafts and the live release.

    `revision_id` is that of the newest draft write that it knows of.
    """

    live: LiveRelease
    revision_id: int
    changes: tuple[Change, ...]

    @cached_property
    def token(self) -> str:
        """Names exactly this set of changes to this release; whoever applies hands it back."""
        return change_set_token(self.live.number, self.changes)

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
    """Whatever differs; all packages are looked at."""
    return _compare(session, read_all(session))


def revised_changes(session: AnySession) -> Pending:
    """The same, as every draft write leaves a revision; takes no longer in a larger catalogue.

    For the bar, which comes with every answer. What goes live is decided by looking at all.
    """
    return _compare(session, read_revised(session))


def _compare(session: AnySession, sides: Sides) -> Pending:
    orders = read_orders(session, _reordered(sides.pairs))
    moved = _find_moved(sides.pairs, orders)
    # The fewest moves may name packages that nobody wrote to.
    others = moved.difference(pair.id for pair in sides.pairs)
    pairs = [*sides.pairs, *(read_pairs(session, sides.live, others) if others else ())]
    places = {pair.id: pair.live.position for pair in pairs if pair.live}
    for order in orders.values():
        places |= {id: place for place, id in enumerate(order, start=1)}
    before = {pair.id: pair.live for pair in pairs if pair.live}
    after = {p.id: PositionedPackage(p.id, p.draft, places[p.id]) for p in pairs if p.draft}
    changes = (
        *compare_settings(sides.live.settings, sides.settings),
        *list_changes(before, after, moved),
    )
    return Pending(sides.live, sides.revision_id, changes)


def _reordered(pairs: Collection[Pair]) -> set[str]:
    """The countries with drafts among these that may stand elsewhere than they are live."""
    touched = {country for p in pairs if not p.keeps_place for country in p.countries}
    return touched & {pair.draft.country for pair in pairs if pair.draft}


def _find_moved(pairs: Collection[Pair], orders: Mapping[str, list[int]]) -> set[int]:
    """The moved packages of these countries. Those that are in no pair are live in the order of
    the drafts; where those of the pairs are live is known."""
    paired = {pair.id for pair in pairs}
    by_hand = {pair.id for pair in pairs if pair.was_moved}
    live: dict[str, list[PositionedPackage]] = {}
    for listed in sorted((p.live for p in pairs if p.live), key=lambda listed: listed.position):
        live.setdefault(listed.values.country, []).append(listed)
    moved: set[int] = set()
    for country, order in orders.items():
        live_order = [id for id in order if id not in paired]
        for listed in live.get(country, ()):
            live_order.insert(listed.position - 1, listed.id)
        moved |= find_moved(live_order, order, by_hand)
    return moved

"""What the list shows: countries, each with its rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from blueprints.packages.editor_hints import Hint, find_hints
from blueprints.packages.filters import NEW, PENDING, REMOVED, Filter, select_drafts
from blueprints.pages import sorted_countries
from domain.catalogue.changes.diff import Change, Kind
from domain.catalogue.drafts import listing
from domain.catalogue.drafts.drafts import package_key
from domain.catalogue.drafts.listing import PAGE_ROWS, Count, Placed
from domain.catalogue.drafts.ordering import find_placement
from domain.catalogue.packages.rules import PACKAGE_TYPE, PackageValues
from domain.catalogue.pending.pending import Cursor, Pending, pending_changes
from domain.database import AnySession
from domain.messages import Message, message


class Row(NamedTuple):
    """A draft among the `total` with a position, and what is pending for it: all that is drawn.

    `hint` says that others edit it, `changed_by` who changed it since the list was shown last.
    """

    package: Placed
    total: int
    changes: tuple[Change, ...]
    can_move: bool
    hint: Hint | None
    changed_by: str | None = None

    @property
    def position(self) -> int | None:
        return self.package.position

    @property
    def state(self) -> Message:
        """The word that says how the draft and what buyers see differ most."""
        kinds = {change.kind for change in self.changes}
        return next((word for kind, word in STATES.items() if kind in kinds), LIVE)

    @property
    def was(self) -> PackageValues | None:
        """What buyers see of it, where an edit would change that."""
        for change in self.changes:
            if change.kind == Kind.EDITED and change.before:
                values = change.before.values
                assert isinstance(values, PackageValues)  # noqa: S101 - a package's change
                return values
        return None

    @property
    def move(self) -> Change | None:
        return next((change for change in self.changes if change.kind == Kind.MOVED), None)

    @property
    def focus(self) -> str:
        """The id of its first button."""
        return f"{'edit' if self.position else 'keep'}-{self.package.id}"


LIVE = message("Live")
STATES = {
    Kind.REMOVED: message("Removed"),
    Kind.ADDED: message("New"),
    Kind.EDITED: message("Edited"),
    Kind.MOVED: message("Moved"),
}


@dataclass(frozen=True)
class Section:
    """A country on the list; without rows it is closed."""

    country: str
    count: Count
    rows: list[Row]
    page: int

    @property
    def pages(self) -> int:
        return _pages(self.count)

    @property
    def currencies(self) -> list[str]:
        return sorted({row.package.values.currency for row in self.rows})


@dataclass(frozen=True)
class Listing:
    """Everything the packages page shows below its heading."""

    filter: Filter
    counts: dict[str, Count]
    currencies: list[str]
    sections: list[Section]
    pending: Pending
    cursor: Cursor

    @property
    def has_packages(self) -> bool:
        """Whether there is anything to filter, shown by this filter or not."""
        return bool(self.counts or self.filter.country or self.filter.is_narrow)


def packages_by_kind(pending: Pending) -> Mapping[str, int]:
    """How many packages the filters by what is pending would show."""
    kinds: Counter[str] = Counter()
    for item, changes in pending.by_item.items():
        if item.type == PACKAGE_TYPE:
            found = {change.kind for change in changes}
            kinds[PENDING] += 1
            kinds[NEW] += Kind.ADDED in found
            kinds[REMOVED] += Kind.REMOVED in found
    return kinds


def build_listing(
    session: AnySession,
    filter: Filter,
    changed_by: Mapping[int, str] | None = None,
    *,
    is_page: bool = True,
) -> Listing:
    """Countries by name, opened in that order until a page of rows is shown.

    Only a page offers other countries to choose from; for an answer in place they are not counted.
    """
    pending = pending_changes(session)
    selection = select_drafts(session, filter, pending)
    only = "" if is_page else filter.country
    found, currencies = listing.count_selected(session, selection, only)
    counts = {country: found[country] for country in sorted_countries(found)}
    shown = [filter.country] if filter.country else list(counts)
    opened = _until_full(shown, counts)
    page = min(filter.page, _pages(counts.get(filter.country)))
    drafts_of = listing.list_drafts(session, opened, page=page, selection=selection)
    hints, changed_by = find_hints(session), changed_by or {}
    sections = [
        Section(
            code,
            counts.get(code, Count(0, 0)),
            [
                _row(placed, counts[code].staying, pending, filter, hints, changed_by)
                for placed in drafts_of.get(code, [])
            ],
            page,
        )
        for code in shown
    ]
    return Listing(filter, counts, sorted(currencies), sections, pending, pending.cursor)


def build_row(session: AnySession, package_id: int) -> tuple[Row, Pending]:
    """One row by itself, for an answer that replaces just that row."""
    pending = pending_changes(session)
    placement = find_placement(session, package_id)
    package = placement.package
    position = None if package.removed_at else placement.position
    placed = Placed(package.id, package.version, package.values, position)
    filter, hints = Filter.of_current_page(), find_hints(session)
    return _row(placed, placement.total, pending, filter, hints, {}), pending


def _pages(count: Count | None) -> int:
    return max(1, ceil(count.shown / PAGE_ROWS)) if count else 1


def _until_full(shown: list[str], counts: dict[str, Count]) -> list[str]:
    opened, rows = [], 0
    for code in shown:
        if rows >= PAGE_ROWS:
            break
        opened.append(code)
        rows += counts[code].shown if code in counts else 0
    return opened


def _row(
    placed: Placed,
    total: int,
    pending: Pending,
    filter: Filter,
    hints: Mapping[int, Hint],
    changed_by: Mapping[int, str],
) -> Row:
    return Row(
        placed,
        total,
        changes=pending.by_item.get(package_key(placed.id), ()),
        can_move=placed.position is not None and filter.shows_order,
        hint=hints.get(placed.id),
        changed_by=changed_by.get(placed.id),
    )

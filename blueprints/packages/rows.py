"""What the list shows: countries, each with its rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from blueprints import htmx
from blueprints.forms import read_page
from blueprints.packages.editor_hints import Hint, find_hints
from blueprints.pages import sorted_countries
from domain import countries
from domain.catalogue.changes.diff import Kind
from domain.catalogue.drafts import listing
from domain.catalogue.drafts.drafts import package_key
from domain.catalogue.drafts.listing import PAGE_ROWS, Count, Placed
from domain.catalogue.drafts.ordering import find_placement
from domain.catalogue.pending.pending import Cursor, Pending, pending_changes
from domain.database import AnySession
from domain.messages import Message, message


@dataclass(frozen=True)
class Filter:
    """Which part of the list is asked for."""

    country: str = ""
    search: str = ""
    page: int = 1

    @classmethod
    def read(cls, args: dict[str, str]) -> "Filter":
        """From a query; what makes no sense there is left out."""
        country, page = args.get("country", "").upper(), args.get("page", "")
        is_country = country in countries.CODES
        return cls(
            country=country if is_country else "",
            search=args.get("q", "").replace("\0", "").strip()[:80],
            page=read_page(page) if is_country else 1,
        )

    @classmethod
    def of_current_page(cls) -> "Filter":
        """The filter of the page that an htmx request comes from."""
        return cls.read(htmx.current_query())


class Row(NamedTuple):
    """A draft among the `total` with a position, and what is pending for it: all that is drawn.

    `hint` says that others edit it, `changed_by` who changed it since the list was shown last.
    """

    package: Placed
    total: int
    kinds: tuple[Kind, ...]
    can_move: bool
    hint: Hint | None
    changed_by: str | None = None

    @property
    def position(self) -> int | None:
        return self.package.position

    @property
    def states(self) -> list[Message]:
        """The words that say how the draft and what buyers see differ."""
        return [STATE_WORDS[kind] for kind in self.kinds] or [LIVE]

    @property
    def focus(self) -> str:
        """The id of its first button."""
        return f"{'edit' if self.position else 'keep'}-{self.package.id}"


LIVE = message("Live")
STATE_WORDS = {
    Kind.ADDED: message("New"),
    Kind.EDITED: message("Edited"),
    Kind.MOVED: message("Moved"),
    Kind.REMOVED: message("To be removed"),
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


@dataclass(frozen=True)
class Listing:
    """Everything the packages page shows below its heading."""

    filter: Filter
    counts: dict[str, Count]
    sections: list[Section]
    pending: Pending
    cursor: Cursor


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
    only = "" if is_page else filter.country
    found = listing.count_by_country(session, filter.search, only)
    counts = {country: found[country] for country in sorted_countries(found)}
    shown = [filter.country] if filter.country else list(counts)
    opened = _until_full(shown, counts)
    page = min(filter.page, _pages(counts.get(filter.country)))
    drafts_of = listing.list_drafts(session, opened, page=page, search=filter.search)
    totals = listing.count_by_country(session, country=only) if filter.search else counts
    hints, changed_by = find_hints(session), changed_by or {}
    sections = [
        Section(
            code,
            counts.get(code, Count(0, 0)),
            [
                _row(placed, totals[code].staying, pending, filter, hints, changed_by)
                for placed in drafts_of.get(code, [])
            ],
            page,
        )
        for code in shown
    ]
    return Listing(filter, counts, sections, pending, pending.cursor)


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
    """A search shows a part of the order, so nothing is moved in it."""
    return Row(
        placed,
        total,
        kinds=pending.by_item.get(package_key(placed.id), ()),
        can_move=placed.position is not None and not filter.search,
        hint=hints.get(placed.id),
        changed_by=changed_by.get(placed.id),
    )

"""A review as one admin sees it: changes by country and author, warnings beside what they are
about, and what is ticked."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from flask_babel import gettext as _

from blueprints.pages import country_name, number
from blueprints.publishing.descriptions import DescribedChange, Group, group_changes
from domain.catalogue.changes.diff import ItemKey, Kind, key_of
from domain.catalogue.errors import Acknowledgement
from domain.catalogue.packages.rules import PACKAGE_TYPE
from domain.catalogue.price_checks.findings import Finding, Priced
from domain.catalogue.review.review import Review, acknowledge_author

# What most likely is a slip is checked one by one; other warnings share a tick.
CHECKED_ALONE = "tenfold"
ABOUT_THE_PRICE = frozenset({"tenfold", "price changed"})


@dataclass(frozen=True, slots=True)
class ReviewWarning:
    """Something to check, and the keys of the changes while one of which is ticked it asks.

    `beside` is the change below which it stands, "" for none.
    """

    key: str
    finding: Finding
    name: str
    about: tuple[str, ...]
    beside: str
    is_asked: bool

    @property
    def is_checked_alone(self) -> bool:
        return bool(self.beside) and self.finding.rule == CHECKED_ALONE

    @property
    def anchor(self) -> str:
        """The id of what it is about: its own tick, the change, or the country."""
        if self.is_checked_alone:
            return f"check-{self.key}"
        return f"choose-{self.beside}" if self.beside else self.place

    @property
    def place(self) -> str:
        """The same for whoever has nothing to tick."""
        return f"change-{self.beside}" if self.beside else f"changes-{self.finding.country}"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Another author of pending changes, and how many; `key` names the agreement to apply them,
    `is_missing` says that nothing was applied for want of it."""

    email: str
    count: int
    key: str
    is_included: bool
    is_missing: bool


@dataclass(frozen=True, slots=True)
class Work:
    """The changes of a country that have the same authors, and when they last worked on them."""

    authors: tuple[str, ...]
    last_at: datetime | None
    changes: Sequence[DescribedChange]


@dataclass(frozen=True)
class ReviewPage:
    """`everything` is the review with all changes chosen, for what warns once more are ticked."""

    review: Review
    everything: Review
    reader: str
    unseen: frozenset[str] = frozenset()
    acknowledged: frozenset[str] = frozenset()
    problem: str = ""
    missing: tuple[Acknowledgement, ...] = ()

    @cached_property
    def total(self) -> int:
        return len(self.review.pending.changes)

    @cached_property
    def groups(self) -> list[Group]:
        return group_changes(self.review.pending.changes)

    def works(self, group: Group) -> list[Work]:
        """Author by author, in the order of their first change."""
        by_authors: dict[tuple[str, ...], list[DescribedChange]] = {}
        for described in group.changes:
            authors = self.review.authors(described.change.key)
            by_authors.setdefault(authors, []).append(described)
        return [
            Work(authors, self._last_at(changes), changes)
            for authors, changes in by_authors.items()
        ]

    def _last_at(self, changes: Sequence[DescribedChange]) -> datetime | None:
        known = self.review.authorship
        return max(
            (known[each.change.key].last_at for each in changes if each.change.key in known),
            default=None,
        )

    @cached_property
    def colleagues(self) -> list[Colleague]:
        missing = {acknowledgement.key for acknowledgement in self.missing}
        return [
            Colleague(email, count, key, key in self.acknowledged, key in missing)
            for email, count in sorted(self.everything.count_others(self.reader).items())
            for key in [acknowledge_author(email, count).key]
        ]

    def with_colleagues_of_chosen(self) -> frozenset[str]:
        """What is acknowledged when all that is chosen was chosen on purpose."""
        chosen = self.review.count_others(self.reader)
        theirs = {colleague.key: colleague.email in chosen for colleague in self.colleagues}
        kept = (key for key in self.acknowledged if key not in theirs)
        return frozenset([*kept, *(key for key, is_chosen in theirs.items() if is_chosen)])

    @cached_property
    def warnings(self) -> list[ReviewWarning]:
        """Those of what is ticked, and those that come with more, in the order of the tables."""
        asked = self.review.warnings
        more = {k: v for k, v in self.everything.warnings.items() if k not in asked}
        warnings = [
            *self._warn(asked, self.review.chosen, is_asked=True),
            *self._warn(more, self.everything.chosen - self.review.chosen, is_asked=False),
        ]
        places = {place: n for n, place in enumerate(self._places())}
        return sorted(
            warnings, key=lambda w: places.get(w.beside or w.finding.country, len(places))
        )

    def _places(self) -> Iterator[str]:
        """Each country and the keys of its changes, as they come in the tables."""
        for group in self.groups:
            yield group.country
            for work in self.works(group):
                yield from (described.change.key for described in work.changes)

    def _warn(
        self,
        findings: Mapping[Acknowledgement, Finding],
        keys: Collection[str],
        *,
        is_asked: bool,
    ) -> Iterator[ReviewWarning]:
        for acknowledgement, finding in findings.items():
            about = [key for item in finding.items for key in self._keys_of(item) if key in keys]
            beside = about[0] if about else ""
            if not about:
                about = [key for key in self._keys_in(finding.country) if key in keys]
            name = self._name(finding)
            yield ReviewWarning(
                acknowledgement.key, finding, name, tuple(about), beside, is_asked=is_asked
            )

    def _name(self, finding: Finding) -> str:
        if not finding.items:
            return country_name(finding.country)
        return self.packages[finding.items[0]].name

    @cached_property
    def packages(self) -> Mapping[ItemKey, Priced]:
        """Every package that a finding or a blocker is about."""
        return {**self.everything.packages, **self.review.packages}

    def _keys_of(self, item: ItemKey) -> Iterator[str]:
        """The keys of the item's changes, that of its price first."""
        return (key_of(item, kind) for kind in (Kind.EDITED, Kind.ADDED, Kind.REMOVED))

    def _keys_in(self, country: str) -> list[str]:
        return [
            change.key
            for change in self.review.pending.changes
            if country in change.groups and change.item.type == PACKAGE_TYPE
        ]

    @cached_property
    def beside(self) -> Mapping[str, list[ReviewWarning]]:
        """The warnings below each change, by its key."""
        found: dict[str, list[ReviewWarning]] = {}
        for warning in self.warnings:
            if warning.beside:
                found.setdefault(warning.beside, []).append(warning)
        return found

    @cached_property
    def loud(self) -> Collection[str]:
        """The keys of the changes whose per cent is what a warning says."""
        about_prices = (w for w in self.warnings if w.finding.rule in ABOUT_THE_PRICE)
        return {warning.beside for warning in about_prices}

    @property
    def asked(self) -> list[ReviewWarning]:
        return [warning for warning in self.warnings if warning.is_asked]

    @property
    def shared(self) -> list[ReviewWarning]:
        """What the one tick on top is for."""
        return [warning for warning in self.asked if not warning.is_checked_alone]

    @property
    def is_shared_checked(self) -> bool:
        return bool(self.shared) and all(w.key in self.acknowledged for w in self.shared)

    @property
    def to_check(self) -> list[ReviewWarning]:
        return [warning for warning in self.asked if warning.key not in self.acknowledged]

    @property
    def first_to_check(self) -> str:
        """Where the strip leads: to the tick on top, when that is one of those to set."""
        alone = [warning.anchor for warning in self.to_check if warning.is_checked_alone]
        return alone[0] if alone and len(alone) == len(self.to_check) else "checked"

    @property
    def is_blocked(self) -> bool:
        return self.review.is_blocked

    @property
    def selected_texts(self) -> tuple[str, str]:
        """For one and for several that are ticked, as `counted` has them."""
        total = number(self.total)
        return (
            _("%(ticked)s of %(total)s selected", ticked="1", total=total),
            _("%(ticked)s of %(total)s selected", ticked="{count}", total=total),
        )

    @property
    def is_missing_a_check(self) -> bool:
        keys = {warning.key for warning in self.asked}
        return any(acknowledgement.key in keys for acknowledgement in self.missing)

"""What has to be looked at before the pending changes, or some of them, go live."""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.drafts.drafts import lock_catalogue
from domain.catalogue.errors import (
    Acknowledgement,
    Blocked,
    Blocker,
    NeedsReview,
    NothingChosen,
    NothingPending,
    StaleReview,
)
from domain.catalogue.packages.rules import PriceRule, take_all
from domain.catalogue.pending.authorship import Authorship, find_authorship
from domain.catalogue.pending.pending import Pending, pending_changes
from domain.catalogue.pending.planning import Work
from domain.catalogue.pending.seen import Unseen, find_unseen_since, read_token
from domain.catalogue.price_checks.findings import Finding, Priced
from domain.catalogue.price_checks.price_checks import check_pending_prices
from domain.catalogue.releases.publishing import plan_release, publish
from domain.catalogue.review.blockers import find_blockers, packages_of
from domain.database import AnySession
from domain.messages import message, plural_message

UNKNOWN_AUTHOR = message("an unknown author")


@dataclass(frozen=True)
class Review:
    """The pending changes, and what is to be said about those whose keys are `chosen`.

    `packages` holds every package that a finding or a blocker is about.
    """

    pending: Pending
    authorship: Mapping[str, Authorship]
    chosen: frozenset[str]
    findings: tuple[Finding, ...]
    blockers: tuple[Blocker, ...]
    packages: Mapping[ItemKey, Priced]

    @cached_property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.is_error)

    @cached_property
    def warnings(self) -> Mapping[Acknowledgement, Finding]:
        """What may go live once somebody has looked at it."""
        return {
            Acknowledgement(_digest(finding), finding.message): finding
            for finding in self.findings
            if not finding.is_error
        }

    @property
    def error_count(self) -> int:
        return len(self.blockers) + len(self.errors)

    @property
    def is_blocked(self) -> bool:
        return bool(self.error_count)

    def authors(self, key: str) -> tuple[str, ...]:
        """Who made the change with this key."""
        return self.authorship[key].authors if key in self.authorship else (UNKNOWN_AUTHOR,)

    def is_only_by(self, author: str, key: str) -> bool:
        return self.authors(key) == (author,)

    def count_others(self, author: str) -> Mapping[str, int]:
        """How many of the chosen changes others than `author` worked on, by their email."""
        others = (other for key in sorted(self.chosen) for other in self.authors(key))
        return Counter(other for other in others if other != author)

    def acknowledgements(self, author: str) -> tuple[Acknowledgement, ...]:
        """Everything that `author` has to acknowledge."""
        others = (acknowledge_author(*item) for item in sorted(self.count_others(author).items()))
        return (*others, *self.warnings)


def acknowledge_author(other: str, count: int) -> Acknowledgement:
    """Agrees to `count` changes by somebody else going live as well."""
    return Acknowledgement(
        f"by-{other}",
        plural_message(
            "Include %(count)s change by %(author)s",
            "Include %(count)s changes by %(author)s",
            count=count,
            author=other,
        ),
    )


def build_review(
    session: AnySession,
    chosen: Collection[str] | None = None,
    pending: Pending | None = None,
    authorship: Mapping[str, Authorship] | None = None,
    *,
    rule: PriceRule = take_all,
) -> Review:
    """The review of the pending changes with these keys, None for all of them; what is known of
    them already is not read again. A price that the `rule` refuses is an error."""
    pending = pending or pending_changes(session)
    picked = [c for c in pending.changes if chosen is None or c.key in chosen]
    findings, packages = check_pending_prices(session, pending, picked, rule)
    blockers = find_blockers(picked)
    return Review(
        pending,
        find_authorship(session, pending) if authorship is None else authorship,
        frozenset(change.key for change in picked),
        tuple(findings),
        tuple(blockers),
        packages | packages_of(blockers, picked),
    )


def review_own(
    session: AnySession, author: str, pending: Pending | None = None, *, rule: PriceRule = take_all
) -> Review:
    """The review with what `author` alone made chosen."""
    pending = pending or pending_changes(session)
    authorship = find_authorship(session, pending)
    own = {key for key, made in authorship.items() if made.authors == (author,)}
    return build_review(session, own, pending, authorship, rule=rule)


def review_all(session: AnySession, review: Review, *, rule: PriceRule = take_all) -> Review:
    """The same with all of its changes chosen."""
    if len(review.chosen) == len(review.pending.changes):
        return review
    return build_review(session, None, review.pending, review.authorship, rule=rule)


@dataclass(frozen=True)
class Applied:
    """The number of a release, and who made what became pending unseen and so stays pending: by
    author, how many changes."""

    number: int
    unseen: Mapping[str, int]


def plan_apply(
    session: AnySession,
    token: str,
    *,
    author: str,
    note: str = "",
    chosen: Collection[str] | None = None,
    acknowledged: Collection[str] = (),
    rule: PriceRule = take_all,
) -> Work[Applied]:
    """How to apply the chosen changes (None: all) of those that the author has seen, which `token`
    names, if nothing is wrong and `acknowledged` holds the keys of all that the author has to
    acknowledge. What others added since stays pending."""
    pending = pending_changes(session)
    seen = read_token(session, pending, token)
    if not pending.changes:
        raise NothingPending
    unseen = find_unseen_since(session, pending, seen)
    review = build_review(session, _as_seen(pending, unseen, chosen), pending, rule=rule)
    _refuse_unfit(review, author, acknowledged)
    planned = plan_release(session, pending, review.chosen)
    staying = (change.key for change in pending.changes if change.key in unseen.keys)
    others = Counter(review.authors(key)[-1] for key in staying)
    return lambda session: Applied(publish(session, planned, author=author, note=note), others)


def apply_reviewed(
    session: AnySession,
    token: str,
    *,
    author: str,
    note: str = "",
    chosen: Collection[str] | None = None,
    acknowledged: Collection[str] = (),
) -> Applied:
    """See plan_apply; within a transaction that has more to write."""
    lock_catalogue(session)
    work = plan_apply(
        session, token, author=author, note=note, chosen=chosen, acknowledged=acknowledged
    )
    return work(session)


def _refuse_unfit(review: Review, author: str, acknowledged: Collection[str]) -> None:
    """Why what is chosen may not go live, or not yet."""
    if not review.chosen:
        raise NothingChosen
    if review.is_blocked:
        raise Blocked(name_blockers(review), review.error_count)
    missing = tuple(
        acknowledgement
        for acknowledgement in review.acknowledgements(author)
        if acknowledgement.key not in acknowledged
    )
    if missing:
        raise NeedsReview(missing)


def _as_seen(pending: Pending, unseen: Unseen, chosen: Collection[str] | None) -> Collection[str]:
    """The keys of the chosen changes, None for all that were seen; refuses when one of them is not
    as it was seen."""
    every = {change.key for change in pending.changes}
    if chosen is None:
        keys = every - unseen.new
        is_another = bool(unseen.altered or unseen.altered_orders) or not keys
    else:
        keys = set(chosen)
        is_another = not keys <= every - unseen.keys
    placed = {change.order for change in pending.changes if change.key in keys and change.places}
    if is_another or placed & unseen.orders:
        raise StaleReview
    return keys


def name_blockers(review: Review) -> list[Blocker]:
    """Every reason why the chosen changes cannot go live, one for each package concerned."""
    by_finding = [
        Blocker(item, review.packages[item].name, finding.rule, finding.message)
        for finding in review.errors
        for item in finding.items
    ]
    return [*review.blockers, *by_finding]


def _digest(finding: Finding) -> str:
    return hashlib.sha256(repr(finding).encode()).hexdigest()[:16]

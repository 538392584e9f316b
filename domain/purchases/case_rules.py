"""Which purchases came to nothing, put together: what one customer tried in vain to pay for one
package is one case, and each is in the hands of somebody who can mend it. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from domain.purchases.rules import Failure, State

# Nobody has so many cards declined for one package: they are tried out.
MOST_CARDS = 4
OF_BUYER = (Failure.NO_FUNDS, Failure.CARD_EXPIRED, Failure.WRONG_CODE, Failure.NOT_CONFIRMED)


class Who(StrEnum):
    """Who can mend it."""

    BUYER = "buyer"
    BANK = "bank"
    US = "us"  # or the provider
    NOBODY = "nobody"  # looks like a fraud
    LEFT = "left"  # without a try: perhaps the buyer


class Show(StrEnum):
    """What there is to do."""

    OPEN = "open"
    RECOVERED = "recovered"  # paid by now
    DONE = "done"


Key = tuple[int, int]  # customer and package


class Tried(NamedTuple):
    """A purchase that came to nothing."""

    id: int
    customer_id: int
    package_id: int
    created_at: datetime
    state: str
    failure: str | None
    hold: str | None
    is_fraud: bool
    card_last4: str

    @property
    def key(self) -> Key:
        return self.customer_id, self.package_id


class Done(NamedTuple):
    """Up to which purchase nothing is left to do."""

    up_to: int
    author: str
    at: datetime


class Outline(NamedTuple):
    """A case: its purchases, the oldest first, and when the package was paid after the last."""

    tried: Sequence[Tried]
    who: Who
    show: Show
    paid_at: datetime | None
    done: Done | None

    @property
    def newest(self) -> Tried:
        return self.tried[-1]

    @property
    def is_fraud(self) -> bool:
        return any(one.is_fraud for one in self.tried)


def fold(
    tried: Iterable[Tried],
    paid: Mapping[Key, datetime],
    done: Mapping[Key, Done],
    never_sent: Collection[int],
) -> list[Outline]:
    """All cases, the one that was tried last first. `tried` comes in the order of its numbers,
    `paid` says when each was paid last, and `never_sent` which buyers saw no page to pay at."""
    by_key: dict[Key, list[Tried]] = defaultdict(list)
    for one in tried:
        by_key[one.key].append(one)
    found = [
        _outline(ones, paid.get(key), done.get(key), never_sent) for key, ones in by_key.items()
    ]
    return sorted(found, key=lambda one: one.newest.id, reverse=True)


def _outline(
    tried: Sequence[Tried],
    paid_at: datetime | None,
    done: Done | None,
    never_sent: Collection[int],
) -> Outline:
    newest = tried[-1]
    later = paid_at if paid_at and paid_at >= newest.created_at else None
    still_done = done if done and done.up_to >= newest.id else None
    show = Show.DONE if still_done else Show.RECOVERED if later else Show.OPEN
    return Outline(tried, _who(tried, never_sent), show, later, still_done)


def _who(tried: Sequence[Tried], never_sent: Collection[int]) -> Who:
    """By the last purchase, unless all of them look like a fraud."""
    newest = tried[-1]
    cards = {one.card_last4 for one in tried if one.failure and one.card_last4}
    if len(cards) >= MOST_CARDS or any(one.is_fraud for one in tried):
        return Who.NOBODY
    if newest.hold or newest.failure == Failure.TRY_LATER:
        return Who.US
    if newest.failure in OF_BUYER:
        return Who.BUYER
    if newest.failure or newest.state == State.FAILED:
        return Who.BANK
    return Who.US if newest.id in never_sent else Who.LEFT

"""How many credits go with money that goes back, as a function of how much is back in all: so parts
of it, in whatever order, add up to exactly all. Pure.

Amounts are minor units of the currency of the price.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

GONE = ("succeeded", "lost")
AT_RISK = ("asked", "pending", "open", "unknown")


class HasAmount(Protocol):
    """A refund or a dispute."""

    @property
    def amount_minor(self) -> int: ...
    @property
    def currency(self) -> str: ...
    @property
    def status(self) -> str: ...


class Back(NamedTuple):
    """What of a payment is surely back with the buyer, and what may go."""

    gone_minor: int
    at_risk_minor: int


@dataclass(frozen=True)
class Sold:
    """What a payment was for. A bank may ask for more than that was. As many credits as were
    `forgiven` stay with the customer whatever goes back."""

    credits: int
    price_minor: int
    currency: str
    forgiven: int = 0

    def add_up(self, refunds_and_disputes: Iterable[HasAmount]) -> Back:
        sums = dict.fromkeys((*GONE, *AT_RISK), 0)
        for one in refunds_and_disputes:
            # Of another currency nobody knows the rate: as good as all of it.
            same = one.currency == self.currency
            if one.status in sums:
                sums[one.status] += one.amount_minor if same else self.price_minor
        gone = min(self.price_minor, sum(sums[status] for status in GONE))
        at_risk = sum(sums[status] for status in AT_RISK)
        return Back(gone, min(self.price_minor - gone, at_risk))

    def share_of(self, back_minor: int) -> int:
        """The credits that go once so much is back in all; a part of one counts as one."""
        return -(-self.credits * min(back_minor, self.price_minor) // self.price_minor)

    def share_between(self, before_minor: int, after_minor: int) -> int:
        """The credits that are taken when so much more goes back than before."""
        before, after = self.share_of(before_minor), self.share_of(after_minor)
        return max(self.forgiven, after) - max(self.forgiven, before)

    def most_for(self, back_minor: int, credits: int) -> int:
        """The most money that can go back besides what is back, for so many credits."""
        share = min(self.credits, max(self.forgiven, self.share_of(back_minor)) + credits)
        return max(0, self.price_minor * share // self.credits - back_minor)

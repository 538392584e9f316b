"""Payments as the provider has them, in memory, and what must have become of the credits: reasoned
again in the simplest way, from sums alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from domain.purchases.provider import (
    Dispute,
    DisputeStatus,
    Refund,
    RefundStatus,
    Refused,
    Snapshot,
    Unreachable,
)

GONE = ("succeeded", "lost")
MAY_GO = ("asked", "pending", "open")


@dataclass
class Payment:
    """Of a checkout. `paid` is how it is once it is paid, with nothing back."""

    paid: Snapshot
    is_paid: bool = False
    refunds: list[Refund] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)

    @property
    def ref(self) -> str:
        return str(self.paid.payment_ref)

    def seen(self) -> Snapshot:
        if not self.is_paid:
            return replace(self.paid, status="expired", payment_ref=None, paid_at=None)
        return replace(self.paid, refunds=tuple(self.refunds), disputes=tuple(self.disputes))

    def left_minor(self) -> int:
        """What the provider would still give back."""
        back = sum_of(self.refunds, ("succeeded", "pending"))
        return self.paid.amount_minor - back if self.is_paid else 0

    def set_refund(self, index: int, status: str) -> None:
        self.refunds[index] = self.refunds[index]._replace(status=cast("RefundStatus", status))

    def set_dispute(self, index: int, status: str) -> None:
        self.disputes[index] = self.disputes[index]._replace(status=cast("DisputeStatus", status))


class FakeProvider:
    """Gives back each refund once for its key. `mood` is how it answers."""

    def __init__(self, payments: Sequence[Payment]) -> None:
        self._by_ref = {one.ref: one for one in payments}
        self.mood, self.status = "answers", "succeeded"

    def refund(self, payment_ref: str, amount_minor: int, key: str) -> Refund:
        if self.mood == "is down":
            raise Unreachable
        payment = self._by_ref[payment_ref]
        there = next((one for one in payment.refunds if one.key == key), None)
        if there is None:
            if self.mood == "refuses" or amount_minor > payment.left_minor():
                raise Refused
            status = cast("RefundStatus", self.status)
            there = Refund(f"re_{key}", amount_minor, "USD", status, key)
            payment.refunds.append(there)
        if self.mood == "loses answers":
            raise Unreachable
        return there


@dataclass
class Bought:
    """A purchase, and what it has of the provider."""

    id: int
    credits: int
    price_minor: int
    payments: list[Payment]

    def seen(self) -> list[Snapshot]:
        return [one.seen() for one in self.payments]

    def gone_minor(self, back: Iterable[Refund | Dispute]) -> int:
        return min(self.price_minor, sum_of(back, GONE))

    def share(self, minor: int) -> int:
        """Of the credits; a part of one counts as one."""
        return -(-self.credits * min(minor, self.price_minor) // self.price_minor)


def sum_of(back: Iterable[Refund | Dispute], statuses: Sequence[str]) -> int:
    return sum(one.amount_minor for one in back if one.status in statuses)


def all_back(payment: Snapshot) -> list[Refund | Dispute]:
    return [*payment.refunds, *payment.disputes]


def which_counts(seen: Iterable[Snapshot]) -> Snapshot:
    """The one of which least is gone or may go, the earlier of two."""
    paid = [one for one in seen if one.paid_at]
    return min(
        paid,
        key=lambda one: (min(one.amount_minor, sum_of(all_back(one), GONE + MAY_GO)), one.paid_at),
    )

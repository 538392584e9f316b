"""Why money cannot go back now, or a debt is not let go. Each text is a sentence for an admin."""

from domain.messages import message
from domain.money import Price, plain
from domain.purchases.errors import PurchaseError


class RefundRefused(PurchaseError):
    """Why money cannot go back now. Each text says what to do instead."""


class NothingToRefund(RefundRefused):
    """No payment, or none that counts, or all of it is back."""

    def __init__(self) -> None:
        super().__init__(message("Nothing of this purchase can go back: no money of it is here."))


class UnfitAmount(RefundRefused):
    """Less than the smallest coin, or more than is left."""

    def __init__(self, left_minor: int, currency: str) -> None:
        left = f"{plain(left_minor, currency)} {currency}"
        super().__init__(message("Enter an amount up to %(left)s: that is left.", left=left))


class UnfitFraction(UnfitAmount):
    """Cards carry no such part of a coin, of dinars of Kuwait for example."""

    def __init__(self, near: Price) -> None:
        PurchaseError.__init__(
            self, message("The payment provider takes no such fractions. Use %(near)s.", near=near)
        )


class IsDisputed(RefundRefused):
    """The bank decides; giving money back besides would give it twice."""

    def __init__(self) -> None:
        super().__init__(
            message("The buyer's bank decides about this payment. Answer at the provider.")
        )


class RefundUnderway(RefundRefused):
    """One is asked for, and nobody knows yet what became of it."""

    def __init__(self) -> None:
        super().__init__(
            message("A refund is on its way to the provider. Wait until it has an answer.")
        )


class CreditsSpent(RefundRefused):
    """More credits would go than are free, and no debt was agreed to."""

    def __init__(self) -> None:
        super().__init__(
            message("More credits would go than are unspent. Refund less, or make it a debt.")
        )


class PurchaseChanged(RefundRefused):
    """Since the forecast was made; make another."""

    def __init__(self) -> None:
        super().__init__(message("This purchase has changed. Look at what would happen now."))


class NotOwed(PurchaseError):
    """More was to be let go than is owed."""

    def __init__(self, owed: int) -> None:
        super().__init__(
            message("Not that many credits are owed: enter at most %(owed)s.", owed=owed)
        )
        self.owed = owed


class NotConnected(RefundRefused):
    """The provider that took the money is not the one that is connected, or none is."""

    def __init__(self) -> None:
        super().__init__(
            message("Nothing was refunded: the provider of this purchase is not connected.")
        )

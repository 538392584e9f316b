"""Why something cannot be bought, or sent. Each text is a sentence for who asked."""

from domain.messages import message


class PurchaseError(Exception):
    """Base of all errors about purchases."""


class NotForSale(PurchaseError):
    """The package is not live, or not sold here."""

    def __init__(self) -> None:
        super().__init__(message("Nothing has been bought. Choose another package."))


class SellingPaused(PurchaseError):
    """An admin paused it, the company is not filled in, or no provider is connected."""

    def __init__(self) -> None:
        super().__init__(message("Nothing has been bought. Try again later."))


class OfferChanged(PurchaseError):
    """A release changed price or credits since the buyer read them."""

    def __init__(self) -> None:
        super().__init__(message("The offer changed while you were here."))


class OtherProvider(PurchaseError):
    """It was begun at another provider than the one that is connected: it is bought anew."""


class TooManyCheckouts(PurchaseError):
    """For one buyer or one network; see limits.py."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(message("Too many payments were begun. Try again later."))
        self.wait_seconds = wait_seconds


class PurchaseNotFound(PurchaseError):
    """There is none with this number, or it is another customer's."""

    def __init__(self) -> None:
        super().__init__(message("This purchase does not exist."))


class CheckoutOver(PurchaseError):
    """Nothing can be paid there any more."""

    def __init__(self) -> None:
        super().__init__(message("This payment page has ended. Begin the payment again."))


class StaleVersion(PurchaseError):
    """Somebody changed it since it was read: read and fetch again."""


class NotSynced(PurchaseError):
    """Others were faster each time, it is another provider's, or the ledger takes nothing now. It
    stays due."""


class UnknownPaymentNotFound(PurchaseError):
    """There is none with this number."""

    def __init__(self) -> None:
        super().__init__(message("This payment does not exist."))


class UnknownPaymentClosed(PurchaseError):
    """Somebody was faster."""

    def __init__(self) -> None:
        super().__init__(message("A colleague has already closed this payment."))


class NoReceipt(PurchaseError):
    """Nothing is paid, or no credits were added."""

    def __init__(self) -> None:
        super().__init__(message("This purchase has no receipt."))


class NoAddress(PurchaseError):
    """No email is known that is surely the buyer's."""

    def __init__(self) -> None:
        super().__init__(
            message("No mail was sent: this customer has no email that is known to be theirs.")
        )


class SentAMomentAgo(PurchaseError):
    """So that a button that is pressed twice sends one mail."""

    def __init__(self) -> None:
        super().__init__(
            message("The receipt was sent a moment ago. To send it again, wait a minute.")
        )


class SentOften(PurchaseError):
    """As often as it can be."""

    def __init__(self) -> None:
        super().__init__(
            message("The receipt was sent as often as it can be. Copy it from its page.")
        )


class UnfitNumber(PurchaseError):
    """This text is no number of a receipt or a purchase."""

    def __init__(self) -> None:
        super().__init__(
            message("Enter the number as it stands on the receipt, like 2026-000184 or P-20431.")
        )


class TooManyDeclarations(PurchaseError):
    """For one mailbox, for one network or in all; see withdrawal_limits.py."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(
            message(
                "Too many withdrawals were sent. Nothing has been recorded yet: try again in a few"
                " minutes. What you typed is still here."
            )
        )
        self.wait_seconds = wait_seconds


class WithdrawalNotFound(PurchaseError):
    def __init__(self) -> None:
        super().__init__(message("This withdrawal does not exist."))


class WithdrawalDecided(PurchaseError):
    """Somebody else was faster, or the money is on its way."""

    def __init__(self) -> None:
        super().__init__(message("Nothing was changed: this withdrawal is decided already."))


class LinkNotFound(PurchaseError):
    """This customer has no such payment link."""

    def __init__(self) -> None:
        super().__init__(message("This link does not exist."))


class LinkExpired(PurchaseError):
    """Or there never was one: who guesses learns nothing."""

    def __init__(self) -> None:
        super().__init__(message("Nothing has been charged. Ask for a new link to pay."))


class LinkRevoked(PurchaseError):
    def __init__(self) -> None:
        super().__init__(message("It was taken back, and nothing has been charged."))


class LinkPaid(PurchaseError):
    """The link is good for one payment."""

    def __init__(self) -> None:
        super().__init__(message("The payment has arrived. There is nothing more to pay."))


class LinkUnderWay(PurchaseError):
    """The bank confirms a payment later, or a person looks at it."""

    def __init__(self) -> None:
        super().__init__(message("A payment is being confirmed. Please do not pay again."))


class TooManyLinks(PurchaseError):
    """Of one customer."""

    def __init__(self, most: int) -> None:
        super().__init__(
            message(
                "This customer has %(most)s open links. Revoke one before you make another.",
                most=most,
            )
        )


class LinkSentAMomentAgo(PurchaseError):
    """So that a button that is pressed twice sends one mail."""

    def __init__(self) -> None:
        super().__init__(
            message("A link to this package was sent a moment ago. To send another, wait a minute.")
        )


class CaseNotFound(PurchaseError):
    """Nothing of this customer failed for this package within 30 days."""

    def __init__(self) -> None:
        super().__init__(message("No payment of this customer failed for this package lately."))


class UnfitCaseNote(PurchaseError, ValueError):
    """This is no note about a failed payment; says what to do."""

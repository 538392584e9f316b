"""What can go wrong with customers. Each message is a sentence for the person who reads it."""

from domain.ledger.errors import Refusal
from domain.messages import message, plural_message


class CustomerError(Exception):
    """Base of all errors about customers."""


class CustomerNotFound(CustomerError):
    def __init__(self) -> None:
        super().__init__(message("This customer does not exist."))


class UnfitName(CustomerError):
    """This text cannot be a customer's name."""


class UnfitTag(CustomerError):
    """This text cannot be a tag."""


class TooManyTags(CustomerError):
    def __init__(self, most: int) -> None:
        super().__init__(
            message("A customer has at most %(most)s tags. Remove one first.", most=most)
        )


class UnfitNote(CustomerError):
    """This text cannot be a note."""


class UnfitReason(CustomerError):
    """This text cannot be the reason of an entry."""


class UnfitChoice(CustomerError):
    """This is none of the languages or countries to choose from."""


class UnfitDay(CustomerError):
    """Credits cannot be good until this day."""


class UnfitLimits(CustomerError):
    def __init__(self) -> None:
        super().__init__(message("Enter at least as many credits a day as at once."))


class StaleLimits(CustomerError):
    """Somebody changed the limits since the form was opened."""

    def __init__(self) -> None:
        super().__init__(
            message("Not saved: somebody changed the limits meanwhile. Check, and save again.")
        )


class GivingRefused(CustomerError):
    """Base of what keeps an admin from giving or taking credits."""


class OverLimit(GivingRefused):
    def __init__(self, most: int) -> None:
        super().__init__(message("You can give at most %(most)s credits at once.", most=most))


class OverDailyLimit(GivingRefused):
    def __init__(self, left: int, most: int) -> None:
        super().__init__(
            message(
                "You can give %(left)s more credits today: the limit is %(most)s a day.",
                left=left,
                most=most,
            )
        )


class NotThatMany(GivingRefused):
    """More were to be taken than are free."""

    def __init__(self, free: int) -> None:
        super().__init__(
            plural_message(
                "Only %(count)s credit is free. You can take no more than that.",
                "Only %(count)s credits are free. You can take no more than that.",
                count=free,
            )
            if free
            else message("This customer has no free credits to take.")
        )


class LedgerRefused(GivingRefused):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


class EmailTaken(CustomerError):
    """A customer who came by mail or by hand has this email; `customer_id` says which."""

    def __init__(self, customer_id: int) -> None:
        super().__init__(message("Customer %(id)s has this email.", id=str(customer_id)))
        self.customer_id = customer_id


class NotInvited(CustomerError):
    """Only who was invited and never signed in can be invited again, by their email."""

    def __init__(self) -> None:
        super().__init__(message("This customer has signed in already, or has no email."))


class StaleContact(CustomerError):
    """Somebody changed name, email or the like since the form was opened."""

    def __init__(self) -> None:
        super().__init__(
            message("Not saved: somebody changed this customer meanwhile. Check, and save again.")
        )


class CodeError(CustomerError):
    """Base of what can go wrong with a code."""


class NoCode(CodeError):
    """This browser asked for none."""

    def __init__(self) -> None:
        super().__init__(
            message("A code works only in the browser that asked for it. Ask for a new one here.")
        )


class CodeEnded(CodeError):
    """It is too old, or all its tries are used up."""

    def __init__(self) -> None:
        super().__init__(message("This code has ended. Send a new one."))


class CodeUsed(CodeError):
    """It signed somebody in already, or is about to."""

    def __init__(self) -> None:
        super().__init__(message("This code was used already. Ask for a new one."))


class TooManyCodes(CodeError):
    """A limit on codes that are asked for is used up."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(
            plural_message(
                "Not sent: too many codes were asked for. Try again in %(count)s minute.",
                "Not sent: too many codes were asked for. Try again in %(count)s minutes.",
                count=max(1, -(-wait_seconds // 60)),
            )
        )
        self.wait_seconds = wait_seconds


class TooManyGuesses(CodeError):
    """The limit on tries of all codes together is used up."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(
            plural_message(
                "Too many codes are being tried right now. Try again in %(count)s minute.",
                "Too many codes are being tried right now. Try again in %(count)s minutes.",
                count=max(1, -(-wait_seconds // 60)),
            )
        )
        self.wait_seconds = wait_seconds

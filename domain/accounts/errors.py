"""What can go wrong with accounts. Each message is a sentence for the person who reads it."""

from domain.messages import message, plural_message


class AccountError(Exception):
    """Base of all account errors."""


class UnfitEmail(AccountError):
    """This text cannot be the email of an account."""


class UnfitName(AccountError):
    """This text cannot be what an admin is called."""


class UnfitPassword(AccountError):
    """This text cannot become a password."""


class WrongPassword(AccountError):
    """Email and password do not belong together; says nothing about which of the two."""

    def __init__(self) -> None:
        super().__init__(message("Wrong email or password."))


class TooManyTries(AccountError):
    """The limit for failed sign-ins is used up."""

    def __init__(self, wait_seconds: int) -> None:
        minutes = max(1, -(-wait_seconds // 60))
        super().__init__(
            plural_message(
                "Too many tries. Try again in %(count)s minute.",
                "Too many tries. Try again in %(count)s minutes.",
                count=minutes,
            )
        )
        self.wait_seconds = wait_seconds


class TooBusy(AccountError):
    """More passwords wait to be checked than this process can check in time."""

"""What can go wrong with accounts. Each message is a sentence for the person who reads it."""

from random import randint

from domain.messages import message, plural_message

BUSY_SECONDS = (2, 6)


class AccountError(Exception):
    """Base of all account errors."""


class UnfitEmail(AccountError):
    """This text cannot be the email of an account."""


class UnfitName(AccountError):
    """This text cannot be what an admin is called."""


class UnfitChoice(AccountError):
    """This is none of the languages or time zones to choose from."""


class UnfitPassword(AccountError):
    """This text cannot become a password."""


class WrongPassword(AccountError):
    """Email and password do not belong together; says nothing about which of the two."""

    def __init__(self) -> None:
        super().__init__(message("Wrong email or password."))


class WrongCode(AccountError):
    """Neither a code of the app that was not used yet, nor a recovery code that is left."""

    SENTENCE = message(
        "This code is wrong, or was used before. Wait until your app shows the next one, and type "
        "that."
    )

    def __init__(self) -> None:
        super().__init__(self.SENTENCE)


class WrongRecoveryCode(WrongCode):
    SENTENCE = message("This recovery code is wrong, or was used before. Type another one.")


class SignInOver(AccountError):
    """No code is waited for in this browser any longer."""

    def __init__(self) -> None:
        super().__init__(
            message("This sign-in is over: the code has to come within 10 minutes. Sign in again.")
        )


class SecondFactorOff(AccountError):
    """The admin signs in by password alone."""

    def __init__(self) -> None:
        super().__init__(message("Your second factor is off. Turn it on first."))


class SecondFactorRequired(AccountError):
    """No admin may be without one."""

    def __init__(self) -> None:
        super().__init__(message("Owners require a second factor of everyone, so yours stays on."))


class AccountDisabled(AccountError):
    """Whose password was right."""

    def __init__(self) -> None:
        super().__init__(message("Your account is disabled. Ask an owner."))


class UnknownAdmin(AccountError):
    """No admin has this email."""


class NotNow(AccountError):
    """Nothing was checked; `wait_seconds` later it may be."""

    def __init__(self, sentence: str, wait_seconds: int) -> None:
        super().__init__(sentence)
        self.wait_seconds = wait_seconds


class TooManyTries(NotNow):
    """The limit for failed sign-ins is used up."""

    def __init__(self, wait_seconds: int) -> None:
        minutes = max(1, -(-wait_seconds // 60))
        sentence = plural_message(
            "Too many tries. Try again in %(count)s minute.",
            "Too many tries. Try again in %(count)s minutes.",
            count=minutes,
        )
        super().__init__(sentence, wait_seconds)


class TooManyCodesTried(TooManyTries):
    """So many codes were wrong that somebody else must be trying them, who has the password."""

    def __init__(self, wait_seconds: int) -> None:
        sentence = message(
            "Too many wrong codes: somebody seems to have your password. Sign in in a browser that "
            "you used before, and change it."
        )
        NotNow.__init__(self, sentence, wait_seconds)


class TooBusy(NotNow):
    """More passwords wait to be checked than this process can check in time."""

    def __init__(self) -> None:
        sentence = message(
            "Too many people are signing in right now, so your password was not checked. "
            "Enter it again in a few seconds."
        )
        # Not all at the same moment again.
        super().__init__(sentence, randint(*BUSY_SECONDS))  # noqa: S311

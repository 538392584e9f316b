"""Why a message cannot be sent again. Each text is a sentence for the admin."""

from domain.messages import message


class OutboxError(Exception):
    """Base of all errors about messages."""


class MessageNotFound(OutboxError):
    def __init__(self) -> None:
        super().__init__(message("This mail does not exist."))


class NotStopped(OutboxError):
    """It waits, or it has left."""

    def __init__(self) -> None:
        super().__init__(message("Not sent again: this mail waits or was sent meanwhile."))


class SecretsEnded(OutboxError):
    def __init__(self) -> None:
        super().__init__(
            message("Not sent again: the code or link in it has ended. Ask for a new one.")
        )

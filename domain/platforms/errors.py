"""What can go wrong with platforms. Each message is a sentence for the person who reads it."""

from enum import StrEnum

from domain.messages import message


class PlatformError(Exception):
    """Base of all errors about platforms."""


class UnfitPlatform(PlatformError):
    """This text cannot be the name of a platform, or its address."""


class PlatformNotFound(PlatformError):
    """No such platform, or it was removed."""

    def __init__(self) -> None:
        super().__init__(message("This platform is no longer on the list."))


class KeyNotFound(PlatformError):
    """The platform has no such key, or it was revoked."""

    def __init__(self) -> None:
        super().__init__(message("This key is revoked already."))


class TooManyPlatforms(PlatformError):
    def __init__(self, most: int) -> None:
        super().__init__(message("Not added: the list is full with %(most)s platforms.", most=most))


class TooManyKeys(PlatformError):
    def __init__(self) -> None:
        super().__init__(message("No key was made: there are two already. Revoke one first."))


class StaleKeys(PlatformError):
    """A key was made since the form was opened, perhaps by the same press."""

    def __init__(self) -> None:
        super().__init__(message("No key was made: there is a new one since you opened this page."))


class StalePlatform(PlatformError):
    """Somebody changed the platform since the form was opened."""

    def __init__(self) -> None:
        super().__init__(
            message("Not saved: somebody changed this platform meanwhile. Check, and save again.")
        )


class Reason(StrEnum):
    """Why a token opens nothing; for the log, and for who builds a platform."""

    NOT_THERE = "no token"
    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    KEY_UNKNOWN = "unknown key"
    KEY_REVOKED = "revoked key"
    KEY_CHANGED = "key of another SECRET_KEY"
    PLATFORM_REMOVED = "removed platform"
    SIGNATURE = "signature"
    CLAIM_MISSING = "missing claim"
    AUDIENCE = "audience"
    LIFE = "lives too long"
    EARLY = "early"
    EXPIRED = "expired"
    SUBJECT = "subject"
    JTI = "jti"
    USED = "used"


class HandOverRefused(PlatformError):
    """The token opens nothing. `platform_id` is known once its key is."""

    def __init__(self, reason: Reason, platform_id: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.platform_id = platform_id

"""Why the ledger raises, and why it refuses. Each text is a sentence for a person.

A refusal is a value, not an exception: it is the answer to a request, and its key is kept with it.
What is raised changes nothing and is kept nowhere, so the same request may be sent again.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from domain.messages import Message, message, plural_message


class LedgerError(Exception):
    """The family; nothing was changed when one of these is raised."""


class UnfitCredits(LedgerError):
    def __init__(self, most: int) -> None:
        super().__init__(message("Enter a whole number of credits from 1 to %(most)s.", most=most))


class WalletNotFound(LedgerError):
    def __init__(self) -> None:
        super().__init__(message("This wallet does not exist."))


class HoldNotFound(LedgerError):
    def __init__(self) -> None:
        super().__init__(message("This hold does not exist."))


class EntryNotFound(LedgerError):
    def __init__(self) -> None:
        super().__init__(message("This entry does not exist or is of another kind."))


class ClockSetBack(LedgerError):
    """The database's clock shows a time before the wallet's newest entry."""

    def __init__(self, behind: timedelta) -> None:
        super().__init__(
            message(
                "The database clock is %(seconds)s seconds behind this wallet's newest entry."
                " Correct it, then try again.",
                seconds=round(behind.total_seconds()),
            )
        )


class LedgerBroken(LedgerError):
    """The wallet's row says other balances than its lots: something was changed by hand."""

    def __init__(self) -> None:
        super().__init__(message("This wallet does not agree with its lots: run verify-ledger."))


class KeyReused(LedgerError):
    """A request key came back with another request."""

    def __init__(self) -> None:
        super().__init__(message("This key belongs to another request. Use a new one for each."))


class UnfitKey(LedgerError):
    def __init__(self, most: int) -> None:
        super().__init__(
            message("Use a key of 1 to %(most)s ASCII characters, without spaces.", most=most)
        )


class UnfitTerms(LedgerError):
    """Something about an act, other than its credits, that cannot be meant; the text says what."""


class ModeDiffers(LedgerError):
    """The database is of the other mode for good, which a start refuses: nobody is to read this."""

    def __init__(self, kept: str, asked: str) -> None:
        super().__init__(kept, asked)


@dataclass(frozen=True)
class Refusal(ABC):
    """Why an act is not possible. `code` stays the same for good; other numbers are credits."""

    code: ClassVar[str]

    @property
    @abstractmethod
    def text(self) -> Message:
        """The sentence for a person."""


@dataclass(frozen=True)
class NotEnough(Refusal):
    code = "not_enough"
    needed: int
    free: int
    held: int

    @property
    def text(self) -> Message:
        return message(
            "Not enough credits: %(needed)s needed, %(free)s available.",
            needed=self.needed,
            free=self.free,
        )


@dataclass(frozen=True)
class InDebt(Refusal):
    code = "in_debt"
    owed: int

    @property
    def text(self) -> Message:
        return message("Credits owed: %(owed)s. Buy credits to pay them back.", owed=self.owed)


@dataclass(frozen=True)
class WalletBlocked(Refusal):
    code = "wallet_blocked"

    @property
    def text(self) -> Message:
        return message(
            "This wallet is blocked. Nothing can be spent or held until it is unblocked."
        )


@dataclass(frozen=True)
class WalletClosed(Refusal):
    code = "wallet_closed"

    @property
    def text(self) -> Message:
        return message("This wallet is closed.")


@dataclass(frozen=True)
class NotEmpty(Refusal):
    code = "not_empty"

    @property
    def text(self) -> Message:
        return message("Only a wallet with no credits left or owed can be closed.")


@dataclass(frozen=True)
class PurposeHeld(Refusal):
    """`hold` is the number of the open hold."""

    code = "purpose_held"
    hold: int

    @property
    def text(self) -> Message:
        return message("Credits are already held for this. Spend them or give them back first.")


@dataclass(frozen=True)
class PurposeSpent(Refusal):
    """`seq` is the entry that paid."""

    code = "purpose_spent"
    seq: int

    @property
    def text(self) -> Message:
        return message("This has already been paid for.")


@dataclass(frozen=True)
class HoldClosed(Refusal):
    """`seq` is the entry that closed it."""

    code = "hold_closed"
    hold: int
    seq: int

    @property
    def text(self) -> Message:
        return message("This hold has ended: its credits were spent or given back.")


@dataclass(frozen=True)
class MoreThanHeld(Refusal):
    code = "more_than_held"
    needed: int
    open: int

    @property
    def text(self) -> Message:
        return message(
            "Not enough credits held: %(needed)s needed, %(open)s held. Extend the hold first.",
            needed=self.needed,
            open=self.open,
        )


@dataclass(frozen=True)
class LessThanBefore(Refusal):
    """Units are reported as totals, and a total cannot shrink."""

    code = "less_than_before"
    units: int
    before: int

    @property
    def text(self) -> Message:
        return message(
            "Report the units used in total: %(units)s is less than the %(before)s before.",
            units=self.units,
            before=self.before,
        )


@dataclass(frozen=True)
class AlreadyGranted(Refusal):
    """`lot` is the number of the lot that came from the same source."""

    code = "already_granted"
    lot: int

    @property
    def text(self) -> Message:
        return message("These credits were already given.")


@dataclass(frozen=True)
class AlreadyDone(Refusal):
    """`seq` is the entry with the same source."""

    code = "already_done"
    seq: int

    @property
    def text(self) -> Message:
        return message("This was already done.")


@dataclass(frozen=True)
class EndsTooSoon(Refusal):
    code = "ends_too_soon"
    expires_at: datetime

    @property
    def text(self) -> Message:
        return message("Choose an expiry date in the future.")


@dataclass(frozen=True)
class NothingLeft(Refusal):
    """Of what the act refers to, `left` credits are left."""

    code = "nothing_left"
    needed: int
    left: int

    @property
    def text(self) -> Message:
        return plural_message(
            "Only %(count)s credit is left for this.",
            "Only %(count)s credits are left for this.",
            count=self.left,
        )

"""What can happen to credits: the buckets of a lot and the postings between them. Pure.

A lot is a fixed number of credits of one origin, and each of them is in one bucket. All that
ever happens is a posting: some credits of one lot go from one bucket to another.
"""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple, get_args

Bucket = Literal[
    "outside",  # not given yet
    "free",  # can be spent: the balance
    "held",  # reserved by a hold
    "frozen",  # under a dispute
    "spent",
    "expired",
    "revoked",  # gone with a refund, a lost dispute or a correction
    "owed",  # was spent, but its payment went away
    "carried",  # goes on in another lot, with a later end
]
BUCKETS: tuple[Bucket, ...] = get_args(Bucket)
# What a wallet counts over all its lots.
BALANCES: tuple[Bucket, ...] = ("free", "held", "frozen", "owed")

ALLOWED_POSTINGS: frozenset[tuple[Bucket, Bucket]] = frozenset(
    {
        ("outside", "free"),
        ("free", "spent"),
        ("free", "held"),
        ("free", "frozen"),
        ("free", "expired"),
        ("free", "revoked"),
        ("free", "carried"),
        ("held", "spent"),
        ("held", "free"),
        ("frozen", "free"),
        ("frozen", "revoked"),
        ("spent", "free"),
        ("spent", "owed"),
        ("owed", "revoked"),  # paid back
        ("owed", "spent"),  # forgiven
    }
)

LotKind = Literal["bought", "gift", "campaign", "correction"]
LOT_KINDS: tuple[LotKind, ...] = get_args(LotKind)
# Those that can be granted; a correction is an act of its own.
GRANTED_KINDS: tuple[LotKind, ...] = ("bought", "gift", "campaign")
# What was given for nothing.
GIFT_KINDS: tuple[LotKind, ...] = ("gift", "campaign")

EntryKind = Literal[
    "grant",
    "spend",
    "hold",
    "extend",
    "capture",
    "void",
    "reverse",
    "revoke",
    "freeze",
    "unfreeze",
    "adjust",
    "forgive",
    "expire",  # a lot has ended
    "time_out",  # a hold has ended
]
ENTRY_KINDS: tuple[EntryKind, ...] = get_args(EntryKind)

# What a customer looks for in a statement. A time-out that spent is found with its hold.
EntryGroup = Literal["added", "spent", "held", "given_back", "gone", "corrected"]
ENTRY_GROUPS: dict[EntryGroup, tuple[EntryKind, ...]] = {
    "added": ("grant",),
    "spent": ("spend", "capture"),
    "held": ("hold", "extend", "void", "time_out"),
    "given_back": ("reverse",),
    "gone": ("expire", "revoke", "freeze", "unfreeze"),
    "corrected": ("adjust", "forgive"),
}

# Why held or spent credits come back.
Cause = Literal["customer", "provider", "platform", "time_out"]
CAUSES: tuple[Cause, ...] = get_args(Cause)
# Those that people can name.
GIVEN_CAUSES: tuple[Cause, ...] = ("customer", "provider", "platform")
# What a hold does with its credits when it times out.
TimeOut = Literal["give_back", "capture_used"]
TIME_OUTS: tuple[TimeOut, ...] = get_args(TimeOut)

PURPOSE_KINDS = ("appointment", "event", "call")
STATUSES = ("open", "blocked", "closed")
Mode = Literal["test", "live"]
MODES: tuple[Mode, ...] = get_args(Mode)

# A thousand million times less than a column holds, so that no sum of a wallet gets there.
MOST_CREDITS = 10**9
# What columns hold: ids, amounts of money, numbers of entries; and numbers of holds.
MOST_ID = 2**63 - 1
MOST_HOLD = 2**31 - 1
# How long credits live that come back after their lot has ended through no fault of the customer.
GRACE = timedelta(days=14)
# Further ahead than anybody books; and a date that far off can still be written down.
LONGEST_HOLD = timedelta(days=3660)
# How far ahead credits may end, when they are given.
LONGEST_LIFE = timedelta(days=36525)
# Which ends are soon enough to be looked at.
SOON = timedelta(days=30)
# Clocks of machines that follow each other differ by less.
CLOCK_TOLERANCE = timedelta(minutes=1)
KEY_LIFE = timedelta(days=32)

SOURCE_CHARACTERS = 80
ACTOR_CHARACTERS = 80
PURPOSE_CHARACTERS = 80
REASON_CHARACTERS = 40
OWNER_CHARACTERS = 80
KEY_CHARACTERS = 255
# Entries of the ledger itself, when something is due.
SCRIP = "scrip"


class Purpose(NamedTuple):
    """What credits are held or spent for, with the platform's own id: ("appointment", "A-17")."""

    kind: str
    id: str


class Posting(NamedTuple):
    """`credits` of the lot go from one bucket to another; a hold is named when one is held."""

    lot: int
    from_bucket: Bucket
    to_bucket: Bucket
    credits: int
    hold: int | None = None


def spend_order(kind: str, expires_at: datetime | None, number: int) -> tuple[object, ...]:
    """Sorts lots as they pay: soonest end first, then what was given before what was bought (which
    can be refunded), then the oldest. What is given back goes the other way."""
    return (expires_at is None, expires_at, kind == "bought", number)

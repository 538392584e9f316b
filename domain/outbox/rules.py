"""States of a message, when it is tried again and when that ends. Pure."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

MAIL = "mail"  # a kind of message, of which each has a way of its own to be delivered

# A worker renews it while it sends; what a dead one was sending is sent again this much later.
LEASE = timedelta(seconds=120)
# Codes and links are of no use afterwards.
SECRETS_LAST = timedelta(minutes=10)
# After each try that failed. The first come soon, because codes do not last; all of them together
# outlast a weekend without a mail server.
PAUSES = (
    *(timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10)),
    *(timedelta(hours=hours) for hours in (1, 3, 6, 12, 24, 24)),
)
MOST_TRIES = len(PAUSES) + 1
# Tries that may have arrived: each is a copy, perhaps.
MOST_COPIES = 2
# How far a pause may be off, so that what failed together is not tried together.
JITTER = 0.1


class State(StrEnum):
    """Of a message; where it may go from there: MOVES."""

    WAITING = "waiting"  # also while it is being sent
    SENT = "sent"
    KEPT = "kept"  # made where mail is not set up: it stays here to be read
    GIVEN_UP = "given_up"


# What was sent is sent, even when another worker has given it up meanwhile.
MOVES: Mapping[State, frozenset[State]] = {
    State.WAITING: frozenset({State.SENT, State.KEPT, State.GIVEN_UP}),
    State.SENT: frozenset(),
    State.KEPT: frozenset({State.WAITING, State.SENT}),
    State.GIVEN_UP: frozenset({State.WAITING, State.SENT}),
}

# Reasons that the outbox itself knows; others come from what delivers.
BROKEN = "broken"  # an error of our own
SECRETS_ENDED = "secrets_ended"
NEVER_FINISHED = "never_finished"


@dataclass(frozen=True, slots=True)
class Sent:
    """Handed over, with what was said: subject and text, without its secrets."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Not sent on purpose, with what it says."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Not handed over: why, in a word, and what the other side said; for good or for now. Of some
    failures nobody knows whether they are one: it `may_have_arrived`."""

    reason: str
    reply: str = ""
    is_permanent: bool = False
    may_have_arrived: bool = False
    subject: str = ""  # as far as it was made


Outcome = Sent | Kept | Failed


class Message(NamedTuple):
    """A message as a worker has claimed it, at `claimed_at`: for its try number `tries`. `claims`
    is the name of this lease."""

    id: int
    topic: str
    key: str
    recipient: str
    data: dict[str, Any]
    secrets: dict[str, str] | None
    has_secrets: bool
    secrets_until: datetime | None
    tries: int
    unconfirmed: int
    claims: int
    created_at: datetime
    claimed_at: datetime


def is_being_sent(claimed_at: datetime | None, due_at: datetime | None, now: datetime) -> bool:
    """Whether a worker that lives is at it."""
    return claimed_at is not None and due_at is not None and due_at > now


def refuse(message: Message) -> Failed | None:
    """Why there is no use in sending it; None when there is."""
    until = message.secrets_until
    if message.has_secrets and (until is None or until <= message.claimed_at):
        return Failed(SECRETS_ENDED, is_permanent=True)
    if message.tries > MOST_TRIES:  # each time its worker was killed, or took it along
        return Failed(NEVER_FINISHED, is_permanent=True)
    return None


def befores(state: State) -> list[State]:
    """From where a message may come to this state."""
    return [before for before, afters in MOVES.items() if state in afters]


def next_try(tries: int, now: datetime) -> datetime | None:
    """When to try again after so many failures; None to give up."""
    return now + PAUSES[tries - 1] if tries < MOST_TRIES else None


def scatter(at: datetime, now: datetime) -> datetime:
    """A bit earlier or later: each message at a time of its own."""
    return now + (at - now) * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret


def fit(text: str, most: int | None = None) -> str:
    """The text as every database keeps it: what others say may hold anything."""
    return text.replace("\0", "").encode(errors="replace").decode()[:most]

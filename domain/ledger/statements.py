"""The lines of a statement in words that a customer understands. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce

from domain.ledger.lines import Line, LotPart
from domain.ledger.rules import Bucket, EntryGroup, EntryKind, LotKind, Purpose
from domain.messages import Day, Message, message, plural_message

Describe = Callable[[int], Message]

GROUPS: dict[EntryGroup, Message] = {
    "added": message("Added"),
    "spent": message("Spent"),
    "held": message("Held"),
    "given_back": message("Given back"),
    "gone": message("Expired or taken back"),
    "corrected": message("Corrections"),
}
GIVEN: dict[LotKind, Describe] = {
    "bought": lambda n: plural_message(
        "%(count)s credit bought", "%(count)s credits bought", count=n
    ),
    "gift": lambda n: plural_message(
        "Gift of %(count)s credit", "Gift of %(count)s credits", count=n
    ),
    "campaign": lambda n: plural_message(
        "Bonus of %(count)s credit", "Bonus of %(count)s credits", count=n
    ),
    "correction": lambda n: plural_message(
        "Correction: %(count)s credit added", "Correction: %(count)s credits added", count=n
    ),
}
HAPPENED: dict[EntryKind, Describe] = {
    "spend": lambda n: plural_message("%(count)s credit spent", "%(count)s credits spent", count=n),
    "hold": lambda n: plural_message("%(count)s credit held", "%(count)s credits held", count=n),
    "extend": lambda n: plural_message(
        "%(count)s more credit held", "%(count)s more credits held", count=n
    ),
    "capture": lambda n: plural_message(
        "%(count)s held credit spent", "%(count)s held credits spent", count=n
    ),
    "void": lambda n: plural_message(
        "%(count)s held credit given back", "%(count)s held credits given back", count=n
    ),
    "time_out": lambda n: plural_message(
        "Hold of %(count)s credit timed out", "Hold of %(count)s credits timed out", count=n
    ),
    "reverse": lambda n: plural_message(
        "%(count)s spent credit given back", "%(count)s spent credits given back", count=n
    ),
    "revoke": lambda n: plural_message(
        "%(count)s credit taken back", "%(count)s credits taken back", count=n
    ),
    "freeze": lambda n: plural_message(
        "%(count)s credit frozen", "%(count)s credits frozen", count=n
    ),
    "unfreeze": lambda n: plural_message(
        "%(count)s frozen credit available again",
        "%(count)s frozen credits available again",
        count=n,
    ),
    "forgive": lambda n: plural_message(
        "%(count)s owed credit forgiven", "%(count)s owed credits forgiven", count=n
    ),
    "expire": lambda n: plural_message(
        "%(count)s credit expired", "%(count)s credits expired", count=n
    ),
    "adjust": lambda n: plural_message(
        "Correction: %(count)s credit removed", "Correction: %(count)s credits removed", count=n
    ),
}
PURPOSES: dict[str, Callable[[str], Message]] = {
    "appointment": lambda id: message("appointment %(id)s", id=id),
    "event": lambda id: message("event %(id)s", id=id),
    "call": lambda id: message("call %(id)s", id=id),
}
LOTS: dict[LotKind, Message] = {
    "bought": message("Bought credits"),
    "gift": message("Gift"),
    "campaign": message("Bonus"),
    "correction": message("Correction"),
}


def _spent(n: int) -> Message:
    return message("%(credits)s spent", credits=n)


def _came_back(n: int) -> Message:
    return plural_message("%(count)s credit given back", "%(count)s credits given back", count=n)


def _given_back(n: int) -> Message:
    return message("%(credits)s given back", credits=n)


def _expired(n: int) -> Message:
    return message("%(credits)s expired", credits=n)


def _taken_back(n: int) -> Message:
    return message("%(credits)s taken back", credits=n)


def _paid_a_debt(n: int) -> Message:
    return message("%(credits)s paid a debt", credits=n)


def _owed(n: int) -> Message:
    return message("%(credits)s owed", credits=n)


@dataclass(frozen=True)
class GoodUntil:
    """Says that credits go on, with a later end."""

    end: datetime

    def __call__(self, n: int) -> Message:
        return message("%(credits)s good until %(day)s", credits=n, day=_last_day(self.end))


IN_LOT: dict[tuple[Bucket, Bucket], Describe] = {
    ("outside", "free"): lambda n: message("%(credits)s added", credits=n),
    ("free", "spent"): _spent,
    ("free", "held"): lambda n: message("%(credits)s held", credits=n),
    ("free", "frozen"): lambda n: message("%(credits)s frozen", credits=n),
    ("free", "expired"): _expired,
    ("free", "revoked"): _taken_back,
    ("held", "spent"): _spent,
    ("held", "free"): _given_back,
    ("frozen", "free"): lambda n: message("%(credits)s available again", credits=n),
    ("frozen", "revoked"): _taken_back,
    ("spent", "free"): _given_back,
    ("spent", "owed"): _owed,
    ("owed", "revoked"): lambda n: message("%(credits)s no longer owed", credits=n),
    ("owed", "spent"): lambda n: message("%(credits)s forgiven", credits=n),
}


def describe(line: Line, *, is_back: bool = False) -> Message:
    """All that happened: "12 of 20 held credits spent on call c-1, 8 given back". `is_back`: what
    was granted had been bought before, and comes back."""
    what = _came_back(line.credits) if is_back else _act(line)
    what = what if line.purpose is None else _with_purpose(line, what, line.purpose)
    return _listed([what, *(describe(n) for n, describe in _further(line) if n)])


def name_lots(line: Line) -> list[Message]:
    """Which credits: "Gift until 29 Nov 2026: 12 spent, 8 given back, 8 good until 13 Dec 2026".

    Lots of one kind and end are one here.
    """
    lots: defaultdict[tuple[LotKind, datetime | None], Counter[Describe]]
    lots = defaultdict(Counter)
    for part, what in _by_part(line):
        lots[part.kind, part.expires_at][what] += part.credits
    return [
        message(
            "%(lot)s: %(what)s",
            lot=_name(*lot),
            what=_listed(describe(n) for describe, n in happened.items()),
        )
        for lot, happened in lots.items()
    ]


def _by_part(line: Line) -> Iterator[tuple[LotPart, Describe]]:
    parts = iter(line.parts)
    for part in parts:
        happened = part.from_bucket, part.to_bucket
        # The lot that credits go on in comes right after, and always has an end.
        if part.to_bucket == "carried" and (end := next(parts).expires_at):
            yield part, GoodUntil(end)
        elif happened == ("free", "spent") and line.kind != "spend":
            yield part, _paid_a_debt
        else:
            yield part, IN_LOT[happened]


def _act(line: Line) -> Message:
    back = _total(line, "held", "free")
    if line.kind in ("grant", "adjust") and line.parts[0].from_bucket == "outside":
        return GIVEN[line.parts[0].kind](line.credits)
    if line.kind in ("extend", "capture", "void") and not line.credits:
        # Of no credits: a later end, or units reported; or all is given back.
        return HAPPENED["void"](back) if back else message("Hold updated")
    if line.kind == "capture" and back:
        return plural_message(
            "%(part)s of %(count)s held credit spent",
            "%(part)s of %(count)s held credits spent",
            part=line.credits,
            count=line.credits + back,
        )
    return HAPPENED[line.kind](line.credits)


def _with_purpose(line: Line, what: Message, purpose: Purpose) -> Message:
    named = PURPOSES[purpose.kind](purpose.id)
    if line.kind in ("hold", "extend"):
        return message("%(what)s for %(purpose)s", what=what, purpose=named)
    if line.kind in ("spend", "capture") and line.credits:
        return message("%(what)s on %(purpose)s", what=what, purpose=named)
    return message("%(what)s (%(purpose)s)", what=what, purpose=named)


def _further(line: Line) -> Iterator[tuple[int, Describe]]:
    """What else happened, with how many credits."""
    is_time_out, is_capture = line.kind == "time_out", line.kind == "capture"
    if is_time_out:
        yield _total(line, "held", "spent"), _spent
    if is_time_out or (is_capture and line.credits):
        yield _total(line, "held", "free"), _given_back
    if line.kind != "expire":
        yield _total(line, "free", "expired"), _expired
    paid = _total(line, "owed", "revoked")
    if line.kind == "revoke":
        yield paid, lambda n: message("%(credits)s paid with other credits", credits=n)
        yield _total(line, "spent", "owed") - paid, _owed
    else:
        yield paid, _paid_a_debt


def _name(kind: LotKind, end: datetime | None) -> Message:
    if end is None:
        return LOTS[kind]
    return message("%(lot)s until %(day)s", lot=LOTS[kind], day=_last_day(end))


def _last_day(end: datetime) -> Day:
    """Credits that end at midnight are good until the day before."""
    return Day(end - timedelta(microseconds=1))


def _total(line: Line, from_bucket: Bucket, to_bucket: Bucket) -> int:
    which = from_bucket, to_bucket
    return sum(part.credits for part in line.parts if part[3:5] == which)


def _listed(messages: Iterable[Message]) -> Message:
    return reduce(lambda one, more: message("%(one)s, %(more)s", one=one, more=more), messages)

"""The lines of a statement in words that a customer understands. Pure."""

from collections.abc import Callable

from domain.ledger.queries import Line
from domain.ledger.rules import EntryKind, LotKind
from domain.messages import Message, message, plural_message

Describe = Callable[[int], Message]

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
    # Of no credits: a later end, or units reported.
    "extend": lambda n: (
        plural_message("%(count)s more credit held", "%(count)s more credits held", count=n)
        if n
        else message("Hold updated")
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


def describe(line: Line) -> Message:
    """What happened: "12 held credits spent"."""
    given = next((part.kind for part in line.parts if part.from_bucket == "outside"), None)
    if given is not None and line.kind in ("grant", "adjust"):
        return GIVEN[given](line.credits)
    return HAPPENED[line.kind](line.credits)

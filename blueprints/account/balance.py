"""What a customer holds, in words: a line for each kind of credits and day on which they end."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from blueprints.i18n import format_date, listed, translated
from blueprints.pages import number
from blueprints.zones import live_zone, today
from domain.customers.holdings import Holdings
from domain.customers.reminders import days_to_come
from domain.ledger.queries import LotBalance, OpenHold
from domain.ledger.rules import LotKind
from domain.ledger.statements import PURPOSES
from domain.ledger.validity import last_usable_day

KINDS: dict[LotKind, str] = {
    "bought": lazy_gettext("Bought"),
    "gift": lazy_gettext("Gift"),
    "campaign": lazy_gettext("Bonus"),
    "correction": lazy_gettext("Correction"),
}
# As many as fit on a phone; the others are one press away.
MOST_IN_SIGHT = 6


class Amount(NamedTuple):
    """So many credits of one name: "Gift, until 31 Dec 2026", 50."""

    name: str
    credits: int


class Ending(NamedTuple):
    """Which credits end next; and when reminders of that come, "" for never."""

    what: str
    reminder: str = ""


class Card(NamedTuple):
    """The balance as it is shown; below 0 it is owed. `amounts` are in sight, `more` are not."""

    credits: int = 0
    owed: str = ""
    amounts: Sequence[Amount] = ()
    more: Sequence[Amount] = ()
    is_blocked: bool = False


def card_of(holdings: Holdings) -> Card:
    amounts = [*_free(holdings.lots), *map(_held, holdings.holds)]
    if holdings.frozen:
        amounts.append(Amount(str(_("Frozen while a payment is disputed")), holdings.frozen))
    owed = _owed(holdings.owed) if holdings.owed else ""
    in_sight, more = amounts[:MOST_IN_SIGHT], amounts[MOST_IN_SIGHT:]
    is_blocked = holdings.status == "blocked"
    return Card(holdings.free - holdings.owed, owed, in_sight, more, is_blocked)


def ending_of(holdings: Holdings, *, is_reminded: bool) -> Ending | None:
    """What ends next, if anything does: all that ends on that day."""
    ending = holdings.next_to_end(live_zone())
    if ending is None:
        return None
    day, lots = ending
    what = _what_ends(day, lots)
    return Ending(what, _remind(days_to_come(today(), day)) if is_reminded else "")


def _free(lots: Iterable[LotBalance]) -> list[Amount]:
    """What does not end first, then what ends soonest."""
    free: Counter[str] = Counter()
    paying = (lot for lot in lots if lot.free)
    for lot in sorted(paying, key=lambda lot: (lot.expires_at is not None, lot.expires_at)):
        free[_name(lot)] += lot.free
    return [Amount(*line) for line in free.items()]


def _name(lot: LotBalance) -> str:
    if lot.expires_at is None:
        return str(KINDS[lot.kind])
    day = format_date(last_usable_day(lot.expires_at, live_zone()))
    # NOTE: "Gift, until 31 Dec 2026"
    return str(_("%(kind)s, until %(day)s", kind=KINDS[lot.kind], day=day))


def _held(hold: OpenHold) -> Amount:
    purpose = translated(PURPOSES[hold.purpose.kind](hold.purpose.id))
    # NOTE: "Held for appointment A-17"
    return Amount(str(_("Held for %(purpose)s", purpose=purpose)), hold.credits)


def _owed(credits: int) -> str:
    text = ngettext(
        "You owe %(count)s credit. It is paid with your next credits.",
        "You owe %(count)s credits. They are paid with your next credits.",
        credits,
        count=number(credits),
    )
    return str(text)


def _what_ends(day: date, lots: list[LotBalance]) -> str:
    credits = sum(lot.free for lot in lots)
    shown = {"credits": number(credits), "day": format_date(day)}
    if {lot.kind for lot in lots} == {"gift"}:
        text = ngettext(
            "%(credits)s gift credit ends on %(day)s",
            "%(credits)s gift credits end on %(day)s",
            credits,
            **shown,
        )
        return str(text)
    text = ngettext(
        "%(credits)s credit ends on %(day)s", "%(credits)s credits end on %(day)s", credits, **shown
    )
    return str(text)


def _remind(days: list[int]) -> str:
    if not days:
        return ""
    # NOTE: "We remind you 30, 7 and 1 days before."
    text = ngettext(
        "We remind you %(days)s day before.",
        "We remind you %(days)s days before.",
        len(days),
        days=listed(map(number, days)),
    )
    return str(text)

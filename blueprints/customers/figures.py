"""What a customer holds, in words: the figures on top of their page."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from blueprints.i18n import format_date, translated
from blueprints.pages import isolated, number, price
from blueprints.zones import live_zone, today
from domain.customers.holdings import Holdings
from domain.ledger.queries import LotBalance, OpenHold
from domain.ledger.rules import LOT_KINDS, SOON, LotKind
from domain.ledger.statements import LOTS
from domain.ledger.validity import last_usable_day
from domain.purchases.own_purchases import Bought, Paid


class Figure(NamedTuple):
    """A number of credits, or an `amount` of money, with what there is to say about it; `is_soon`
    asks for a look."""

    name: str
    credits: int
    words: str
    is_soon: bool = False
    amount: str = ""


def list_figures(holdings: Holdings, paid: Paid) -> Iterator[Figure]:
    yield Figure(pgettext("credits", "Free"), holdings.free, describe_kinds(holdings))
    yield Figure(_("Held"), holdings.held, describe_holds(holdings.holds))
    yield next_to_end(holdings)
    if holdings.frozen:
        yield Figure(_("Frozen"), holdings.frozen, _("while a payment is disputed"), is_soon=True)
    if holdings.owed:
        yield Figure(_("Owed"), holdings.owed, _("paid with the next credits"), is_soon=True)
    yield paid_so_far(paid)


def paid_so_far(paid: Paid) -> Figure:
    """What did not go back, in each currency."""
    words = ngettext(
        "%(count)s purchase",
        "%(count)s purchases",
        paid.purchases,
        count=number(paid.purchases),
    )
    amounts = [price(minor, currency) for currency, minor in paid.amounts.items() if minor]
    return Figure(_("Paid so far"), 0, words, amount=" + ".join(amounts))


def describe_kinds(holdings: Holdings) -> str:
    """ "bought 1,000, gift 40"; "" when nothing is free."""
    sums = Counter[LotKind]()
    for lot in holdings.lots:
        sums[lot.kind] += lot.free
    return ", ".join(_of_kind(kind, sums[kind]) for kind in LOT_KINDS if sums[kind])


def describe_holds(holds: Sequence[OpenHold]) -> str:
    """ "2 appointments, 1 call"; "" for none."""
    counts = Counter(hold.purpose.kind for hold in holds)
    return ", ".join(_purposes(kind, count) for kind, count in counts.items())


def next_to_end(holdings: Holdings) -> Figure:
    """What ends on the first day on which anything does."""
    name, ending = _("Next to end"), holdings.next_to_end(live_zone())
    if ending is None:
        return Figure(name, 0, _("nothing ends"))
    day, lots = ending
    kinds = {lot.kind for lot in lots}
    if len(kinds) == 1:
        name = _("%(kind)s, next to end", kind=translated(LOTS[kinds.pop()]))
    credits = sum(lot.free for lot in lots)
    return Figure(name, credits, describe_end(day), any(map(ends_soon, lots)))


def describe_end(last_day: date) -> str:
    """ "on 12 Dec, in 13 days"."""
    day, left = format_date(last_day), (last_day - today()).days
    if left < 1:
        return str(_("on %(day)s, today", day=day))
    text = ngettext(
        "on %(day)s, in %(count)s day",
        "on %(day)s, in %(count)s days",
        left,
        day=day,
        count=number(left),
    )
    return str(text)


def ends_soon(lot: LotBalance) -> bool:
    return lot.expires_at is not None and lot.expires_at - datetime.now(UTC) < SOON


def describe_lot(lot: LotBalance, bought: Bought | None = None) -> str:
    """ "Gift, 18 Nov 2026"; of what was bought, the package."""
    day = format_date(lot.given_at.astimezone(live_zone()).date())
    kind = isolated(bought.package) if bought else translated(LOTS[lot.kind])
    return str(_("%(kind)s, %(day)s", kind=kind, day=day))


def describe_last_day(lot: LotBalance) -> str:
    """ "" for what does not end."""
    return format_date(last_usable_day(lot.expires_at, live_zone())) if lot.expires_at else ""


def _of_kind(kind: LotKind, credits: int) -> str:
    count = number(credits)
    match kind:
        case "bought":
            return str(_("bought %(count)s", count=count))
        case "gift":
            return str(_("gift %(count)s", count=count))
        case "campaign":
            return str(_("bonus %(count)s", count=count))
        case "correction":
            return str(_("correction %(count)s", count=count))


def _purposes(kind: str, count: int) -> str:
    shown = number(count)
    match kind:
        case "appointment":
            text = ngettext("%(count)s appointment", "%(count)s appointments", count, count=shown)
        case "event":
            text = ngettext("%(count)s event", "%(count)s events", count, count=shown)
        case _:
            text = ngettext("%(count)s call", "%(count)s calls", count, count=shown)
    return str(text)

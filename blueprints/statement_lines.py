"""A statement as people read it: its lines in words, its filters, and how its lines add up."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from flask import request
from flask_babel import gettext as _

from blueprints.csv_files import Cell
from blueprints.i18n import translated
from blueprints.zones import live_zone, today
from domain.customers.notes import Reason, find_reasons
from domain.database import MOST_ID
from domain.ledger import queries
from domain.ledger.lines import Balance, Line
from domain.ledger.rules import ENTRY_GROUPS, EntryGroup, EntryKind
from domain.ledger.statements import GROUPS, describe, name_lots
from domain.numbers import whole_number
from domain.purchases.own_purchases import Bought, bought_by_entries
from domain.times import parse_day, start_of_day
from extensions import db

LINES = 50
LINES_ON_PHONES = 25
# Of a file, read at a time.
PORTION = 500
# For programs too, so in no reader's language.
HEADINGS = (
    *("number", "time", "what", "lots", "credits"),
    *("free", "held", "frozen", "owed", "reason"),
)
# Before there were any wallets, and far from days that no calendar holds.
FIRST_DAY = date(2000, 1, 1)


class Asked(NamedTuple):
    """Which lines: those until the end of a day, of a group, before a line's number."""

    as_of: date | None = None
    group: EntryGroup | None = None
    before: int | None = None
    problem: str = ""

    @property
    def until(self) -> datetime | None:
        """The last moment of the day, by the platform's calendar."""
        if self.as_of is None:
            return None
        return start_of_day(self.as_of + timedelta(days=1), live_zone()) - datetime.resolution

    @property
    def kinds(self) -> tuple[EntryKind, ...]:
        return ENTRY_GROUPS[self.group] if self.group else ()

    def query(self, **changes: object) -> dict[str, object]:
        """For the address of the same statement, but for `changes`; from its newest line on."""
        return {"as_of": self.as_of, "kind": self.group, **changes}


class StatementLine(NamedTuple):
    """`credits` is the change of free credits. The reason is there if its reader may see it."""

    seq: int
    at: datetime
    what: str
    lots: list[str]
    credits: int
    balance: Balance
    reason: Reason | None
    bought: Bought | None = None


class Sums(NamedTuple):
    """How lines lead from the free credits before them to those after them."""

    before: int
    since: datetime
    added: int
    taken: int
    after: int

    @property
    def is_right(self) -> bool:
        return self.before + self.added - self.taken == self.after


class Statement(NamedTuple):
    """A page of lines, the newest first. Without all kinds there are no `sums`; `balance` is that
    of the day that was asked for."""

    asked: Asked
    lines: list[StatementLine]
    sums: Sums | None = None
    balance: Balance | None = None
    older: int | None = None


def read_asked() -> Asked:
    """As the address says. A day to come is like none: nobody knows what will be."""
    typed, kind = request.args.get("as_of", ""), request.args.get("kind", "")
    group = next((one for one in ENTRY_GROUPS if one == kind), None)
    before = whole_number(request.args.get("before", ""), MOST_ID)
    day = parse_day(typed)
    if typed and (day is None or day < FIRST_DAY):
        problem = _(
            "There is no statement for “%(typed)s”. Choose a day from the calendar.",
            typed=typed[:20],
        )
        return Asked(None, group, before, str(problem))
    is_past = day is not None and day < today()
    return Asked(day if is_past else None, group, before)


def read_statement(
    customer_id: int, wallet_id: int | None, asked: Asked, *, is_for_customer: bool
) -> Statement:
    """A customer reads no reason that is not shown to them. Without a wallet: no lines."""
    if wallet_id is None:
        return Statement(asked, [])
    most = LINES_ON_PHONES if is_for_customer else LINES
    found = queries.statement(
        *(db.session, wallet_id),
        before=asked.before,
        until=asked.until,
        kinds=asked.kinds,
        limit=most + 1,
    )
    lines = found[:most]
    return Statement(
        asked,
        describe_lines(customer_id, lines, is_for_customer=is_for_customer),
        None if asked.group else add_up(lines),
        queries.balance_at(db.session, wallet_id, asked.until) if asked.until else None,
        lines[-1].seq if len(found) > most else None,
    )


def describe_lines(
    customer_id: int, lines: Sequence[Line], *, is_for_customer: bool
) -> list[StatementLine]:
    seqs = [line.seq for line in lines]
    reasons = find_reasons(db.session, customer_id, seqs)
    shown = {
        seq: reason for seq, reason in reasons.items() if reason.is_shown or not is_for_customer
    }
    bought = bought_by_entries(db.session, customer_id, seqs)
    return [_described(line, shown.get(line.seq), bought.get(line.seq)) for line in lines]


def add_up(lines: Sequence[Line]) -> Sums | None:
    """Of lines that follow each other, the newest first."""
    if not lines:
        return None
    newest, oldest = lines[0], lines[-1]
    changes = [line.change for line in lines]
    return Sums(
        before=oldest.balance.free - oldest.change,
        since=oldest.at,
        added=sum(change for change in changes if change > 0),
        taken=-sum(change for change in changes if change < 0),
        after=newest.balance.free,
    )


def statement_rows(
    customer_id: int, wallet_id: int | None, asked: Asked, *, is_for_customer: bool
) -> Iterator[Sequence[Cell]]:
    """All that was asked for, the newest first, under headings. A file may be taken slowly, so no
    transaction lasts longer than a portion takes to read."""
    yield HEADINGS
    before: int | None = None
    while wallet_id is not None:
        found = queries.statement(
            *(db.session, wallet_id),
            before=before,
            until=asked.until,
            kinds=asked.kinds,
            limit=PORTION,
        )
        lines = describe_lines(customer_id, found, is_for_customer=is_for_customer)
        rows = [_row(line) for line in lines]
        db.session.rollback()
        yield from rows
        if len(rows) < PORTION:
            return
        before = lines[-1].seq


def group_choices() -> list[tuple[EntryGroup, str]]:
    """What a statement can be asked for, and how it is called."""
    return [(group, translated(name)) for group, name in GROUPS.items()]


def _row(line: StatementLine) -> Sequence[Cell]:
    balance, reason = line.balance, line.reason.text if line.reason else None
    return [
        *(line.seq, line.at, line.what, "; ".join(line.lots), line.credits),
        *(balance.free, balance.held, balance.frozen, balance.owed, reason),
    ]


def _described(line: Line, reason: Reason | None, bought: Bought | None) -> StatementLine:
    lots = [translated(lot) for lot in name_lots(line)]
    what = describe(line, is_back=bought is not None and bought.is_back)
    return StatementLine(
        *(line.seq, line.at, translated(what), lots),
        *(line.change, line.balance, reason, bought),
    )

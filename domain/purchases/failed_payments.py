"""Failed payments of the last 30 days, for who looks after them. All of them are read at once, as
little as there is to know of each; what is shown of a page of cases is read for these alone."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Boolean, ColumnElement, and_, literal_column, or_, select
from sqlalchemy.orm import aliased

from domain.customers.models import CustomerContact
from domain.database import AnySession, read_clock
from domain.keyset import PAGE_ROWS
from domain.purchases.case_models import CaseNote, DoneCase
from domain.purchases.case_rules import Done, Key, Outline, Tried, fold
from domain.purchases.errors import CaseNotFound
from domain.purchases.filters import first_from
from domain.purchases.models import IS_NEVER_SENT, IS_UNPAID, Checkout, Purchase, PurchaseStep
from domain.purchases.rules import State, Step

LASTS = timedelta(days=30)


class Try(NamedTuple):
    """One of its purchases, with how often it was declined."""

    purchase_id: int
    at: datetime
    last_at: datetime
    times: int


class Case(NamedTuple):
    """All that is shown of a case; the notes have the oldest first."""

    outline: Outline
    customer_name: str
    customer_email: str | None
    name: str
    price_minor: int
    currency: str
    tries: Sequence[Try]
    notes: Sequence[CaseNote]

    @property
    def customer_id(self) -> int:
        return self.outline.newest.customer_id

    @property
    def package_id(self) -> int:
        return self.outline.newest.package_id

    @property
    def newest(self) -> int:
        return self.outline.newest.id

    @property
    def times(self) -> int:
        return sum(one.times for one in self.tries)

    @property
    def first_at(self) -> datetime:
        return min(one.at for one in self.tries)

    @property
    def last_at(self) -> datetime:
        return max(one.last_at for one in self.tries)

    @property
    def recovered_after(self) -> timedelta | None:
        """From the last try in vain until it was paid."""
        paid_at = self.outline.paid_at
        return max(paid_at - self.last_at, timedelta(0)) if paid_at else None


class Part(NamedTuple):
    """Cases, the newest first. Those before have last purchases above `newer`, those after it
    below `older`; None where there are none."""

    outlines: Sequence[Outline]
    newer: int | None = None
    older: int | None = None


# In the words of the index, and of this table where there are two.
_IS_UNPAID = literal_column(f"purchase.{IS_UNPAID.text}", Boolean)
_IS_TRY = or_(
    Purchase.state != State.OPEN, Purchase.failure.is_not(None), Purchase.hold.is_not(None)
)


def read_outlines(session: AnySession) -> list[Outline]:
    """Of the last 30 days, the newest first."""
    first = _first(session)
    return [] if first is None else _read(session, first)


def take_page(
    outlines: Sequence[Outline], below: int | None = None, above: int | None = None
) -> Part:
    """The newest, those `below` a number, or the last ones before those: `above` one."""
    if above is not None:
        before = [one for one in outlines if one.newest.id > above]
        shown = before[-PAGE_ROWS:]
        newer = shown[0].newest.id if len(before) > PAGE_ROWS else None
        return Part(shown, newer, shown[-1].newest.id if shown else None)
    rest = [one for one in outlines if below is None or one.newest.id < below]
    shown = rest[:PAGE_ROWS]
    newer = shown[0].newest.id if below is not None and shown else None
    return Part(shown, newer, shown[-1].newest.id if len(rest) > PAGE_ROWS else None)


def get_case(session: AnySession, customer_id: int, package_id: int) -> Case:
    """Raises CaseNotFound."""
    first = _first(session)
    of_customer = Purchase.customer_id == customer_id
    outlines = [] if first is None else _read(session, first, of_customer)
    found = [one for one in outlines if one.newest.package_id == package_id]
    if not found:
        raise CaseNotFound
    return read_cases(session, found)[0]


def read_cases(session: AnySession, outlines: Sequence[Outline]) -> list[Case]:
    """What is shown of these."""
    ids = [one.newest.id for one in outlines]
    columns = (CustomerContact.name, CustomerContact.email, Purchase.name)
    rows = session.execute(
        select(Purchase.id, *columns, Purchase.price_minor, Purchase.currency)
        .join(CustomerContact, CustomerContact.customer_id == Purchase.customer_id)
        .where(Purchase.id.in_(ids))
    )
    known = {row.id: row for row in rows}
    declines = _read_declines(session, [one.id for it in outlines for one in it.tried])
    notes = _read_notes(session, {it.newest.key for it in outlines})
    return [
        Case._make(
            (
                *(it, *known[it.newest.id][1:]),
                [_try(one, declines) for one in it.tried],
                notes.get(it.newest.key, []),
            )
        )
        for it in outlines
    ]


def _first(session: AnySession) -> int | None:
    """The first purchase of the last 30 days."""
    return first_from(session, read_clock(session) - LASTS)


def _read(session: AnySession, first: int, *conditions: ColumnElement[bool]) -> list[Outline]:
    """The indexes of unpaid purchases and of payments have all of it."""
    columns = [getattr(Purchase, name) for name in Tried._fields]
    tried = (_IS_UNPAID, Purchase.id >= first, _IS_TRY, *conditions)
    rows = session.execute(select(*columns).where(*tried).order_by(Purchase.id))
    return fold(
        [Tried._make(row) for row in rows],
        _read_paid(session, tried),
        _read_done(session, first),
        _read_never_sent(session, first),
    )


def _read_paid(session: AnySession, tried: Iterable[ColumnElement[bool]]) -> dict[Key, datetime]:
    """When what was tried was paid last: found in an index for each of them, as much more is paid
    than fails."""
    paid = aliased(Purchase)
    same = (paid.customer_id == Purchase.customer_id, paid.package_id == Purchase.package_id)
    later = and_(*same, paid.paid_at >= Purchase.created_at)
    columns = select(Purchase.customer_id, Purchase.package_id, paid.paid_at)
    # Not grouped: for that SQLite would go through all purchases of all customers.
    rows = session.execute(columns.join_from(Purchase, paid, later).where(*tried)).tuples()
    last: dict[Key, datetime] = {}
    for customer_id, package_id, paid_at in rows:
        key = customer_id, package_id
        if paid_at and (key not in last or last[key] < paid_at):
            last[key] = paid_at
    return last


def _read_done(session: AnySession, first: int) -> dict[Key, Done]:
    rows = session.scalars(select(DoneCase).where(DoneCase.up_to >= first))
    return {
        (row.customer_id, row.package_id): Done(row.up_to, row.author, row.done_at) for row in rows
    }


def _read_never_sent(session: AnySession, first: int) -> frozenset[int]:
    """Purchases none of whose checkouts the provider has."""
    lost = select(Checkout.purchase_id).where(IS_NEVER_SENT, Checkout.purchase_id >= first)
    ids = {*session.scalars(lost)}
    has_one = (Checkout.purchase_id.in_(ids), Checkout.ref.is_not(None))
    sent = session.scalars(select(Checkout.purchase_id).where(*has_one)) if ids else ()
    return frozenset(ids - {*sent})


def _try(one: Tried, declines: Mapping[int, tuple[int, datetime]]) -> Try:
    times, last_at = declines.get(one.id, (1, one.created_at))
    return Try(one.id, one.created_at, last_at, times)


def _read_declines(session: AnySession, ids: Sequence[int]) -> dict[int, tuple[int, datetime]]:
    """How often each was declined, and when last."""
    kinds = (Step.DECLINED, Step.FAILED)
    of_these = (PurchaseStep.purchase_id.in_(ids), PurchaseStep.kind.in_(kinds))
    steps = select(PurchaseStep.purchase_id, PurchaseStep.at).where(*of_these)
    times, last = Counter[int](), dict[int, datetime]()
    for id, at in session.execute(steps.order_by(PurchaseStep.id)):
        times[id] += 1
        last[id] = at
    return {id: (count, last[id]) for id, count in times.items()}


def _read_notes(session: AnySession, keys: Collection[Key]) -> dict[Key, list[CaseNote]]:
    """The oldest first."""
    notes: dict[Key, list[CaseNote]] = defaultdict(list)
    customers = {customer_id for customer_id, _package_id in keys}
    theirs = select(CaseNote).where(CaseNote.customer_id.in_(customers))
    for note in session.scalars(theirs.order_by(CaseNote.id)):
        notes[note.customer_id, note.package_id].append(note)
    return notes

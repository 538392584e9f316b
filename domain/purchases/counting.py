"""How many purchases there are of each state that people see."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Select, Subquery, func, literal, select, union_all

from domain.database import AnySession
from domain.purchases.filters import ALL, DISPUTED, REFUNDED, Selection, narrow
from domain.purchases.models import Purchase
from domain.purchases.shown import DISPUTES_THAT_COUNT, REFUNDS_THAT_COUNT, Shown, shown_state

_PAYMENT = (Purchase.state, Purchase.failure, Purchase.hold)


class Counts(NamedTuple):
    """Of all purchases of a selection, whatever their state; HELD are all that wait for a person,
    those with a refund or a dispute too."""

    total: int
    of: Mapping[Shown, int]


class _Status(NamedTuple):
    status: str


_REFUND, _DISPUTE = _Status(REFUNDS_THAT_COUNT[0]), _Status(DISPUTES_THAT_COUNT[0])


def count_by_state(session: AnySession, selection: Selection = ALL) -> Counts:
    conditions = narrow(session, selection)
    counts, total, held = Counter[Shown](), 0, 0
    for row in session.execute(_count(*_PAYMENT).where(*conditions)):
        counts[shown_state(row, (), ())] += row.n
        total += row.n
        held += row.n if row.hold else 0
    for row in session.execute(_FEW.where(*conditions)) if total else ():
        refunds, disputes = [_REFUND] * row.refunded, [_DISPUTE] * row.disputed
        counts[shown_state(row, (), ())] -= row.n
        counts[shown_state(row, refunds, disputes)] += row.n
    return Counts(total, counts | {Shown.HELD: held})


def _count(*columns: Any) -> Select[Any]:  # noqa: ANN401
    """Of rows, not of numbers: for these PostgreSQL needs more than an index."""
    return select(*columns, func.count().label("n")).group_by(*columns)


def _with_money_back() -> Subquery:
    """Purchases with refunds or disputes that count, and which of the two."""
    rows = union_all(
        REFUNDED.add_columns(literal(1).label("refunded"), literal(0).label("disputed")),
        DISPUTED.add_columns(literal(0), literal(1)),
    ).subquery()
    which = [func.max(column).label(column.name) for column in (rows.c.refunded, rows.c.disputed)]
    return select(rows.c.purchase_id, *which).group_by(rows.c.purchase_id).subquery()


# Those are counted apart. They are few: to begin with all purchases takes longer.
_BACK = _with_money_back()
_FEW = _count(*_PAYMENT, _BACK.c.refunded, _BACK.c.disputed).join_from(
    Purchase, _BACK, _BACK.c.purchase_id == Purchase.id
)

"""An act does as little in a long book as in a short one: counted in work, not in time."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from domain.database import AnySession, writing
from domain.ledger import acts
from domain.ledger.lists import (
    balances,
    count_gifts_ending_soon,
    count_owing,
    due_wallets,
    ending,
    has_gift_ending_soon,
    owes_credits,
)
from domain.ledger.models import wallet
from domain.ledger.queries import balance, balance_at, lots, open_holds, statement, who_pays
from domain.ledger.rules import Purpose
from tools.bench.wallets import OPENED, fill

SHORT, LONG = 1, 2
HOUR = timedelta(hours=1)
NUMBERS = count(1)
SOON, LATER = OPENED + timedelta(minutes=5), OPENED + timedelta(days=1)
BLOCKS = text(
    "SELECT sum(pg_stat_get_xact_blocks_fetched(oid)) FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace"
)
Act = Callable[[AnySession, int], object]


def purpose() -> Purpose:
    return Purpose("call", f"cost-{next(NUMBERS)}")


def hold_and_capture(session: AnySession, wallet_id: int) -> None:
    held = acts.hold(session, wallet_id, 1, purpose(), lasts=HOUR, actor="x")
    acts.capture(session, wallet_id, held.hold or 0, actor="x")  # type: ignore[union-attr]


def grant(session: AnySession, wallet_id: int) -> None:
    source = f"cost:{next(NUMBERS)}"
    acts.grant(session, wallet_id, 1, kind="bought", source=source, actor="x")


def reverse(session: AnySession, wallet_id: int) -> None:
    spent = acts.spend(session, wallet_id, 1, purpose(), actor="x")
    acts.reverse(session, wallet_id, spent.seq, cause="customer", actor="x")  # type: ignore[union-attr]


ACTS: dict[str, Act] = {
    "spend": lambda session, id: acts.spend(session, id, 1, purpose(), actor="x"),
    "grant": grant,
    "hold and capture": hold_and_capture,
    "spend and reverse": reverse,
}
QUERIES: dict[str, Act] = {
    "balance": balance,
    "balance at": lambda session, id: balance_at(session, id, SOON),
    "statement": lambda session, id: statement(session, id, limit=10),
    "statement as of": lambda session, id: statement(session, id, until=SOON, limit=2),
    "statement of kinds": lambda session, id: statement(
        session, id, kinds=["hold", "grant"], limit=2
    ),
    "statement of rare kinds": lambda session, id: statement(
        session, id, kinds=["forgive", "revoke"]
    ),
    "last page": lambda session, id: statement(session, id, before=4, until=LATER),
    "lots": lots,
    "open holds": open_holds,
    "balances": lambda session, id: balances(session, [id]),
    "who pays": lambda session, id: who_pays(session, id, 1),
}


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "analyzed"])
def test_a_long_book_costs_what_a_short_one_does(
    is_new: bool, engine: Engine, session: Session
) -> None:
    """Among many wallets with one lot. Caught: plans of SQLite without the statistics that come
    with the tables, and lots that it looked through for each entry; statements of rare kinds
    without their index, or looked for together; one that reads from its moment to its page."""
    fill(engine, SHORT, 1, 14)
    fill(engine, LONG, 1, 1_002)
    fill(engine, LONG + 1, 1_500, 1)
    if not is_new:
        analyze(engine)
    acts = ACTS if is_new else QUERIES
    costs = {
        what: (cost(session, act, SHORT), cost(session, act, LONG)) for what, act in acts.items()
    }
    assert {what: both for what, both in costs.items() if both[1] > 1.3 * both[0] + 5} == {}


LISTS: dict[str, Act] = {
    "what ends": lambda session, _: ending(session, OPENED, OPENED + timedelta(days=9), most=9),
    "gifts that end": lambda session, _: count_gifts_ending_soon(session, OPENED),
    "debts": lambda session, _: count_owing(session),
    "what is due": lambda session, _: due_wallets(session, 9),
    "who has gifts that end": lambda session, _: session.scalars(
        select(wallet.c.id).where(has_gift_ending_soon(wallet.c.customer_id, OPENED))
    ).all(),
    "who owes": lambda session, _: session.scalars(
        select(wallet.c.id).where(owes_credits(wallet.c.customer_id))
    ).all(),
}


def test_lists_cost_what_they_show(engine: Engine, session: Session) -> None:
    """However many wallets there are. Caught: each of the indexes of lists left out."""
    costs = []
    for first, wallets in ((1, 200), (201, 1_800)):
        fill(engine, first, wallets, 2)
        analyze(engine)
        costs.append({what: cost(session, act, 0) for what, act in LISTS.items()})
    before, after = costs
    assert {what: after[what] for what in LISTS if after[what] > 1.3 * before[what] + 5} == {}


def analyze(engine: Engine) -> None:
    """As PostgreSQL does by itself after a minute; SQLite does not."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(writing=True) as connection:
            connection.execute(text("ANALYZE"))
            connection.commit()


def cost(session: Session, act: Act, wallet_id: int) -> int:
    """The least of several times, as databases plan the first ones: tens of steps of SQLite's
    machine, or pages that PostgreSQL looks at."""
    return min(cost_once(session, act, wallet_id) for _ in range(4))


def cost_once(session: Session, act: Act, wallet_id: int) -> int:
    with writing(session):
        raw = session.connection().connection.dbapi_connection
        if not isinstance(raw, sqlite3.Connection):
            before = session.scalar(BLOCKS)
            act(session, wallet_id)
            return int(session.scalar(BLOCKS) - before)
        steps: list[None] = []
        raw.set_progress_handler(lambda: steps.append(None), 10)
        try:
            act(session, wallet_id)
        finally:
            raw.set_progress_handler(None, 10)
        return len(steps)

"""Wallets at random, each there twice, beside a model of what they must hold."""

import sys
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from domain.ledger import acts
from domain.ledger.errors import Refusal
from domain.ledger.lines import Line
from domain.ledger.lists import balances
from domain.ledger.models import entry, hold, lot, posting, wallet
from domain.ledger.queries import balance, balance_at, lots, statement
from domain.ledger.verify import Verified
from tests.clock import NOON, Clock
from tests.ledger_model import BUCKETS, Model, Outcome
from tests.wallets import TestWallet, new_wallet

BALANCES = ("free", "held", "frozen", "owed")
# What two wallets with the same history do not share. Hashes cover the wallet's id.
OWN = {"id", "wallet_id", "customer_id", "recorded_at", "hash", "prev_hash", "head_hash"}

MOST_LINES = 5


@dataclass
class Pair:
    """Two wallets to which the same happens; `swept` is settled now and then in between."""

    plain: TestWallet
    swept: TestWallet
    model: Model


class WalletMachine(RuleBasedStateMachine):
    session: Session
    clock: Clock

    def __init__(self) -> None:
        super().__init__()
        self.clock.set(NOON)
        self.pairs = [
            Pair(new_wallet(self.session), new_wallet(self.session), Model(NOON)) for _ in range(2)
        ]
        self.touched = self.pairs

    def teardown(self) -> None:
        if sys.exception() is None:
            self.settling_in_between_changed_no_row()
            first = self.pairs[0].plain.id
            assert list(Verified(self.session).differences(after=first - 1)) == []
        self.session.rollback()

    def both(
        self,
        pair: Pair,
        wanted: Callable[[Model], Outcome | None],
        act: Callable[..., Any],
        *args: object,
        **terms: object,
    ) -> Any:  # noqa: ANN401
        """The act on both wallets of the pair comes to what the model says."""
        pair.model.settle(self.clock.now)
        outcome = wanted(pair.model)
        done = [one.do(act, *args, **terms) for one in (pair.plain, pair.swept)]
        assert [told(one) for one in done] == [outcome] * 2
        self.touched = [pair]
        return done[0]

    @invariant()
    def wallets_hold_what_the_model_says(self) -> None:
        for pair in self.touched:
            self.session.rollback()
            book = self.read(pair.plain)
            (row,) = book["wallet"]
            assert tuple(row[bucket] for bucket in BALANCES) == pair.model.balances()
            assert row["status"] == pair.model.status
            assert book["lot"] == [shown_lot(one) for one in pair.model.lots.values()]
            assert book["hold"] == [shown_hold(one) for one in pair.model.holds.values()]
            assert book["entry"] == pair.model.entries
        self.touched = []

    def now(self, pair: Pair) -> Model:
        """The model with all that is due, whether it was settled or not."""
        model = deepcopy(pair.model)
        model.settle(self.clock.now)
        return model

    @invariant()
    def what_is_due_counts_whether_it_is_settled_or_not(self) -> None:
        for pair in self.pairs:
            wanted = self.now(pair).balances()
            for one in (pair.plain, pair.swept):
                assert balance(self.session, one.id)[1:] == wanted
        self.session.rollback()

    def looks_back(self, pair: Pair, moment: Any) -> None:  # noqa: ANN401
        entries = [one for one in self.now(pair).entries if one[2] <= moment]
        wanted = entries[-1][4:8] if entries else (0, 0, 0, 0)
        for one in (pair.plain, pair.swept):
            assert balance_at(self.session, one.id, moment)[1:] == wanted
            lines = statement(self.session, one.id, until=moment, limit=MOST_LINES)
            assert [shown_line(line) for line in lines] == entries[::-1][:MOST_LINES]
        self.session.rollback()

    def counts_lots(self, pair: Pair) -> None:
        """Those of each wallet, as those of its customer in a list."""
        wanted = self.now(pair).balances()
        for one in (pair.plain, pair.swept):
            its = lots(self.session, one.id)
            assert tuple(sum(getattr(lot, name) for lot in its) for name in BALANCES) == wanted
            (row,) = self.rows(one, wallet)
            (credits,) = balances(self.session, [row["customer_id"]]).values()
            assert credits[1:5] == wanted
            ends = [(lot.expires_at, lot.free) for lot in its if lot.free and lot.expires_at]
            first = min(ends, default=(None, 0))[0]
            total = sum(free for end, free in ends if end == first)
            assert credits.next_end == (first and (first, total))
        self.session.rollback()

    def read(self, of: TestWallet) -> dict[str, Any]:
        """As the model shows it."""
        rows = {table.name: self.rows(of, table) for table in (wallet, lot, hold, entry)}
        return rows | {
            "lot": [{name: row[name] for name in LOT_NAMES} for row in rows["lot"]],
            "hold": [{name: row[name] for name in HOLD_NAMES} for row in rows["hold"]],
            "entry": [tuple(row[name] for name in ENTRY_NAMES) for row in rows["entry"]],
        }

    def rows(self, of: TestWallet, table: Table) -> list[Any]:
        its = table.c.id if table is wallet else table.c.wallet_id
        statement = select(table).where(its == of.id).order_by(*table.primary_key.columns)
        return list(self.session.execute(statement).mappings())

    def settling_in_between_changed_no_row(self) -> None:
        """Hashes neither: each is that of its rows, as was verified, and of the wallet's id."""
        for pair in self.pairs:
            pair.model.settle(self.clock.now)
            for one in (pair.plain, pair.swept):
                one.do(acts.settle)
        self.touched = self.pairs
        self.wallets_hold_what_the_model_says()
        for pair in self.pairs:
            for table in (wallet, lot, hold, entry, posting):
                plain, swept = (
                    without_own(self.rows(one, table)) for one in (pair.plain, pair.swept)
                )
                assert plain == swept


LOT_NAMES = ("kind", "expires_at", "purchase_id", *BUCKETS)
HOLD_NAMES = ("expires_at", "used", "captured", "open", "closed_seq")
ENTRY_NAMES = ("kind", "seq", "at", "credits", *BALANCES, "hold_number")


def told(outcome: Any) -> Outcome | None:  # noqa: ANN401
    """As the model says it."""
    if outcome is None:
        return None
    if isinstance(outcome, Refusal):
        return str(outcome.code)
    _, seq, kind, *rest, _ = outcome
    return (kind, seq, *rest)


def shown_line(line: Line) -> tuple[Any, ...]:
    return (line.kind, line.seq, line.at, line.credits, *line.balance[1:], line.hold)


def shown_lot(one: dict[str, Any]) -> dict[str, Any]:
    names = {"kind": "kind", "expires_at": "ends", "purchase_id": "purchase"}
    return {name: one[names.get(name, name)] for name in LOT_NAMES}


def shown_hold(one: dict[str, Any]) -> dict[str, Any]:
    names = {"expires_at": "ends", "closed_seq": "closed"}
    return {name: one[names.get(name, name)] for name in HOLD_NAMES} | {"open": len(one["open"])}


def without_own(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in row if name not in OWN} for row in rows]

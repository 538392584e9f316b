"""What the worker does for wallets that nobody uses."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

import worker
from domain.database import AnySession, write
from domain.ledger.lists import due_wallets
from domain.ledger.models import entry, request_key
from domain.ledger.queries import balance, statement
from domain.ledger.rules import KEY_LIFE
from tests.clock import Clock
from tests.counting import watching
from tests.unguarded import change_by_hand
from tests.wallets import TestWallet, new_wallet


def kinds(wallet: TestWallet) -> list[str]:
    """Of its entries that are written."""
    written = select(entry.c.kind).where(entry.c.wallet_id == wallet.id)
    return list(wallet.session.scalars(written.order_by(entry.c.seq)))


@pytest.fixture
def sweep() -> worker.Sweep:
    return worker.Sweep()


def step(work: Callable[[AnySession], bool], session: Session) -> bool:
    """As the worker takes it: each time with what is true then."""
    session.rollback()
    try:
        return work(session)
    finally:
        session.rollback()


def test_the_sweep_writes_what_is_due_at_its_own_time(
    wallet: TestWallet, clock: Clock, sweep: worker.Sweep
) -> None:
    due = clock.now + timedelta(hours=1)
    wallet.gift(5, due + timedelta(hours=1))
    wallet.hold(2, lasts=timedelta(hours=1))
    assert not step(sweep, wallet.session)
    clock.go_on(days=3)
    seen = balance(wallet.session, wallet.id)
    assert step(sweep, wallet.session)
    assert not step(sweep, wallet.session)
    lines = statement(wallet.session, wallet.id, limit=2)
    assert [(line.kind, line.at) for line in lines] == [
        ("expire", due + timedelta(hours=1)),
        ("time_out", due),
    ]
    assert balance(wallet.session, wallet.id)[1:] == seen[1:]


def test_the_sweep_writes_a_few_rows_in_each_transaction(
    wallet: TestWallet, clock: Clock, engine: Engine, sweep: worker.Sweep
) -> None:
    """Caught: all that is due in one transaction."""
    for day in range(12):
        wallet.gift(1, clock.now + timedelta(days=1, hours=day))
    clock.go_on(days=9)
    with watching(engine) as asked:
        assert step(sweep, wallet.session)
    assert asked.rows_written <= 50
    assert kinds(wallet).count("expire") == worker.MOST_ENTRIES
    assert step(sweep, wallet.session)
    assert kinds(wallet).count("expire") == 12


def test_wallets_that_cannot_be_settled_hold_up_no_other(
    clock: Clock,
    session: Session,
    engine: Engine,
    sweep: worker.Sweep,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Caught: the error ends the step; always those due longest; a failure said at each try; a
    worker that never rests while one fails."""
    monkeypatch.setattr(worker, "MOST_WALLETS", 2)
    for days in (1, 1, 1, 1, 2):
        (last := new_wallet(session)).gift(1, clock.now + timedelta(days=days))
    broken = "UPDATE wallet SET free = {} WHERE next_due < (SELECT max(next_due) FROM wallet)"
    change_by_hand(engine, broken.format(0), guarded=True)
    clock.go_on(days=3)
    assert [step(sweep, session) for _ in range(3)] == [True, True, True]
    assert kinds(last) == ["grant", "expire"]
    assert [step(sweep, session) for _ in range(3)] == [True, True, False]
    assert len(caplog.records) == 4
    change_by_hand(engine, "UPDATE wallet SET free = 1 WHERE next_due IS NOT NULL", guarded=True)
    assert [step(sweep, session) for _ in range(3)] == [True, True, False]
    assert not due_wallets(session, 1)


def test_keys_are_forgotten_after_32_days(wallet: TestWallet, clock: Clock) -> None:
    """Caught: keys of today deleted too; by hand the database refuses that."""
    wallet.gift(1)
    clock.set(clock.now + KEY_LIFE - timedelta(seconds=1))
    wallet.spend(1)
    assert not step(worker.forget_keys, wallet.session)
    clock.go_on(seconds=2)
    assert step(worker.forget_keys, wallet.session)
    assert not step(worker.forget_keys, wallet.session)
    count = select(func.count()).select_from(request_key)
    assert write(wallet.session, lambda session: session.scalar(count)) == 1
    assert wallet.session.scalar(select(func.count()).select_from(entry)) == 2

"""Acts on one wallet at once: as if one had come after the other, and nobody's answer is lost."""

import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.database import AnySession, RunAgain, write
from domain.ledger import acts
from domain.ledger.book import Entry, record
from domain.ledger.errors import (
    AlreadyGranted,
    HoldClosed,
    NotEnough,
    PurposeHeld,
    PurposeSpent,
    Refusal,
)
from domain.ledger.models import entry, request_key, wallet
from domain.ledger.plans import plan_spend
from domain.ledger.reading import read_wallet
from domain.ledger.requests import Answer
from domain.ledger.rules import Purpose
from domain.ledger.verify import Verified
from domain.ledger.wallet import Plan
from domain.ledger.wallets import open_wallet
from tests.clock import Clock
from tests.conftest import only_postgres
from tests.meeting import Meeting, Work
from tests.soak import KILLS, SPENDS, naming_seed
from tests.spenders import spend_once, spend_under_kills
from tests.wallets import TestWallet, new_wallet

THREADS, TRIES = 4, 20
CALL, OTHER_CALL = Purpose("call", "one"), Purpose("call", "other")
HOUR = timedelta(hours=1)
spend = partial(acts.spend, wallet_id=1, credits=5, actor="customer:1")
hold = partial(acts.hold, wallet_id=1, credits=2, purpose=CALL, lasts=HOUR, actor="customer:1")
grant = partial(acts.grant, wallet_id=1, credits=5, kind="gift", source="gift:7", actor="admin:1")
capture = partial(acts.capture, wallet_id=1, number=1, actor="customer:1")
void = partial(acts.void, wallet_id=1, number=1, cause="customer", actor="customer:1")
settle = partial(acts.settle, wallet_id=1)


@pytest.fixture
def filled(wallet: TestWallet) -> TestWallet:
    """5 free credits, and 3 in hold 1."""
    wallet.gift(8)
    wallet.hold(3, lasts=HOUR)
    return wallet


def clean(session: Session) -> bool:
    session.rollback()
    return not list(Verified(session).differences())


def kinds(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(entry.c.kind).order_by(entry.c.seq)))


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        (partial(spend, purpose=CALL), partial(spend, purpose=OTHER_CALL), NotEnough(5, 0, 3)),
        (partial(spend, purpose=CALL), partial(spend, purpose=CALL), PurposeSpent(3)),
        (hold, hold, PurposeHeld(2)),
        (hold, partial(spend, purpose=CALL), PurposeHeld(2)),
        (grant, grant, AlreadyGranted(2)),
        (capture, void, HoldClosed(1, 3)),
        (void, capture, HoldClosed(1, 3)),
        (capture, capture, HoldClosed(1, 3)),
    ],
    ids=lambda value: value.func.__name__ if isinstance(value, partial) else "",
)
def test_the_second_of_two_acts_sees_what_the_first_has_done(
    engine: Engine, session: Session, first: Work, second: Work, answer: Refusal
) -> None:
    """Caught: no lock on PostgreSQL (the key of the posting refuses the second, as an error), and
    the wallet read before its lock (so does the order of entries)."""
    meeting = Meeting(engine)
    done, refused = meeting.of(first, second)
    assert isinstance(done, Entry)
    assert (refused, meeting.runs) == (answer, 1)
    assert len(kinds(session)) == 3
    assert clean(session)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("first_settles", [True, False])
def test_a_hold_that_times_out_is_not_captured_in_the_same_moment(
    engine: Engine, session: Session, clock: Clock, first_settles: bool
) -> None:
    """Whoever comes first."""
    clock.set(clock.now + HOUR)
    works = (settle, capture) if first_settles else (capture, settle)
    assert HoldClosed(1, 3) in Meeting(engine).of(*works)
    assert kinds(session) == ["grant", "hold", "time_out"]
    assert clean(session)


@pytest.mark.usefixtures("filled")
def test_a_hold_captured_in_its_last_moment_does_not_time_out(
    engine: Engine, session: Session, clock: Clock
) -> None:
    clock.set(clock.now + HOUR - timedelta(milliseconds=1))

    def settle_after_its_end(session: AnySession) -> None:
        clock.set(clock.now + timedelta(milliseconds=1))
        settle(session)

    Meeting(engine).of(capture, settle_after_its_end)
    assert kinds(session) == ["grant", "hold", "capture"]
    assert clean(session)


def test_of_two_requests_with_one_key_one_works_and_the_other_gets_its_answer(
    filled: TestWallet, engine: Engine, session: Session
) -> None:
    """Caught: the key looked up before the lock, and stored after the commit."""
    ask = partial(spend_once, wallet_id=filled.id, key="a-key")
    meeting = Meeting(engine)
    first, second = meeting.of(ask, ask)
    assert second == first._replace(replayed=True)
    assert (first.status, first.replayed, meeting.runs) == (200, False, 1)
    assert kinds(session) == ["grant", "hold", "spend"]


def test_a_customer_has_one_wallet(engine: Engine, session: Session) -> None:
    """And the first two wallets agree on the mode. Caught: `open_wallet` without its lock."""
    open_it = partial(open_wallet, customer_id=7, mode="test")
    meeting = Meeting(engine)
    first, second = meeting.of(open_it, open_it)
    assert (first, meeting.runs) == (second, 1)
    assert session.scalar(select(func.count()).select_from(wallet)) == 1


@only_postgres
def test_without_the_lock_nothing_is_spent_twice(
    filled: TestWallet, engine: Engine, session: Session
) -> None:
    """The keys and guards of the tables are a second fence."""

    def spend_unlocked(session: AnySession) -> object:
        found = read_wallet(session, filled.id)
        plan = plan_spend(found, 3, filled.purpose())
        assert isinstance(plan, Plan)
        return record(session, found, plan, "customer:1")

    with pytest.raises(IntegrityError):
        Meeting(engine).of(spend_unlocked, spend_unlocked)
    assert kinds(session) == ["grant", "hold", "spend"]
    assert clean(session)


def repeatably(work: Work) -> Work:
    def again(session: AnySession) -> Any:  # noqa: ANN401
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        return work(session)

    return again


@pytest.mark.usefixtures("filled")
@only_postgres
def test_what_postgresql_undoes_is_done_again(engine: Engine, session: Session) -> None:
    """In REPEATABLE READ, PostgreSQL undoes what waited for a row that was changed meanwhile.

    Caught: `write` without the code 40001."""
    meeting = Meeting(engine)
    works = (repeatably(partial(spend, purpose=purpose)) for purpose in (CALL, OTHER_CALL))
    _, refused = meeting.of(*works)
    assert (refused, meeting.runs) == (NotEnough(5, 0, 3), 2)
    assert clean(session)


def ask_in_threads(engine: Engine, requests: Sequence[Work]) -> Counter[int]:
    """How often each status was answered. Each request is sent again until it is."""

    def ask(request: Work) -> int:
        with Session(engine) as session:
            for _ in range(TRIES):
                with suppress(RunAgain):
                    answer: Answer = write(session, request)
                    return answer.status
        raise TimeoutError

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(ask, requests))


def test_as_many_spends_work_as_there_are_credits(
    wallet: TestWallet, engine: Engine, session: Session
) -> None:
    """Caught: no lock on PostgreSQL."""
    wallet.gift(SPENDS // 2)
    requests = [partial(spend_once, wallet_id=wallet.id, key=str(n)) for n in range(SPENDS)]
    statuses = ask_in_threads(engine, requests)
    assert statuses == {200: SPENDS // 2, 409: SPENDS // 2}
    assert clean(session)


@only_postgres
def test_as_many_spends_work_in_repeatable_read(
    wallet: TestWallet, engine: Engine, session: Session
) -> None:
    wallet.gift(SPENDS // 4)
    asks = [partial(spend_once, wallet_id=wallet.id, key=str(n)) for n in range(SPENDS // 2)]
    statuses = ask_in_threads(engine, [repeatably(ask) for ask in asks])
    assert statuses == {200: SPENDS // 4, 409: SPENDS // 4}
    assert clean(session)


def test_what_was_answered_is_kept_whoever_is_killed(
    session: Session, database: str, tmp_path: Path
) -> None:
    """Caught, by 20 kills: the key stored after the commit of what it answers for."""
    wallet = new_wallet(session)
    wallet.gift(SPENDS // 4)
    keys = [f"spend-{number}" for number in range(SPENDS // 2)]
    with naming_seed() as seed:
        dice = random.Random(seed)  # noqa: S311 - whom to kill
        answers = spend_under_kills(database, wallet.id, keys, KILLS, tmp_path, dice)
    statuses = Counter(status for ((status, _),) in answers.values())
    assert statuses == {"200": SPENDS // 4, "409": SPENDS // 4}
    columns = (request_key.c.key, request_key.c.status, request_key.c.body)
    rows = session.execute(select(*columns).where(request_key.c.key.in_(keys)))
    assert {key: {(str(status), body)} for key, status, body in rows} == answers
    spent_for = session.scalars(select(entry.c.purpose_id).where(entry.c.kind == "spend"))
    assert set(spent_for) == {body for ((status, body),) in answers.values() if status == "200"}
    assert clean(session)

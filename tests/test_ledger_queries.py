"""What a wallet holds, now and at any moment; its statement; and who would pay."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.database import write
from domain.ledger import acts, corrections
from domain.ledger.errors import InDebt, NotEnough, UnfitCredits, WalletNotFound
from domain.ledger.lines import Line
from domain.ledger.lists import due_wallets
from domain.ledger.queries import (
    LotBalance,
    OpenHold,
    Payer,
    balance,
    balance_at,
    lots,
    open_holds,
    statement,
    who_pays,
)
from domain.ledger.rules import Purpose
from tests.clock import Clock
from tests.counting import watching
from tests.wallets import TestWallet
from tools.bench.wallets import fill

MOMENT = timedelta(microseconds=1)


def test_a_balance_is_that_of_the_moment(
    wallet: TestWallet, session: Session, clock: Clock
) -> None:
    """Caught: `<` for `<=`; the first of several entries at one time; entries in order of time only
    as they were written."""
    opened = clock.now
    clock.go_on(hours=1)
    bought = wallet.bought(10, 1)
    wallet.hold(4, lasts=timedelta(days=1))
    wallet.spend(3)
    clock.go_on(hours=1)
    wallet.spend(1)

    def free_and_held(moment: object) -> tuple[int, int]:
        return balance_at(session, wallet.id, moment)[1:3]  # type: ignore[arg-type]

    assert free_and_held(opened) == (0, 0)
    assert free_and_held(bought.at - MOMENT) == (0, 0)
    assert free_and_held(bought.at) == (3, 4)
    assert free_and_held(clock.now - MOMENT) == (3, 4)
    assert free_and_held(clock.now) == balance(session, wallet.id)[1:3] == (2, 4)


def test_what_is_due_counts_whether_it_is_written_or_not(
    wallet: TestWallet, session: Session, clock: Clock
) -> None:
    """Caught: a balance from the row alone, and one at a moment that settled up to now."""
    start = clock.now
    wallet.bought(10, 1)
    wallet.gift(5, start + timedelta(hours=1))
    wallet.hold(7, lasts=timedelta(hours=2))  # all of the gift, which is to live on, and 2
    wallet.gift(6, start + timedelta(hours=3))
    clock.go_on(hours=4)
    moments = [start + timedelta(hours=hours, seconds=-1) for hours in (1, 2, 3, 4)]

    def seen() -> list[tuple[int, ...]]:
        now = balance(session, wallet.id)
        then = [balance_at(session, wallet.id, moment) for moment in moments]
        assert now == then[-1]._replace(at=now.at)
        return [(one.free, one.held) for one in then]

    before = seen()
    assert before == [(14, 7), (14, 7), (21, 0), (15, 0)]
    assert [due.wallet_id for due in due_wallets(session, 10)] == [wallet.id]
    assert write(session, partial(acts.settle, wallet_id=wallet.id)) == 2
    assert seen() == before
    assert due_wallets(session, 10) == []


def test_a_statement_goes_on_where_it_was(wallet: TestWallet, session: Session) -> None:
    """Caught: pages by number, in which a new line moves an old one to the next page."""
    wallet.bought(50, 1)
    for _ in range(4):
        wallet.spend(2)
    page = statement(session, wallet.id, limit=2)
    lines = list(page)
    while page:
        wallet.gift(1)  # a new line comes while somebody reads
        page = statement(session, wallet.id, before=page[-1].seq, limit=2)
        lines += page
    assert [line.seq for line in lines] == [5, 4, 3, 2, 1]
    for place, line in enumerate(lines):
        assert line.balance.free == sum(one.change for one in lines[place:])
    assert [(part.lot, part.from_bucket, part.to_bucket) for part in lines[0].parts] == [
        (1, "free", "spent")
    ]


def test_what_is_due_is_in_a_statement(wallet: TestWallet, session: Session, clock: Clock) -> None:
    """As the lines that it will be. Caught: lines from entries alone, which do not add up to the
    balance; a page of due lines that shows written ones twice."""
    wallet.gift(5, clock.now + timedelta(hours=1))
    wallet.bought(10, 1)
    wallet.hold(7, lasts=timedelta(hours=2))  # all of the gift, which is to live on, and 2
    wallet.gift(6, clock.now + timedelta(hours=3))
    clock.go_on(hours=4)
    moments = [clock.now - timedelta(hours=hours, seconds=1) for hours in (0, 1, 2, 3)]

    def seen() -> list[list[Line]]:
        first = statement(session, wallet.id, limit=1)
        pages = [first, statement(session, wallet.id, before=first[0].seq, limit=4)]
        pages += [statement(session, wallet.id, until=moment) for moment in moments]
        return [*pages, statement(session, wallet.id, kinds=["expire", "grant"], limit=3)]

    before = seen()
    assert [[line.seq for line in page] for page in before] == [
        *([6], [5, 4, 3, 2], [6, 5, 4, 3, 2, 1], [5, 4, 3, 2, 1], [4, 3, 2, 1], [4, 3, 2, 1]),
        [6, 4, 2],
    ]
    now = balance(session, wallet.id)
    assert before[2][0].balance[1:] == now[1:]
    assert sum(line.change for line in before[2]) == now.free
    assert write(session, partial(acts.settle, wallet_id=wallet.id)) == 2
    assert seen() == before


def test_a_statement_can_be_of_a_moment_and_of_some_kinds(
    wallet: TestWallet, session: Session, clock: Clock
) -> None:
    """Caught: the first of several entries at one time; a page that goes on past its moment; pages
    of the lines of one kind only."""
    wallet.bought(50, 1)
    clock.go_on(hours=1)
    for _ in range(3):
        wallet.spend(1)
        wallet.hold(1)
    moment = clock.now
    clock.go_on(minutes=1)
    wallet.spend(1)

    def seqs(**which: Any) -> list[int]:  # noqa: ANN401
        return [line.seq for line in statement(session, wallet.id, **which)]

    assert seqs(until=moment) == [7, 6, 5, 4, 3, 2, 1]
    assert seqs(until=moment - MOMENT) == seqs(until=moment, before=2) == [1]
    assert seqs(until=moment, before=99, limit=2) == [7, 6]
    assert seqs(until=moment - timedelta(days=1)) == []
    assert seqs(kinds=["spend", "grant"]) == [8, 6, 4, 2, 1]
    assert seqs(kinds=["spend"], before=6, limit=1) == [4]
    assert seqs(kinds=["hold", "grant"], until=moment, before=7) == [5, 3, 1]
    assert seqs(kinds=["revoke"]) == []
    with pytest.raises(WalletNotFound):
        statement(session, wallet.id + 1)


def test_changes_add_up_through_holds_and_ends(
    wallet: TestWallet, session: Session, clock: Clock
) -> None:
    wallet.bought(10, 1)
    wallet.gift(5, clock.now + timedelta(hours=1))
    number = wallet.hold(7, lasts=timedelta(days=1)).hold
    clock.go_on(hours=2)
    wallet.gift(1)
    wallet.do(acts.void, number, cause="customer", actor="x")  # what came from the gift lapses
    lines = statement(session, wallet.id)
    assert [line.change for line in lines] == [2, 1, -7, 5, 10]
    assert [line.balance.free for line in lines] == [11, 9, 8, 15, 10]


@pytest.mark.parametrize("credits", [1, 3, 4, 9])
def test_who_would_pay_is_who_pays(
    credits: int, wallet: TestWallet, session: Session, clock: Clock
) -> None:
    """Caught: lots that have ended meanwhile among the payers."""
    wallet.gift(7, clock.now + timedelta(hours=1))
    wallet.bought(5, 1)
    wallet.gift(3, clock.now + timedelta(days=1))
    wallet.gift(2)
    clock.go_on(hours=1)
    assert [lot.number for lot in lots(session, wallet.id)] == [3, 4, 2]
    payers = who_pays(session, wallet.id, credits)
    assert isinstance(payers, list)
    assert isinstance(payers[0], Payer)
    spent = wallet.spend(credits)
    assert [(one.lot, one.credits) for one in payers] == [
        (posting.lot, posting.credits) for posting in spent.postings
    ]


def test_who_would_pay_is_refused_as_a_spend_is(wallet: TestWallet, session: Session) -> None:
    wallet.bought(5, 1)
    assert who_pays(session, wallet.id, 6) == wallet.spend(6) == NotEnough(6, 5, 0)
    wallet.spend(5)
    wallet.do(corrections.revoke, 2, purchase_id=1, may_owe=True, actor="x")
    assert who_pays(session, wallet.id, 1) == wallet.spend(1) == InDebt(2)


def test_who_would_pay_is_asked_of_whole_numbers(wallet: TestWallet, session: Session) -> None:
    wallet.bought(5, 1)
    for credits in (0, -1, 1.5, True):
        with pytest.raises(UnfitCredits):
            who_pays(session, wallet.id, credits)  # type: ignore[arg-type]


def test_no_balance_is_told_of_the_future(
    wallet: TestWallet, session: Session, clock: Clock
) -> None:
    """Caught: lots counted as ended that may be spent before."""
    wallet.gift(5, clock.now + timedelta(hours=1))
    tomorrow = clock.now + timedelta(days=1)
    assert balance_at(session, wallet.id, tomorrow) == balance(session, wallet.id)


def test_a_long_book_takes_no_more_statements(engine: Engine, session: Session) -> None:
    """Caught: a question for each line of a statement."""
    fill(engine, 1, 1, 10)
    fill(engine, 2, 1, 1_002)
    counts = []
    for id in (1, 2):
        with watching(engine) as asked:
            balance(session, id)
            statement(session, id)
            who_pays(session, id, 1)
        counts.append(len(asked.statements))
    assert counts == [4, 4]


def test_lots_are_as_they_are_now(wallet: TestWallet, session: Session, clock: Clock) -> None:
    """Caught: lots from their rows alone; lots that have nothing; a lot whose credits are all held
    or frozen left out; credits that go on in another lot as if somebody had given them then."""
    start = clock.now
    wallet.bought(10, 1)
    wallet.gift(5, start + timedelta(hours=1))
    wallet.hold(7, lasts=timedelta(hours=2))  # all of the gift, which is to live on, and 2
    wallet.gift(6, start + timedelta(hours=3))
    wallet.bought(8, 2)
    wallet.do(corrections.freeze, 8, purchase_id=2, actor="scrip")
    assert [(lot.number, *lot[3:7]) for lot in lots(session, wallet.id)] == [
        *((2, 0, 5, 0, 0), (3, 6, 0, 0, 0), (1, 8, 2, 0, 0), (4, 0, 0, 8, 0)),
    ]
    source = lots(session, wallet.id)[0].source
    session.rollback()  # what it reads from then on is as of then
    clock.go_on(hours=4)
    end = start + timedelta(days=14, hours=2)
    wanted = [
        LotBalance(5, "gift", 5, 5, 0, 0, 0, end, 2, start, source),
        LotBalance(1, "bought", 10, 10, 0, 0, 0, None, 1, start, "purchase:1"),
        LotBalance(4, "bought", 8, 0, 0, 8, 0, None, 5, start, "purchase:2"),
    ]
    assert lots(session, wallet.id) == wanted
    wallet.do(acts.settle)
    assert lots(session, wallet.id) == wanted
    wallet.hold(5, lasts=timedelta(days=20))
    clock.go_on(days=15)
    wallet.do(acts.void, 2, cause="provider", actor="x")
    assert lots(session, wallet.id)[0][8:10] == (2, start)
    with pytest.raises(WalletNotFound):
        lots(session, wallet.id + 1)


def test_open_holds_are_those_that_have_not_timed_out(
    wallet: TestWallet, session: Session, clock: Clock
) -> None:
    """Caught: a hold that has timed out and is not closed yet."""
    purposes = [Purpose("call", f"c-{number}") for number in range(4)]
    wallet.bought(20, 1)
    wallet.hold(4, purposes[0], lasts=timedelta(hours=3))
    wallet.hold(5, purposes[1], lasts=timedelta(hours=2))
    wallet.hold(6, purposes[2], lasts=timedelta(hours=1))
    wallet.do(acts.capture, 1, credits=1, final=False, actor="x")
    wallet.do(acts.void, wallet.hold(1, purposes[3]).hold, cause="customer", actor="x")
    clock.go_on(hours=1)
    assert open_holds(session, wallet.id) == [
        OpenHold(2, purposes[1], 5, clock.now + timedelta(hours=1)),
        OpenHold(1, purposes[0], 3, clock.now + timedelta(hours=2)),
    ]
    assert sum(one.credits for one in open_holds(session, wallet.id)) == (
        balance(session, wallet.id).held
    )

"""Giving back what was spent, where the payment of its lot went away meanwhile."""

from functools import partial

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.database import write
from domain.ledger import acts, corrections
from domain.ledger.errors import NothingLeft
from tests.counting import watching
from tests.wallets import TestWallet


def test_a_capture_in_two_parts_of_one_lot_comes_back_whole(wallet: TestWallet) -> None:
    """Caught: another lot that paid for the purchase not looked for, as either part alone was
    still there."""
    wallet.bought(7, 1)
    number = wallet.hold(3).hold
    wallet.entry(acts.extend, number, credits=4, actor="customer:1")
    captured = wallet.entry(acts.capture, number, actor="customer:1")
    wallet.gift(2)
    wallet.entry(corrections.revoke, 2, purchase_id=1, may_owe=True, actor="admin:1")
    back = wallet.entry(acts.reverse, captured.seq, cause="provider", actor="admin:1")
    assert (back.credits, back.free, back.owed) == (7, 7, 0)


def test_what_is_left_comes_back_after_a_part(wallet: TestWallet) -> None:
    """Caught: a sum that PostgreSQL gives as a decimal, which cannot be hashed."""
    wallet.bought(7, 1)
    spent = wallet.spend(5)
    terms = {"cause": "provider", "actor": "admin:1"}
    assert wallet.entry(acts.reverse, spent.seq, credits=2, **terms).free == 4
    assert wallet.entry(acts.reverse, spent.seq, **terms).free == 7
    assert wallet.do(acts.reverse, spent.seq, **terms) == NothingLeft(0, 0)


def test_a_second_part_costs_no_more_than_the_first(
    wallet: TestWallet, engine: Engine, session: Session
) -> None:
    """Caught: all lots of the wallet loaded, as those that paid have fewer since the first part."""
    wallet.gift(1)
    wallet.spend(1)  # so that this lot is not among those that an act reads anyway
    wallet.bought(7, 1)
    spent = wallet.spend(5)
    terms = {"wallet_id": wallet.id, "seq": spent.seq, "credits": 2, "cause": "provider"}
    counts = []
    for _ in range(2):
        with watching(engine) as asked:
            write(session, partial(acts.reverse, **terms, actor="admin:1"))
        counts.append(len(asked.statements))
    assert counts[0] == counts[1]

"""Giving back what was spent, where the payment of its lot went away meanwhile."""

from domain.ledger import acts
from tests.wallets import TestWallet


def test_a_capture_in_two_parts_of_one_lot_comes_back_whole(wallet: TestWallet) -> None:
    """Caught: another lot that paid for the purchase not looked for, as either part alone was
    still there."""
    wallet.bought(7, 1)
    number = wallet.hold(3).hold
    wallet.entry(acts.extend, number, credits=4, actor="customer:1")
    captured = wallet.entry(acts.capture, number, actor="customer:1")
    wallet.gift(2)
    wallet.entry(acts.revoke, 2, purchase_id=1, may_owe=True, actor="admin:1")
    back = wallet.entry(acts.reverse, captured.seq, cause="provider", actor="admin:1")
    assert (back.credits, back.free, back.owed) == (7, 7, 0)

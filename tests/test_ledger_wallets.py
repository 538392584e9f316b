"""Opening, blocking and closing a wallet, and the mode that the first one fixes."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from domain.database import write
from domain.ledger import acts, corrections, wallets
from domain.ledger.book import Entry
from domain.ledger.errors import ModeDiffers, NotEmpty, WalletBlocked, WalletClosed, WalletNotFound
from domain.ledger.mode import kept_mode
from tests.wallets import TestWallet


def open_wallet(session: Session, customer_id: int, mode: Any = "test") -> int:  # noqa: ANN401
    return write(session, partial(wallets.open_wallet, customer_id=customer_id, mode=mode))


def status(wallet: TestWallet, change: Any, **terms: object) -> Any:  # noqa: ANN401
    return write(wallet.session, partial(change, wallet_id=wallet.id, **terms))


def test_a_customer_has_one_wallet(session: Session) -> None:
    first = open_wallet(session, 7)
    assert open_wallet(session, 7) == first
    assert open_wallet(session, 8) != first


def test_the_first_wallet_makes_the_database_a_test_or_a_live_one(session: Session) -> None:
    """Caught: keeping the mode of the newest wallet."""
    assert kept_mode(session) is None
    open_wallet(session, 1, "live")
    with pytest.raises(ModeDiffers):
        open_wallet(session, 2, "test")
    session.rollback()
    assert kept_mode(session) == "live"


def test_from_a_blocked_wallet_nothing_new_is_spent(wallet: TestWallet) -> None:
    """What was begun goes on, and what was paid for arrives."""
    wallet.bought(10, 1)
    held, other = wallet.hold(3).hold, wallet.hold(2).hold
    assert status(wallet, wallets.block_wallet, reason="stolen")
    assert not status(wallet, wallets.block_wallet, reason="again")
    assert wallet.spend(1) == WalletBlocked()
    assert wallet.hold(1) == WalletBlocked()
    more = partial(wallet.do, acts.extend, held, actor="customer:1")
    assert more(credits=1) == WalletBlocked()
    assert isinstance(more(lasts=timedelta(days=1)), Entry)
    assert wallet.do(acts.capture, held, actor="customer:1").free == 5
    assert wallet.do(acts.void, other, cause="customer", actor="customer:1").free == 7
    assert wallet.bought(1, 2).free == 8
    assert status(wallet, wallets.unblock_wallet)
    assert wallet.spend(1).free == 7


def test_only_an_empty_wallet_closes_and_for_good(wallet: TestWallet) -> None:
    """Caught: an error of the database when it is closed again."""
    wallet.gift(2)
    assert status(wallet, wallets.close_wallet) == NotEmpty()
    wallet.spend(2)
    assert status(wallet, wallets.close_wallet) is None
    assert status(wallet, wallets.close_wallet) is None
    assert not status(wallet, wallets.unblock_wallet)
    assert wallet.spend(1) == WalletClosed()
    assert wallet.do(corrections.adjust, 1, reason="late", actor="admin:1") == WalletClosed()
    assert wallet.do(acts.reverse, 2, cause="platform", actor="admin:1") == WalletClosed()


def test_a_wallet_that_is_not_there_is_said_to_be(wallet: TestWallet) -> None:
    with pytest.raises(WalletNotFound):
        TestWallet(wallet.session, wallet.id + 1).spend(1)

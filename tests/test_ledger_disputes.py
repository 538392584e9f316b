"""Disputes: credits are set aside, then lost or free again; each event counts once."""

from datetime import timedelta
from typing import Any

import pytest

from domain.ledger import corrections
from domain.ledger.errors import AlreadyDone, EntryNotFound, NothingLeft, UnfitTerms
from tests.clock import Clock
from tests.wallets import TestWallet, new_wallet

ADMIN = {"actor": "admin:1"}
OF_PURCHASE: dict[str, Any] = {"purchase_id": 1, **ADMIN}
LOST = OF_PURCHASE | {"may_owe": True}
SOURCED: dict[str, tuple[Any, int, dict[str, Any]]] = {
    "freeze": (corrections.freeze, 1, OF_PURCHASE),
    "revoke": (corrections.revoke, 1, LOST),
    "forgive": (corrections.forgive, 1, {"reason": "goodwill", **ADMIN}),
    "adjust up": (corrections.adjust, 1, {"reason": "mistake", **ADMIN}),
    "adjust down": (corrections.adjust, -1, {"reason": "mistake", **ADMIN}),
}


@pytest.mark.parametrize("name", SOURCED)
def test_an_event_counts_once(wallet: TestWallet, name: str) -> None:
    """Also long after its request key was forgotten. Caught: dispute event twice."""
    act, credits, terms = SOURCED[name]
    if name == "forgive":
        wallet.bought(2, 1)
        wallet.spend(2)
        wallet.entry(corrections.revoke, 2, **LOST)
    else:
        wallet.bought(5, 1)
    terms = terms | {"source": "dispute:7:lost"}
    done = wallet.entry(act, credits, **terms)
    assert wallet.do(act, credits, **terms) == AlreadyDone(done.seq)
    assert wallet.do(
        corrections.adjust, 2, reason="x", **ADMIN, source="dispute:7:lost"
    ) == AlreadyDone(done.seq)
    other = new_wallet(wallet.session)
    other.entry(corrections.adjust, 1, reason="x", **ADMIN, source="dispute:7:lost")
    with pytest.raises(UnfitTerms):
        wallet.do(act, credits, **terms | {"source": "a\0b"})


def test_a_lost_dispute_leaves_the_credits_of_another_frozen(wallet: TestWallet) -> None:
    """Caught: a revoke that names no freeze, after which the lost one freed the other's credits."""
    wallet.bought(10, 1)
    lost, other = (wallet.entry(corrections.freeze, credits, **OF_PURCHASE) for credits in (3, 4))
    done = wallet.entry(corrections.revoke, 3, **LOST, freeze=lost.seq)
    assert (done.free, done.frozen) == (3, 4)
    assert wallet.do(corrections.unfreeze, lost.seq, **ADMIN) == NothingLeft(3, 0)
    assert wallet.do(corrections.revoke, 3, **LOST, freeze=lost.seq) == NothingLeft(3, 0)
    assert wallet.entry(corrections.unfreeze, other.seq, **ADMIN).free == 7


def test_more_than_was_frozen_is_taken_from_what_is_no_other_dispute(wallet: TestWallet) -> None:
    """Caught: the other dispute's frozen credits taken before free ones."""
    wallet.bought(10, 1)
    lost, _ = (wallet.entry(corrections.freeze, credits, **OF_PURCHASE) for credits in (3, 4))
    terms = LOST | {"freeze": lost.seq}
    assert wallet.do(corrections.revoke, 7, **terms | {"may_owe": False}) == NothingLeft(7, 6)
    done = wallet.entry(corrections.revoke, 7, **terms)
    assert (done.credits, done.free, done.frozen) == (6, 0, 4)


def test_what_a_lost_dispute_does_not_take_is_free_again(wallet: TestWallet, clock: Clock) -> None:
    """For longer, by the time it was frozen. Caught: it stays frozen for good; as much freed as the
    entry froze, of which another dispute's credits are a part."""
    wallet.bought(9, 1, expires_at=clock.now + timedelta(days=1))
    frozen, _ = (wallet.entry(corrections.freeze, credits, **OF_PURCHASE) for credits in (5, 4))
    clock.go_on(days=2)
    done = wallet.entry(corrections.revoke, 2, **LOST, freeze=frozen.seq)
    assert (done.credits, done.free, done.frozen) == (2, 3, 4)
    clock.go_on(hours=23)
    assert wallet.spend(3).free == 0


def test_a_freeze_is_ended_by_its_own_purchase(wallet: TestWallet) -> None:
    wallet.bought(5, 1)
    wallet.bought(5, 2)
    frozen = wallet.entry(corrections.freeze, 5, purchase_id=2, **ADMIN)
    for seq in (frozen.seq, 1, 99, 2**70):
        with pytest.raises(EntryNotFound):
            wallet.do(corrections.revoke, 5, **LOST, freeze=seq)

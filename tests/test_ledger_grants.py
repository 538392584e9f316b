"""What gives credits, and what does not."""

from datetime import timedelta

from domain.ledger import acts, corrections
from domain.ledger.errors import AlreadyGranted, EndsTooSoon
from tests.clock import Clock
from tests.wallets import TestWallet, new_wallet


def test_a_source_gives_once_to_a_wallet(wallet: TestWallet) -> None:
    """Caught: no look for the source before the grant."""
    gift = {"kind": "gift", "source": "gift:summer", "actor": "admin:1"}
    assert wallet.do(acts.grant, 5, **gift).free == 5
    assert wallet.do(acts.grant, 5, **gift) == AlreadyGranted(1)
    assert wallet.do(acts.grant, 7, **gift | {"kind": "campaign"}) == AlreadyGranted(1)
    assert new_wallet(wallet.session).do(acts.grant, 5, **gift).free == 5


def test_credits_end_in_the_future(wallet: TestWallet, clock: Clock) -> None:
    """Caught: an end now."""
    for end in (clock.now, clock.now - timedelta(days=1)):
        terms = {"kind": "gift", "source": "gift:summer", "actor": "admin:1", "expires_at": end}
        assert wallet.do(acts.grant, 5, **terms) == EndsTooSoon(end)
        change = {"reason": "mistake", "actor": "admin:1", "expires_at": end}
        assert wallet.do(corrections.adjust, 5, **change) == EndsTooSoon(end)
    assert wallet.gift(5, clock.now + timedelta(milliseconds=1)).free == 5


def test_no_source_is_in_the_way_of_what_the_ledger_makes_itself(
    wallet: TestWallet, clock: Clock
) -> None:
    """Caught: sources of its own making, "lot:1:4" and "adjust:4", for lots that are carried and
    corrections: nothing could happen to the wallet any more."""
    wallet.gift(5, clock.now + timedelta(hours=1))
    wallet.hold(5, lasts=timedelta(hours=2))
    for source in ("lot:1:4", "adjust:5"):
        terms = {"kind": "gift", "source": source, "actor": "admin:1"}
        wallet.entry(acts.grant, 1, **terms)
    wallet.entry(corrections.adjust, 2, reason="mistake", actor="admin:1")
    clock.go_on(hours=3)
    assert wallet.spend(9).free == 0

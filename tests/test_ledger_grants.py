"""What gives credits, and what does not."""

from datetime import timedelta

from domain.ledger import acts
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
        assert wallet.do(acts.adjust, 5, **change) == EndsTooSoon(end)
    assert wallet.gift(5, clock.now + timedelta(milliseconds=1)).free == 5

"""What each act does to a wallet, as a customer would tell it."""

from datetime import timedelta

from domain.ledger import acts
from domain.ledger.book import Entry
from domain.ledger.errors import HoldClosed, NotEnough, PurposeSpent
from tests.clock import Clock
from tests.wallets import TestWallet


def lots(entry: Entry) -> list[tuple[int, int]]:
    """Which lot each posting took from, and how many credits."""
    return [(posting.lot, posting.credits) for posting in entry.postings]


def test_the_soonest_end_pays_first_then_gifts_then_the_oldest(
    wallet: TestWallet, clock: Clock
) -> None:
    """Caught: bought before gifts; no end sorted first."""
    wallet.bought(10, 1)
    wallet.gift(10)
    wallet.gift(10, clock.now + timedelta(days=9))
    wallet.bought(10, 2)
    wallet.gift(10, clock.now + timedelta(days=3))
    spent = wallet.spend(42)
    assert lots(spent) == [(5, 10), (3, 10), (2, 10), (1, 10), (4, 2)]
    assert spent.free == 8


def test_a_lot_is_good_until_its_end_and_not_a_moment_longer(
    wallet: TestWallet, clock: Clock
) -> None:
    """Caught: no settling first, and `<` for `<=` where a lot ends."""
    end = clock.now + timedelta(days=1)
    wallet.gift(10, end)
    clock.set(end - timedelta(milliseconds=1))
    assert wallet.spend(4).free == 6
    clock.set(end)
    assert wallet.spend(4) == NotEnough(needed=4, free=0, held=0)


def test_what_is_paid_for_is_paid_once(wallet: TestWallet) -> None:
    wallet.bought(10, 1)
    purpose = wallet.purpose()
    assert wallet.spend(4, purpose).seq == 2
    assert wallet.spend(4, purpose) == PurposeSpent(2)
    assert wallet.hold(4, purpose) == PurposeSpent(2)


def test_a_capture_pays_as_a_spend_would_and_gives_the_rest_back(wallet: TestWallet) -> None:
    """Caught: slices captured in the order they are given back."""
    wallet.gift(3)
    wallet.bought(10, 1)
    number = wallet.hold(8).hold
    done = wallet.do(acts.capture, number, credits=5, actor="customer:1")
    spent = [(one.lot, one.credits) for one in done.postings if one.to_bucket == "spent"]
    assert spent == [(1, 3), (2, 2)]
    assert (done.free, done.held) == (8, 0)
    assert wallet.do(acts.capture, number, actor="customer:1") == HoldClosed(number, done.seq)


def test_a_capture_of_something_measured_takes_what_was_reported(wallet: TestWallet) -> None:
    """Caught: all that is held taken, where no units were named."""
    wallet.bought(20, 1)
    number = wallet.hold(10, credits_per_unit=2, on_time_out="capture_used").hold
    wallet.do(acts.extend, number, used=3, actor="platform:1")
    assert wallet.do(acts.capture, number, actor="platform:1").free == 14

"""What cannot be meant is refused with a clear answer, and changes nothing."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from domain.database import write
from domain.ledger import acts
from domain.ledger.errors import ClockSetBack, UnfitCredits, UnfitTerms
from domain.ledger.models import wallet as wallet_table
from domain.ledger.rules import MOST_CREDITS
from tests.clock import Clock
from tests.wallets import TestWallet

UNFIT: list[Any] = [0, -1, 1.5, 3.0, 2**63, MOST_CREDITS + 1, True, False, "3", "", None]
ACTS: dict[str, Any] = {
    "grant": lambda w, n: w.gift(n),
    "spend": lambda w, n: w.spend(n),
    "hold": lambda w, n: w.hold(n),
    "price": lambda w, n: w.hold(1, credits_per_unit=n, on_time_out="capture_used"),
    "adjust": lambda w, n: w.do(acts.adjust, n, reason="mistake", actor="admin:1"),
    "extend": lambda w, n: w.do(acts.extend, 1, credits=n, actor="customer:1"),
    "capture": lambda w, n: w.do(acts.capture, 1, credits=n, actor="customer:1"),
    "reverse": lambda w, n: w.do(acts.reverse, 3, credits=n, cause="customer", actor="admin:1"),
    "forgive": lambda w, n: w.do(acts.forgive, n, reason="goodwill", actor="admin:1"),
    "freeze": lambda w, n: w.do(acts.freeze, n, purchase_id=1, actor="admin:1"),
    "revoke": lambda w, n: w.do(acts.revoke, n, purchase_id=1, may_owe=True, actor="admin:1"),
    "units": lambda w, n: w.do(acts.extend, 2, units=n, actor="customer:1"),
    "used": lambda w, n: w.do(acts.extend, 2, used=n, actor="customer:1"),
    "captured units": lambda w, n: w.do(acts.capture, 2, used=n, actor="customer:1"),
}
# What these have no need of: it may be left out, a total may be zero, a correction goes both ways.
FIT = {
    ("adjust", -1),
    *((act, None) for act in ("price", "extend", "capture", "reverse")),
    *((act, fit) for act in ("units", "used", "captured units") for fit in (0, None)),
}
CASES = [(act, n) for act in ACTS for n in UNFIT if type(n) is bool or (act, n) not in FIT]


@pytest.fixture
def used_wallet(wallet: TestWallet) -> TestWallet:
    """Its hold 1 is plain, its hold 2 is metered, its entry 3 spent something."""
    wallet.bought(50, 1)
    wallet.hold(10)
    wallet.spend(5)
    wallet.hold(10, credits_per_unit=2, on_time_out="capture_used")
    return wallet


def test_only_whole_numbers_of_credits_and_units_are_taken(used_wallet: TestWallet) -> None:
    """Caught: no check of units, of `True` in a correction, of `False` in an extension,
    which SQLite keeps as 1 and 0: then the hash of the entry never fits again."""
    before = row_of(used_wallet)
    for act, number in CASES:
        with pytest.raises((UnfitCredits, UnfitTerms)):
            print(act, number, ACTS[act](used_wallet, number))  # noqa: T201 - names what failed
        assert row_of(used_wallet) == before, (act, number)


@pytest.mark.parametrize("lasts", [timedelta(0), timedelta(days=-1), timedelta.max])
def test_a_hold_lasts_for_a_time_that_can_be_meant(
    used_wallet: TestWallet, lasts: timedelta
) -> None:
    """Caught: no limit, so that the end lies beyond the calendar."""
    before = row_of(used_wallet)
    with pytest.raises(UnfitTerms):
        used_wallet.hold(1, lasts=lasts)
    with pytest.raises(UnfitTerms):
        used_wallet.do(acts.extend, 1, lasts=lasts, actor="customer:1")
    assert row_of(used_wallet) == before


def row_of(wallet: TestWallet) -> tuple[Any, ...]:
    def read(session: Any) -> tuple[Any, ...]:  # noqa: ANN401
        return tuple(session.execute(select(wallet_table).filter_by(id=wallet.id)).one())

    return write(wallet.session, read)


def test_a_clock_that_was_set_back_stops_all_acts_until_it_is_right(
    used_wallet: TestWallet, clock: Clock
) -> None:
    """Within a minute, an act counts as at the newest entry. Caught: no limit, so that a clock set
    back by a year makes credits last a year longer; the clock's time in an entry, which the
    database refuses."""
    right = clock.now
    clock.go_on(seconds=-60)
    assert used_wallet.spend(1).at == right
    clock.go_on(seconds=-1)
    before = row_of(used_wallet)
    for act in (
        partial(used_wallet.spend, 1),
        partial(used_wallet.gift, 1),
        partial(used_wallet.do, acts.void, 1, cause="customer", actor="customer:1"),
        partial(used_wallet.do, acts.settle),
    ):
        with pytest.raises(ClockSetBack, match="61 seconds behind"):
            act()
    assert row_of(used_wallet) == before
    clock.set(right)
    assert used_wallet.spend(1).at == right

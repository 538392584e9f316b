"""What cannot be meant is refused with a clear answer, and changes nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from domain.database import write
from domain.ledger import acts, corrections
from domain.ledger.book import lock_and_settle
from domain.ledger.errors import (
    ClockSetBack,
    EntryNotFound,
    HoldNotFound,
    UnfitCredits,
    UnfitTerms,
)
from domain.ledger.models import wallet as wallet_table
from domain.ledger.rows import entry_rows
from domain.ledger.rules import LONGEST_LIFE, MOST_CREDITS, Purpose
from domain.ledger.wallet import Plan
from tests.clock import Clock
from tests.wallets import TestWallet

UNFIT: list[Any] = [0, -1, 1.5, 3.0, 2**63, MOST_CREDITS + 1, True, False, "3", "", None]
ACTS: dict[str, Any] = {
    "grant": lambda w, n: w.gift(n),
    "spend": lambda w, n: w.spend(n),
    "hold": lambda w, n: w.hold(n),
    "price": lambda w, n: w.hold(1, credits_per_unit=n, on_time_out="capture_used"),
    "adjust": lambda w, n: w.do(corrections.adjust, n, reason="mistake", actor="admin:1"),
    "extend": lambda w, n: w.do(acts.extend, 1, credits=n, actor="customer:1"),
    "capture": lambda w, n: w.do(acts.capture, 1, credits=n, actor="customer:1"),
    "reverse": lambda w, n: w.do(acts.reverse, 3, credits=n, cause="customer", actor="admin:1"),
    "forgive": lambda w, n: w.do(corrections.forgive, n, reason="goodwill", actor="admin:1"),
    "freeze": lambda w, n: w.do(corrections.freeze, n, purchase_id=1, actor="admin:1"),
    "revoke": lambda w, n: w.do(
        corrections.revoke, n, purchase_id=1, may_owe=True, actor="admin:1"
    ),
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


HOUR: dict[str, Any] = {"lasts": timedelta(hours=1), "actor": "x"}
GIFT: dict[str, Any] = {"credits": 1, "kind": "gift", "source": "gift:1", "actor": "admin:1"}
BOUGHT = GIFT | {"kind": "bought", "purchase_id": 91, "paid_minor": 100, "currency": "EUR"}
LONG = "x" * 81
# Each of these would be kept in another way than it was hashed, or by one database alone.
UNFIT_TERMS: list[tuple[Any, dict[str, Any]]] = [
    *((acts.grant, BOUGHT | {"purchase_id": value}) for value in ("91", 91.0, True, 0, -1, 2**63)),
    *((acts.grant, BOUGHT | {"paid_minor": value}) for value in (True, 1.5, -1, "1", 2**63, None)),
    *(
        (acts.grant, BOUGHT | {"currency": value})
        for value in ("eur", "EURO", "", "€€€", 978, None)
    ),
    *((acts.grant, GIFT | {"kind": value}) for value in ("present", "correction", "", None)),
    *((acts.grant, GIFT | {"source": value}) for value in ("", LONG, "a\0b", "a\nb", 7, None)),
    *((acts.grant, GIFT | {"actor": value}) for value in ("", LONG, "a\0b", "\ud800", 7, None)),
    *((acts.grant, GIFT | {"reason": value}) for value in ("", LONG, "a\0b", 7)),
    *(
        (acts.grant, GIFT | {"expires_at": value})
        for value in (datetime.max, datetime.max.replace(tzinfo=UTC), datetime(2027, 1, 1), 7, "")
    ),
    (corrections.adjust, {"change": 1, "reason": None, "actor": "admin:1"}),
    (corrections.adjust, {"change": 1, "reason": "x", "actor": "x", "expires_at": datetime.max}),
    *(
        (act, {"credits": 1, "purchase_id": value, "actor": "x", **terms})
        for act, terms in ((corrections.freeze, {}), (corrections.revoke, {"may_owe": True}))
        for value in ("1", True, 2**70)
    ),
    *(
        (acts.void, {"number": 1, "cause": cause, "actor": "x"})
        for cause in ("time_out", "nobody", None)
    ),
    *((acts.reverse, {"seq": 3, "cause": cause, "actor": "x"}) for cause in ("time_out", "")),
    (acts.hold, {"credits": 1, "purpose": Purpose("call", "a\0b"), **HOUR}),
    (acts.hold, {"credits": 1, "purpose": Purpose("call", 7), **HOUR}),  # type: ignore[arg-type]
    (acts.hold, {"credits": 1, "purpose": Purpose("call", "c"), "on_time_out": "", **HOUR}),
]


def test_only_terms_that_can_be_kept_as_they_are_given_are_taken(used_wallet: TestWallet) -> None:
    """Caught: no check of a purchase's number, which SQLite keeps as 91 when it comes as "91": then
    the hash of the entry never fits again; NUL, which PostgreSQL keeps nowhere."""
    before = row_of(used_wallet)
    for act, terms in UNFIT_TERMS:
        with pytest.raises(UnfitTerms):
            print(act.__name__, terms, used_wallet.do(act, **terms))  # noqa: T201 - names what failed
        assert row_of(used_wallet) == before, terms


def test_what_is_not_there_is_not_found_whatever_its_number(used_wallet: TestWallet) -> None:
    """Caught: numbers that no column has, which PostgreSQL refuses with an error of its own; `2.0`,
    which finds entry 2 and is hashed as something else."""
    for number in (0, -1, 1.0, "1", True, 9, 2**31, 2**70, None):
        with pytest.raises(HoldNotFound):
            used_wallet.do(acts.void, number, cause="customer", actor="x")
    for seq in (0, -1, 3.0, "3", True, 99, 2**63, 2**70, None):
        with pytest.raises(EntryNotFound):
            used_wallet.do(acts.reverse, seq, cause="customer", actor="x")
        with pytest.raises(EntryNotFound):
            used_wallet.do(corrections.unfreeze, seq, actor="x")


def test_nothing_is_hashed_that_a_database_would_keep_as_something_else(
    wallet: TestWallet,
) -> None:
    """Whatever else fails to check it."""
    found = write(wallet.session, partial(lock_and_settle, wallet_id=wallet.id))
    for value in (1.5, True, Decimal(1), b"x", timedelta(1)):
        plan = Plan("adjust", found, found.at, value)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            entry_rows(found, plan, "admin:1", None)


def test_credits_may_last_for_a_hundred_years_and_a_dispute(
    wallet: TestWallet, clock: Clock
) -> None:
    """Caught: an end that lies beyond the calendar once its credits are free again."""
    wallet.bought(5, 1, expires_at=clock.now + LONGEST_LIFE)
    frozen = wallet.entry(corrections.freeze, 5, purchase_id=1, actor="admin:1")
    clock.go_on(days=3650)
    assert wallet.entry(corrections.unfreeze, frozen.seq, actor="admin:1").free == 5


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

"""What time does to a wallet: holds time out and lots end. Pure."""

from collections.abc import Iterator
from datetime import datetime

from domain.ledger.holds import plan_time_out
from domain.ledger.wallet import Plan, Wallet


def plan_due(wallet: Wallet, until: datetime) -> Iterator[Plan]:
    """An entry for each hold and lot that ends by then, the earliest first, at its own time.

    Nothing can happen between two of them, so it does not matter when this runs.
    """
    while due := min(due_items(wallet, until), default=None):
        at, is_lot, number = due
        yield plan_expiry(wallet, number, at) if is_lot else plan_time_out(wallet, number, at)


def due_items(wallet: Wallet, until: datetime) -> Iterator[tuple[datetime, bool, int]]:
    """When, whether it is a lot, its number. Of two at the same time, the hold comes first."""
    for hold in wallet.holds.values():
        if hold.open and hold.expires_at <= until:
            yield hold.expires_at, False, hold.number
    for lot in wallet.lots.values():
        if lot.free and lot.expires_at is not None and lot.expires_at <= until:
            yield lot.expires_at, True, lot.number


def plan_expiry(wallet: Wallet, number: int, at: datetime) -> Plan:
    lot = wallet.lots[number]
    plan = Plan("expire", wallet, at, lot.free)
    plan.post(lot, "free", "expired", lot.free)
    return plan

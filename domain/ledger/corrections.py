"""What takes credits back, sets them aside or corrects them: acts as those in acts.py."""

from datetime import datetime

from domain.database import AnySession
from domain.ledger.book import Outcome, conclude, lock_and_settle
from domain.ledger.lookups import (
    FROZEN_FROM,
    load_freeze,
    load_purchase,
    load_taken,
    refuse_done,
)
from domain.ledger.plans import (
    plan_forgive,
    plan_freeze,
    plan_grant,
    plan_revoke,
    plan_take,
    plan_unfreeze,
)
from domain.ledger.terms import (
    check_end,
    check_purchase,
    check_reason,
    whole_change,
    whole_credits,
)
from domain.ledger.wallet import NewLot


def revoke(
    session: AnySession,
    wallet_id: int,
    credits: int,
    *,
    purchase_id: int,
    may_owe: bool,
    actor: str,
    reason: str | None = None,
    freeze: int | None = None,
    source: str | None = None,
    note_digest: str | None = None,
) -> Outcome:
    """Takes away credits of a purchase whose money goes back: frozen, free, then spent ones.

    Spent ones are owed from then on, and other free credits pay at once; without `may_owe` they are
    refused. Held ones stay for their hold: the entry says how many credits were taken.

    `freeze` names the entry that set credits aside for a dispute that was lost. It ends: of frozen
    credits only those of it are taken, and the rest of them is free again. Refused if it has ended;
    and a known `source` ("dispute:7:lost"), here and wherever an act has one.
    """
    whole_credits(credits)
    check_purchase(purchase_id)
    wallet = lock_and_settle(session, wallet_id)
    lots = load_purchase(session, wallet, purchase_id)
    frozen = load_freeze(session, wallet, freeze, lots)
    plan = refuse_done(session, wallet_id, source) or plan_revoke(
        wallet, lots, credits, frozen, may_owe=may_owe
    )
    return conclude(session, wallet, plan, actor, reason, source, note_digest)


def freeze(
    session: AnySession,
    wallet_id: int,
    credits: int,
    *,
    purchase_id: int,
    actor: str,
    source: str | None = None,
) -> Outcome:
    """Sets free credits of a disputed purchase aside, as many as there are."""
    whole_credits(credits)
    check_purchase(purchase_id)
    wallet = lock_and_settle(session, wallet_id)
    lots = load_purchase(session, wallet, purchase_id)
    plan = refuse_done(session, wallet_id, source) or plan_freeze(wallet, lots, credits)
    return conclude(session, wallet, plan, actor, source=source)


def unfreeze(session: AnySession, wallet_id: int, seq: int, *, actor: str) -> Outcome:
    """Frees what entry `seq` froze. A lot that ends lives longer by the time it was frozen.

    Refused: freed or lost before.
    """
    wallet = lock_and_settle(session, wallet_id)
    taken = load_taken(session, wallet, seq, FROZEN_FROM)
    return conclude(session, wallet, plan_unfreeze(wallet, taken), actor)


def adjust(
    session: AnySession,
    wallet_id: int,
    change: int,
    *,
    reason: str,
    actor: str,
    expires_at: datetime | None = None,
    source: str | None = None,
    note_digest: str | None = None,
) -> Outcome:
    """Corrects a balance: a lot of its own upwards, free credits downwards, never below zero."""
    whole_change(change)
    check_reason(reason)
    wallet = lock_and_settle(session, wallet_id)
    check_end(expires_at, wallet.at)
    new = NewLot(wallet.last_lot + 1, "correction", change, None, expires_at)
    plan = refuse_done(session, wallet_id, source) or (
        plan_grant(wallet, new, "adjust") if change > 0 else plan_take(wallet, -change)
    )
    return conclude(session, wallet, plan, actor, reason, source, note_digest)


def forgive(
    session: AnySession,
    wallet_id: int,
    credits: int,
    *,
    reason: str,
    actor: str,
    source: str | None = None,
    note_digest: str | None = None,
) -> Outcome:
    """Lets owed credits go. Refused: more than are owed."""
    whole_credits(credits)
    check_reason(reason)
    wallet = lock_and_settle(session, wallet_id)
    plan = refuse_done(session, wallet_id, source) or plan_forgive(wallet, credits)
    return conclude(session, wallet, plan, actor, reason, source, note_digest)

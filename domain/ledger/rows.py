"""The rows that are written of an entry, its postings, and what comes with them. Pure."""

from datetime import datetime
from typing import Any

from domain.ledger.chain import FORMAT, entry_hash
from domain.ledger.wallet import Hold, Plan, Wallet

Rows = list[dict[str, Any]]


def entry_rows(found: Wallet, plan: Plan, actor: str, reason: str | None) -> tuple[Rows, ...]:
    """Rows of the lots and the hold that come with the next entry, of its postings, and of the
    entry, which closes them; in the order in which they are written."""
    found.seq += 1
    key = {"wallet_id": found.id, "seq": found.seq}
    lots = [key | new._asdict() | {"outside": new.granted} for new in plan.new_lots]
    holds = [key | _hold_row(plan.hold)] if plan.hold and plan.kind == "hold" else []
    postings = [
        key
        | {"line": line, "lot_number": one.lot, "hold_number": one.hold, "credits": one.credits}
        | {"from_bucket": one.from_bucket, "to_bucket": one.to_bucket}
        for line, one in enumerate(plan.postings, start=1)
    ]
    row = key | _entry_row(found, plan, actor, reason)
    for one in (*lots, *holds, *postings, row):
        check_kept(one)
    row["hash"] = found.head_hash = entry_hash(row, postings, lots, holds)
    return lots, holds, postings, [row]


def check_kept(row: dict[str, Any]) -> None:
    """Databases keep these values as they are; others may come back as something else, and then
    their hash would never fit again."""
    for column, value in row.items():
        if isinstance(value, bool) or not isinstance(value, int | str | datetime | None):
            raise TypeError(column, value)


def _hold_row(hold: Hold) -> dict[str, Any]:
    return {
        "number": hold.number,
        "purpose_kind": hold.purpose.kind,
        "purpose_id": hold.purpose.id,
        "expires_at": hold.expires_at,
        "on_time_out": hold.on_time_out,
        "credits_per_unit": hold.credits_per_unit,
    }


def _entry_row(found: Wallet, plan: Plan, actor: str, reason: str | None) -> dict[str, Any]:
    kind, id = plan.purpose or (None, None)
    return {
        "kind": plan.kind,
        "at": plan.at,
        "actor": actor,
        "credits": plan.credits,
        "purpose_kind": kind,
        "purpose_id": id,
        "reason": reason,
        "source": plan.source,
        "note_digest": plan.note_digest,
        "reverses": plan.reverses,
        "cause": plan.cause,
        "hold_number": plan.hold and plan.hold.number,
        "hold_expires_at": plan.hold and plan.hold.expires_at,
        "hold_used": plan.hold and plan.hold.used,
        "free": found.free,
        "held": found.held,
        "frozen": found.frozen,
        "owed": found.owed,
        "hash_format": FORMAT,
        "prev_hash": found.head_hash,
    }

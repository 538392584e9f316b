"""The hash that chains a wallet's entries: each covers all of its entry and the hash before. Pure.

Whoever edits, deletes, inserts or reorders an old row changes every hash from there on.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

FORMAT = 2
# What each format covers, by column. A later column comes with a new format, and old entries keep
# theirs. Left out: `recorded_at`, which depends on when something due was settled.
FIRST_COLUMNS = (
    *("wallet_id", "seq", "kind", "at", "actor", "credits", "purpose_kind", "purpose_id"),
    *("reason", "source", "reverses", "cause", "hold_number", "hold_expires_at", "hold_used"),
    *("free", "held", "frozen", "owed", "prev_hash"),
)
ENTRY_COLUMNS = {1: FIRST_COLUMNS, 2: (*FIRST_COLUMNS, "note_digest")}
POSTING_COLUMNS = ("line", "lot_number", "from_bucket", "to_bucket", "credits", "hold_number")
LOT_COLUMNS = (
    *("number", "kind", "granted", "source", "expires_at", "purchase_id", "paid_minor"),
    *("currency", "parent"),
)
HOLD_COLUMNS = ("number", "purpose_kind", "purpose_id", "on_time_out", "credits_per_unit")

Row = Mapping[str, Any]


def first_hash(customer_id: int, opened_at: datetime) -> str:
    """What a wallet's chain begins with: whose it is, and since when."""
    return _sha256([customer_id, opened_at])


def entry_hash(
    entry: Row, postings: Iterable[Row], lots: Iterable[Row], holds: Iterable[Row]
) -> str:
    """SHA-256, in hex, of an entry with its postings, and the lots and holds that came with it.

    What is hashed is one JSON list in UTF-8: the format, the entry's columns in their order, then a
    list of the columns of each posting, lot and hold; times are ISO 8601 in UTC with microseconds.
    """
    format = entry["hash_format"]
    covered = [
        format,
        _values(entry, ENTRY_COLUMNS[format]),
        [_values(posting, POSTING_COLUMNS) for posting in postings],
        [_values(lot, LOT_COLUMNS) for lot in lots],
        [_values(hold, HOLD_COLUMNS) for hold in holds],
    ]
    return _sha256(covered)


def note_digest(salt: str, text: str) -> str:
    """What an entry keeps of a note about it: its hash covers this, and the text is kept elsewhere,
    where it can be erased. Nobody can tell the text from it without the salt, which is random and
    erased with the text."""
    return _sha256([salt, text])


def fits(digest: str | None, salt: str, text: str) -> bool:
    """Whether this is the note that the entry came with."""
    return digest == note_digest(salt, text)


def _sha256(covered: list[Any]) -> str:
    written = json.dumps(covered, separators=(",", ":"), default=_iso)
    return sha256(written.encode()).hexdigest()


def _values(row: Row, columns: Sequence[str]) -> list[Any]:
    return [row[column] for column in columns]


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")

"""SQL by which somebody could try to write to the ledger past its acts."""

from sqlalchemy import Table

from domain.ledger.models import entry, hold, ledger_mode, lot, posting, request_key, wallet
from domain.ledger.rules import MOST_CREDITS, Purpose

HASH = "f" * 64
# As an expression: any value, or something about the wallet.
Value = str | int | float


def insert(table: str, values: dict[str, Value], verb: str = "INSERT") -> str:
    """From the row of wallet 1."""
    columns, selected = ", ".join(values), ", ".join(str(value) for value in values.values())
    return f"{verb} INTO {table} ({columns}) SELECT {selected} FROM wallet WHERE id = 1"


def post(
    pair: str = "free>spent",
    lot: int = 1,
    credits: Value = 1,
    *,
    hold: Value = "NULL",
    line: int = 1,
    seq: Value = "seq + 1",
    verb: str = "INSERT",
) -> str:
    """The next posting."""
    from_bucket, to_bucket = pair.split(">")
    values: dict[str, Value] = {
        **{"wallet_id": "id", "seq": seq, "line": line, "lot_number": lot, "credits": credits},
        **{"from_bucket": f"'{from_bucket}'", "to_bucket": f"'{to_bucket}'", "hold_number": hold},
    }
    return insert("posting", values, verb)


def enter(**columns: Value) -> str:
    """The entry that closes the postings, with the balances that the wallet has by then."""
    values: dict[str, Value] = {
        **{"wallet_id": "id", "seq": "seq + 1", "kind": "'adjust'", "at": "at"},
        **{"recorded_at": "at", "actor": "'x'", "credits": 1, "hash_format": 1},
        **{"free": "free", "held": "held", "frozen": "frozen", "owed": "owed"},
        **{"prev_hash": "head_hash", "hash": f"'{HASH}'"},
    }
    return insert("entry", values | columns)


def add_lot(credits: int = 5, source: str = "'forged'", **columns: Value) -> str:
    """Lot 9, for the next entry."""
    values: dict[str, Value] = {
        **{"wallet_id": "id", "number": 9, "seq": "seq + 1", "kind": "'gift'"},
        **{"granted": credits, "outside": credits, "source": source},
    }
    return insert("lot", values | columns)


def add_hold(purpose: Purpose, **columns: Value) -> str:
    """Hold 9, for the next entry."""
    values: dict[str, Value] = {
        **{"wallet_id": "id", "number": 9, "seq": "seq + 1", "on_time_out": "'give_back'"},
        **{"purpose_kind": f"'{purpose.kind}'", "purpose_id": f"'{purpose.id}'"},
        "expires_at": "at",
    }
    return insert("hold", values | columns)


def of_hold(number: int) -> dict[str, Value]:
    """What an entry says about a hold that it leaves as it is."""
    its = f"FROM hold WHERE wallet_id = wallet.id AND number = {number}"
    return {
        "hold_number": number,
        "hold_expires_at": f"(SELECT expires_at {its})",
        "hold_used": f"(SELECT used {its})",
    }


TABLES: list[Table] = [ledger_mode, wallet, lot, hold, entry, posting, request_key]
SPENT_FOR, HELD_FOR = Purpose("call", "spent-for"), Purpose("call", "held-for")
SPEND_BY_HAND = "UPDATE lot SET free = free - 1, spent = spent + 1, posted_line = posted_line + 1"
KEY = "INTO request_key (wallet_id, owner, key, fingerprint, status, body, created_at) SELECT"
# What refuses it, and the statements.
ATTACKS: dict[str, tuple[str, ...]] = {
    "a balance": ("wallet follows", "UPDATE wallet SET free = free + 1"),
    "a line": ("wallet follows", "UPDATE wallet SET free = free + 1, line = line + 1"),
    "what is due": ("wallet follows", "UPDATE wallet SET next_due = NULL"),
    "counters": ("lot follows", f"{SPEND_BY_HAND} WHERE wallet_id = 1 AND number = 1"),
    "a posting twice": ("lot follows", post(), f"{SPEND_BY_HAND} WHERE wallet_id = 1", enter()),
    "a posting twice in a wallet": (
        "wallet follows",
        post(),
        "UPDATE wallet SET free = free - 1, line = line + 1 WHERE id = 1",
    ),
    "a posting alone": ("(?i)foreign key", post()),
    "a lot alone": ("(?i)foreign key", add_lot()),
    "a hold alone": ("(?i)foreign key", add_hold(SPENT_FOR)),
    "a posting of an old entry": ("lot follows", post(seq="seq", line=9)),
    "a posting of a later entry": ("lot follows", post(seq="seq + 2")),
    "a posting in a line that is taken": ("never replaced|duplicate key", post(), post()),
    "a posting out of line": ("lot follows", post(line=2)),
    "a posting of another lot": ("wallet follows|foreign key", post(lot=7)),
    "somebody else's lot": ("wallet follows|foreign key", post(lot=4)),
    "a pair": ("allowed", post("spent>held", hold=2)),
    "spent from outside": ("allowed", post("outside>spent")),
    "held for nothing": ("held_names_hold", post("free>held")),
    "held for what is not there": ("(?i)foreign key", post("free>held", hold=7)),
    "no credits": ("posting_credits", post(credits=0)),
    "negative credits": ("posting_credits", post(credits=-1)),
    "2^63 credits": ("whole|out of range", post(credits=2**63)),
    "a text for credits": ("whole|invalid input", post(credits="'x'")),
    "NULL credits": ("(?i)not.null", post(credits="NULL")),
    "more than is free": ("lot_free", post(credits=7)),
    "more than was spent": ("lot_spent", post("spent>free", credits=7)),
    "an enormous lot": ("granted", add_lot(MOST_CREDITS + 1)),
    "a lot that starts free": ("starts outside", add_lot(free=5, outside=0)),
    "a lot of an old entry": ("starts outside", add_lot(seq="seq")),
    "a source twice": ("never replaced|uq_lot_source", add_lot(source="'purchase:1'")),
    "an event twice": (
        "never replaced|uq_entry_source",
        enter(source="'dispute:7'"),
        enter(source="'dispute:7'"),
    ),
    "a gift from nowhere": ("source_of_caller", add_lot(source="NULL")),
    "a correction with a source": ("source_of_caller", add_lot(kind="'correction'")),
    "an ended lot": (
        "lot that has ended",
        post(lot=2),
        enter(at="(SELECT expires_at FROM lot WHERE number = 2 AND wallet_id = 1)"),
    ),
    "a lot given in part": (
        "gives each lot whole",
        add_lot(),
        post("outside>free", lot=9, credits=4),
        enter(),
    ),
    "credits carried nowhere": ("carries credits on", post("free>carried"), enter()),
    "credits carried into a larger lot": (
        "carries credits on",
        add_lot(2, "NULL", parent=1),
        post("free>carried"),
        post("outside>free", lot=9, credits=2, line=2),
        enter(),
    ),
    "credits carried from another lot": (
        "carries credits on",
        add_lot(1, "NULL", parent=3),
        post("free>carried"),
        post("outside>free", lot=9, line=2),
        enter(),
    ),
    "other balances": ("entry follows", post(), enter(free="free + 1")),
    "a note for its digest": ("note_digest", enter(note_digest="'Sorry, Ayşe.'")),
    "an entry out of turn": ("entry follows", enter(seq="seq + 2")),
    "an old entry": ("never replaced|entry (follows|names)", enter(seq="seq")),
    "an earlier entry": ("entry follows", enter(at="opened_at")),
    "a future entry": ("entry follows", enter(at="'2099-01-01 00:00:00.000000'")),
    "another hash before": ("entry follows", enter(prev_hash=f"'{HASH}'")),
    "an entry of a hold that is not there": (
        "names the hold",
        enter(hold_number=7, hold_expires_at="at", hold_used=0),
    ),
    "another hold": (
        "names the hold",
        post("held>spent", lot=2, hold=2, credits=2),
        enter(),
    ),
    "into a closed hold": ("hold follows", post("free>held", hold=1)),
    "a second hold": ("never replaced|uq_hold_open", add_hold(HELD_FOR)),
    "a hold that starts full": ("starts empty", add_hold(SPENT_FOR, open=3)),
    "a hold of an old entry": ("starts empty", add_hold(SPENT_FOR, seq="seq")),
    "more than is held": (
        "hold follows|hold_open",
        add_hold(SPENT_FOR),
        post("held>free", lot=2, hold=9),
    ),
    "a closed hold": ("hold follows", "UPDATE hold SET closed_seq = NULL WHERE number = 1"),
    "an open hold": ("hold follows", "UPDATE hold SET closed_seq = 1 WHERE number = 2"),
    "a hold that ends sooner": (
        "hold follows",
        enter(**of_hold(2) | {"hold_expires_at": "opened_at"}),
    ),
    "a second spend": (
        "never replaced|uq_entry_spend",
        enter(kind="'spend'", purpose_kind="'call'", purpose_id=f"'{SPENT_FOR.id}'"),
    ),
    "a closed wallet": ("wallet closes", "UPDATE wallet SET status = 'open' WHERE id = 3"),
    "an entry of a closed wallet": ("entry follows", enter().replace("id = 1", "id = 3")),
    "closing with credits": ("closes empty", "UPDATE wallet SET status = 'closed' WHERE id = 1"),
    "a wallet that starts with credits": (
        "starts empty",
        "INSERT INTO wallet (customer_id, opened_at, at, head_hash, free)"
        f" SELECT 0, at, at, '{'0' * 64}', 5 FROM wallet WHERE id = 1",
    ),
    "a second wallet": (
        "never replaced|duplicate key",
        "INSERT INTO wallet (customer_id, opened_at, at, head_hash)"
        f" SELECT customer_id, at, at, '{'0' * 64}' FROM wallet WHERE id = 1",
    ),
    "a second mode": ("one_row", "INSERT INTO ledger_mode SELECT 2, 'live', at FROM wallet"),
    "another mode": (
        "never replaced|duplicate key",
        "INSERT INTO ledger_mode SELECT 1, 'live', at FROM wallet",
    ),
    "another answer": (
        "never replaced|duplicate key",
        f"INSERT {KEY} wallet_id, owner, key, fingerprint, 200, 'x', created_at FROM request_key",
    ),
}
# OR IGNORE and OR FAIL hold for triggers too.
ON_SQLITE = {
    "part of a credit": ("whole", post(credits=1.5)),
    "part of a unit": ("whole", enter(**of_hold(2) | {"hold_used": 1.5})),
    "another posting": ("never replaced", post(), post(credits=2, verb="REPLACE")),
    "an upsert": (
        "never replaced",
        f"{post(seq='seq', lot=2)} ON CONFLICT (wallet_id, seq, line) DO UPDATE SET credits = 2",
    ),
    "silently more than was spent": (
        "wallet follows",
        post("spent>free", lot=3, verb="INSERT OR IGNORE"),
    ),
    "silently more than is free": (
        "wallet follows",
        post(lot=3, credits=5, verb="INSERT OR IGNORE"),
    ),
    "silently more than is held": (
        "hold follows",
        add_hold(SPENT_FOR),
        post("held>free", lot=2, hold=9, verb="INSERT OR IGNORE"),
    ),
    "half of a posting": (
        "entry follows",
        f"? {post('spent>free', lot=3, verb='INSERT OR FAIL')}",
        enter(),
    ),
}
OF_POSTING = "wallet_id, seq, line, lot_number, from_bucket, to_bucket, credits"
REPLACING = {
    **{table.name: f"REPLACE INTO {table.name} SELECT * FROM {table.name}" for table in TABLES},
    **{
        f"the rowid of {table.name}": f"UPDATE OR REPLACE {table.name} SET rowid = 1"
        " WHERE rowid = (SELECT max(rowid) FROM wallet)"
        for table in TABLES[1:]
    },
    "a posting by its rowid": f"REPLACE INTO posting (rowid, {OF_POSTING})"
    " SELECT 1, id, seq + 1, 1, 1, 'free', 'spent', 1 FROM wallet WHERE id = 1",
    "a wallet by its customer": "UPDATE OR REPLACE wallet SET customer_id ="
    " (SELECT customer_id FROM wallet WHERE id = 1) WHERE id = 2",
    "a lot by its number": "UPDATE OR REPLACE lot SET number = 1 WHERE number = 2",
}
# What a statement does besides inserting a posting that frees 3 credits.
BESIDES = {
    "its lot": "UPDATE lot SET free = free + 3, spent = spent - 3, posted_line = 1,"
    " posted_seq = (SELECT seq + 1 FROM wallet WHERE id = 1) WHERE wallet_id = 1 AND number = 1",
    "its wallet": "UPDATE wallet SET free = free + 3, line = 1 WHERE id = 1",
    "its entry": enter(),
    "its entry, right": enter(free="free + 3"),
}

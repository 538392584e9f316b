"""The triggers by which the database keeps the ledger, whoever speaks to it.

An act inserts postings, then the entry that closes them. `carry` takes each posting into the
counters of its lot, hold and wallet, in the one order there is: `wallet.seq` and `wallet.line` say
which posting was carried last. `close` ends an entry, if its balances are what its postings led to.
Guards refuse every other change: a counter changes by exactly the posting whose turn it is, and by
the same posting never twice. That an entry and its postings come together is checked at the commit,
by a foreign key.

Two traps. PostgreSQL runs `carry` at the end of a statement, which may do more than insert a
posting: so each lot keeps which posting it had last. On SQLite, `OR IGNORE` and `OR FAIL` of a
statement hold for its triggers too: they pass over what a CHECK refuses, and never over a guard.

The SQL is the same on both databases; only how a trigger is written down differs.
"""

from alembic import op

from migrations.triggers import after_insert, dialect, not_all, now, refuse, unchanged

BUCKETS = ("outside", "free", "held", "frozen", "spent", "expired", "revoked", "owed", "carried")
BALANCES = ("free", "held", "frozen", "owed")
TABLES = ("ledger_mode", "wallet", "lot", "hold", "entry", "posting", "request_key")
# Clocks of machines that follow each other differ by less.
CLOCK_TOLERANCE = "+60 seconds"
KEY_LIFE = "-32 days"

# Asked by themselves, not joined: PostgreSQL keeps its plans, and one that it made for a join while
# there were few postings reads all of the wallet's.
NEXT_SEQ, NEXT_LINE = (
    f"(SELECT {counter} + 1 FROM wallet WHERE id = NEW.wallet_id)" for counter in ("seq", "line")
)
# The posting whose turn it is, seen from a row of its wallet's; and that its lot has had it.
ITS_TURN = f"p.wallet_id = NEW.wallet_id AND p.seq = {NEXT_SEQ} AND p.line = {NEXT_LINE}"
IN_ITS_LOT = (
    "JOIN lot AS l ON l.wallet_id = p.wallet_id AND l.number = p.lot_number"
    " AND l.posted_seq = p.seq AND l.posted_line = p.line"
)
THE_NEXT_SEQ = (
    "EXISTS (SELECT 1 FROM wallet AS w WHERE w.id = NEW.wallet_id AND NEW.seq = w.seq + 1)"
)


def guard_ledger() -> None:
    for table in TABLES:
        keep_rows(table)
    for table in ("ledger_mode", "entry", "posting", "request_key"):
        refuse(f"{table}_is_never_updated", "UPDATE", table, "is insert-only")
    carry_postings()
    close_entries()
    guard_wallets()
    guard_balances()
    guard_lots()
    guard_holds()
    guard_counters_of_holds()
    guard_entries()
    guard_lots_of_entries()


def change(bucket: str, posting: str) -> str:
    """By how much a posting changes a bucket."""
    return (
        f"CASE '{bucket}' WHEN {posting}.to_bucket THEN {posting}.credits"
        f" WHEN {posting}.from_bucket THEN -{posting}.credits ELSE 0 END"
    )


def between(bucket: str, other: str, posting: str) -> str:
    """How much a posting carries from the one to the other."""
    return (
        f"CASE WHEN {posting}.from_bucket = '{bucket}' AND {posting}.to_bucket = '{other}'"
        f" THEN {posting}.credits ELSE 0 END"
    )


HOLD_CHANGES = {
    "open": lambda posting: change("held", posting),
    "captured": lambda posting: between("held", "spent", posting),
    "returned": lambda posting: between("held", "free", posting),
}


def carry_postings() -> None:
    lot = ", ".join(f"{bucket} = {bucket} + {change(bucket, 'NEW')}" for bucket in BUCKETS)
    lot += ", posted_seq = NEW.seq, posted_line = NEW.line"
    hold = ", ".join(f"{name} = {name} + {by('NEW')}" for name, by in HOLD_CHANGES.items())
    balances = ", ".join(f"{bucket} = {bucket} + {change(bucket, 'NEW')}" for bucket in BALANCES)
    after_insert(
        "posting_is_carried",
        "posting",
        f"UPDATE lot SET {lot} WHERE wallet_id = NEW.wallet_id AND number = NEW.lot_number",
        f"UPDATE hold SET {hold} WHERE wallet_id = NEW.wallet_id AND number = NEW.hold_number",
        f"UPDATE wallet SET line = NEW.line, {balances} WHERE id = NEW.wallet_id",
    )


def close_entries() -> None:
    ends = (
        "SELECT min(expires_at) AS due FROM lot WHERE wallet_id = NEW.wallet_id AND free > 0"
        " UNION ALL "
        "SELECT min(expires_at) FROM hold WHERE wallet_id = NEW.wallet_id AND open > 0"
    )
    after_insert(
        "entry_closes",
        "entry",
        "UPDATE hold SET expires_at = NEW.hold_expires_at, used = NEW.hold_used,"
        " closed_seq = CASE WHEN open = 0 THEN NEW.seq END"
        " WHERE wallet_id = NEW.wallet_id AND number = NEW.hold_number",
        "UPDATE wallet SET seq = NEW.seq, line = 0, at = NEW.at, head_hash = NEW.hash,"
        f" next_due = (SELECT min(due) FROM ({ends}) AS ends) WHERE id = NEW.wallet_id",
    )


def guard_wallets() -> None:
    refuse(
        "wallet_starts_empty",
        "INSERT",
        "wallet",
        "starts empty and open",
        when=not_all(
            *(f"NEW.{counter} = 0" for counter in ("seq", "line", *BALANCES)),
            "NEW.status = 'open' AND NEW.next_due IS NULL AND NEW.at = NEW.opened_at",
        ),
    )
    keep_columns("wallet", "id", "customer_id", "opened_at")
    if dialect() == "sqlite":  # which also calls it rowid
        refuse("wallet_keeps_its_id", "UPDATE", "wallet", "keeps its id", when="NEW.id <> OLD.id")
    refuse(
        "wallet_closes_empty",
        "UPDATE OF status",
        "wallet",
        "closes empty and for good",
        when="OLD.status = 'closed' OR (NEW.status = 'closed' AND NEW.free + NEW.held + NEW.frozen"
        " + NEW.owed > 0)",
    )


def guard_balances() -> None:
    counted = " AND ".join(f"NEW.{b} = OLD.{b} + {change(b, 'p')}" for b in BALANCES)
    carried = (
        "NEW.seq = OLD.seq AND NEW.line = OLD.line + 1 AND NEW.at = OLD.at"
        f" AND NEW.head_hash = OLD.head_hash AND {unchanged('next_due')}"
        f" AND EXISTS (SELECT 1 FROM posting AS p {IN_ITS_LOT} WHERE p.wallet_id = OLD.id"
        f" AND p.seq = OLD.seq + 1 AND p.line = OLD.line + 1 AND {counted})"
    )
    as_entered = " AND ".join(f"NEW.{b} = OLD.{b} AND NEW.{b} = e.{b}" for b in BALANCES)
    closed = (
        "NEW.seq = OLD.seq + 1 AND NEW.line = 0"
        " AND EXISTS (SELECT 1 FROM entry AS e WHERE e.wallet_id = OLD.id"
        f" AND e.seq = OLD.seq + 1 AND e.at = NEW.at AND e.hash = NEW.head_hash AND {as_entered})"
    )
    refuse(
        "wallet_follows_its_book",
        f"UPDATE OF seq, line, at, head_hash, next_due, {', '.join(BALANCES)}",
        "wallet",
        "follows its postings and entries",
        when=f"NOT (({carried}) OR ({closed}))",
    )


def guard_lots() -> None:
    refuse(
        "lot_starts_outside",
        "INSERT",
        "lot",
        "starts outside, with the next entry",
        when=not_all("NEW.outside = NEW.granted", "NEW.posted_seq = 0", THE_NEXT_SEQ),
    )
    keep_columns(
        "lot",
        *("wallet_id", "number", "seq", "kind", "granted", "source", "expires_at"),
        *("purchase_id", "paid_minor", "currency", "parent"),
    )
    counted = " AND ".join(f"NEW.{b} = OLD.{b} + {change(b, 'p')}" for b in BUCKETS)
    once = (
        "p.seq = NEW.posted_seq AND p.line = NEW.posted_line"
        " AND NOT (p.seq = OLD.posted_seq AND p.line = OLD.posted_line)"
    )
    refuse(
        "lot_follows_postings",
        f"UPDATE OF {', '.join(BUCKETS)}, posted_seq, posted_line",
        "lot",
        "follows its postings",
        when=f"NOT EXISTS (SELECT 1 FROM posting AS p WHERE {ITS_TURN}"
        f" AND p.lot_number = NEW.number AND {once} AND {counted})",
    )


def guard_holds() -> None:
    refuse(
        "hold_starts_empty",
        "INSERT",
        "hold",
        "starts empty, with the next entry",
        when=not_all(
            "NEW.open + NEW.captured + NEW.returned + NEW.used = 0",
            "NEW.closed_seq IS NULL",
            THE_NEXT_SEQ,
        ),
    )
    keep_columns(
        "hold",
        *("wallet_id", "number", "seq", "purpose_kind", "purpose_id", "on_time_out"),
        "credits_per_unit",
    )


def guard_counters_of_holds() -> None:
    counted = " AND ".join(f"NEW.{n} = OLD.{n} + {by('p')}" for n, by in HOLD_CHANGES.items())
    refuse(
        "hold_follows_postings",
        f"UPDATE OF {', '.join(HOLD_CHANGES)}",
        "hold",
        "follows its postings until it is closed",
        when="OLD.closed_seq IS NOT NULL OR NEW.open < 0 OR NOT EXISTS (SELECT 1 FROM posting AS p"
        f" {IN_ITS_LOT} WHERE {ITS_TURN} AND p.hold_number = NEW.number AND {counted})",
    )
    its_entry = (
        "EXISTS (SELECT 1 FROM entry AS e"
        f" WHERE e.wallet_id = NEW.wallet_id AND e.seq = {NEXT_SEQ} AND e.hold_number = NEW.number"
        " AND NEW.expires_at = e.hold_expires_at AND NEW.used = e.hold_used"
        " AND (NEW.closed_seq IS NULL OR NEW.closed_seq = e.seq))"
    )
    refuse(
        "hold_follows_entries",
        "UPDATE OF expires_at, used, closed_seq",
        "hold",
        "follows its entries until it is closed",
        when=not_all(
            "OLD.closed_seq IS NULL AND (NEW.closed_seq IS NULL) = (NEW.open > 0)",
            "NEW.expires_at >= OLD.expires_at AND NEW.used >= OLD.used",
            its_entry,
        ),
    )


def guard_entries() -> None:
    balances = " AND ".join(f"NEW.{bucket} = w.{bucket}" for bucket in BALANCES)
    its_postings = "posting AS p WHERE p.wallet_id = NEW.wallet_id AND p.seq = NEW.seq"
    refuse(
        "entry_follows_its_wallet",
        "INSERT",
        "entry",
        "follows the newest one of its wallet, with the balances of its postings",
        when="NOT EXISTS (SELECT 1 FROM wallet AS w WHERE w.id = NEW.wallet_id"
        " AND w.status <> 'closed' AND NEW.seq = w.seq + 1 AND NEW.prev_hash = w.head_hash"
        f" AND (NEW.at = w.at OR NEW.at > w.at AND NEW.at <= {now(CLOCK_TOLERANCE)}) AND {balances}"
        f" AND NOT EXISTS (SELECT 1 FROM {its_postings} AND p.line > w.line))",
    )
    refuse(
        "entry_names_its_hold",
        "INSERT",
        "entry",
        "names the hold of its postings",
        when=f"EXISTS (SELECT 1 FROM {its_postings}"
        " AND COALESCE(p.hold_number <> NEW.hold_number, p.hold_number IS NOT NULL))"
        " OR NEW.hold_number IS NOT NULL AND NOT EXISTS (SELECT 1 FROM hold AS h"
        " WHERE h.wallet_id = NEW.wallet_id AND h.number = NEW.hold_number)",
    )


def guard_lots_of_entries() -> None:
    its_lots = (
        "SELECT 1 FROM posting AS p JOIN lot AS l"
        " ON l.wallet_id = p.wallet_id AND l.number = p.lot_number"
        " WHERE p.wallet_id = NEW.wallet_id AND p.seq = NEW.seq"
    )
    refuse(
        "entry_spends_before_the_end",
        "INSERT",
        "entry",
        "spends or holds credits of a lot that has ended",
        when=f"EXISTS ({its_lots} AND p.from_bucket = 'free'"
        " AND p.to_bucket IN ('spent', 'held') AND l.expires_at <= NEW.at)",
    )
    refuse(
        "entry_gives_lots_whole",
        "INSERT",
        "entry",
        "gives each lot whole, and carries credits on into lots that take them",
        when=f"EXISTS ({its_lots} AND l.outside > 0) OR EXISTS ({its_lots}"
        " AND (p.to_bucket = 'carried' OR p.from_bucket = 'outside' AND l.parent IS NOT NULL)"
        " GROUP BY CASE WHEN p.to_bucket = 'carried' THEN l.number ELSE l.parent END"
        " HAVING sum(CASE WHEN p.to_bucket = 'carried' THEN p.credits ELSE -p.credits END) <> 0)",
    )


IN_WALLET = "wallet_id = NEW.wallet_id"
PURPOSE = "purpose_kind = NEW.purpose_kind AND purpose_id = NEW.purpose_id"
# What names a row, each for good: on SQLite, REPLACE deletes the row that is in its way, and no
# trigger for deletes runs then.
SAME = {
    "ledger_mode": ["id = NEW.id"],
    "wallet": ["id = NEW.id", "customer_id = NEW.customer_id"],
    "lot": [f"{IN_WALLET} AND number = NEW.number", f"{IN_WALLET} AND source = NEW.source"],
    "hold": [
        f"{IN_WALLET} AND number = NEW.number",
        f"{IN_WALLET} AND closed_seq IS NULL AND {PURPOSE}",
    ],
    "entry": [
        f"{IN_WALLET} AND seq = NEW.seq",
        f"{IN_WALLET} AND kind = 'spend' AND NEW.kind = 'spend' AND {PURPOSE}",
        f"{IN_WALLET} AND source = NEW.source",
    ],
    "posting": [f"{IN_WALLET} AND seq = NEW.seq AND line = NEW.line"],
    "request_key": [f"{IN_WALLET} AND owner = NEW.owner AND key = NEW.key"],
}


def keep_rows(table: str) -> None:
    """Rows are never deleted, nor replaced; but request keys can be, once they are old."""
    when = f"OLD.created_at > {now(KEY_LIFE)}" if table == "request_key" else ""
    refuse(f"{table}_is_never_deleted", "DELETE", table, "rows are never deleted", when=when)
    if dialect() == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_is_never_truncated BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete()"
        )
    else:
        # One by one, so that each is looked up in its index.
        there = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {same})" for same in SAME[table])
        name = f"{table}_is_never_replaced"
        refuse(name, "INSERT", table, "rows are never replaced", when=there)


def keep_columns(table: str, *columns: str) -> None:
    event = f"UPDATE OF {', '.join(columns)}"
    refuse(f"{table}_keeps_its_origin", event, table, "keeps what it started with")

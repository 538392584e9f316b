"""The tables of the ledger and their limits. Tables, no mapped objects: acts read rows afresh.

The database carries each posting into lot, hold and wallet. An entry comes last and closes its
postings, if they lead to the balances that it says. Triggers refuse whatever else would change a
counter, a row or their order: see `migrations/ledger_triggers.py`.

An index begins with the wallet only if it is for reading a part of a wallet: among several that do,
a database may take any, and read all of a long book for one row.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from domain.database import SHA256_HEX, Base, Id, UtcDateTime, utc_now
from domain.ledger.columns import (
    NO_ROWID,
    both_or_none,
    counter,
    index_of_entry,
    never_below_zero,
    of_entry,
    one_of,
    short,
    whole,
)
from domain.ledger.rules import (
    ACTOR_CHARACTERS,
    ALLOWED_POSTINGS,
    BALANCES,
    BUCKETS,
    CAUSES,
    ENTRY_KINDS,
    KEY_CHARACTERS,
    LOT_KINDS,
    MODES,
    MOST_CREDITS,
    OWNER_CHARACTERS,
    PURPOSE_CHARACTERS,
    PURPOSE_KINDS,
    REASON_CHARACTERS,
    SOURCE_CHARACTERS,
    STATUSES,
    TIME_OUTS,
)

ledger_mode = Table(
    "ledger_mode",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("since", UtcDateTime, nullable=False, default=utc_now()),
    CheckConstraint("id = 1", name="one_row"),
    one_of("mode", MODES),
)

wallet = Table(
    "wallet",
    Base.metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", BigInteger, nullable=False, unique=True),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("status", String(10), nullable=False, server_default=text("'open'")),
    Column("status_reason", String(REASON_CHARACTERS)),
    # The newest entry, and how many postings the next one has so far.
    counter("seq"),
    counter("line"),
    Column("at", UtcDateTime, nullable=False),
    *(counter(bucket) for bucket in BALANCES),
    Column("head_hash", String(SHA256_HEX), nullable=False),
    # When the first of its holds and lots ends.
    Column("next_due", UtcDateTime),
    one_of("status", STATUSES),
    short("status_reason", REASON_CHARACTERS),
    *never_below_zero("seq", "line", *BALANCES),
    *whole("customer_id", "seq", "line", *BALANCES),
    CheckConstraint(f"length(head_hash) = {SHA256_HEX}", name="head_hash"),
    Index("ix_wallet_due", "next_due", "id"),
    Index(
        "ix_wallet_owes",
        "customer_id",
        sqlite_where=text("owed > 0"),
        postgresql_where=text("owed > 0"),
    ),
)

lot = Table(
    "lot",
    Base.metadata,
    Column("wallet_id", BigInteger, ForeignKey("wallet.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("granted", BigInteger, nullable=False),
    Column("source", String(SOURCE_CHARACTERS)),
    Column("expires_at", UtcDateTime),
    Column("purchase_id", BigInteger),
    Column("paid_minor", BigInteger),
    Column("currency", String(3)),
    Column("parent", Integer),
    *(counter(bucket) for bucket in BUCKETS),
    # The posting that it has had last.
    *(counter("posted_seq"), counter("posted_line")),
    of_entry("lot"),
    one_of("kind", LOT_KINDS),
    short("source", SOURCE_CHARACTERS),
    # What the ledger makes itself, it makes without a source, so it is never in a caller's way.
    CheckConstraint(
        "(source IS NULL) = (kind = 'correction' OR parent IS NOT NULL)", name="source_of_caller"
    ),
    CheckConstraint(f"granted BETWEEN 1 AND {MOST_CREDITS}", name="granted"),
    CheckConstraint(f"granted = {' + '.join(BUCKETS)}", name="every_credit_is_somewhere"),
    CheckConstraint("paid_minor >= 0", name="paid_minor"),
    both_or_none("paid_minor", "currency"),
    CheckConstraint("parent < number", name="parent"),
    *never_below_zero(*BUCKETS),
    *whole("number", "granted", "purchase_id", "paid_minor", *BUCKETS),
    index_of_entry("lot"),
    # One grant for each source: however often it is tried.
    Index("uq_lot_source", "source", "wallet_id", unique=True),
    Index(
        "ix_lot_live",
        *("wallet_id", "expires_at"),
        sqlite_where=text("free > 0 OR owed > 0"),
        postgresql_where=text("free > 0 OR owed > 0"),
    ),
    Index(
        "ix_lot_aside",
        "wallet_id",
        sqlite_where=text("held > 0 OR frozen > 0"),
        postgresql_where=text("held > 0 OR frozen > 0"),
    ),
    # Of all wallets: what ends when.
    Index(
        "ix_lot_ends",
        *("expires_at", "wallet_id", "number"),
        sqlite_where=text("free > 0 AND expires_at IS NOT NULL"),
        postgresql_where=text("free > 0 AND expires_at IS NOT NULL"),
    ),
    **NO_ROWID,
)

hold = Table(
    "hold",
    Base.metadata,
    Column("wallet_id", BigInteger, ForeignKey("wallet.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("purpose_kind", String(20), nullable=False),
    Column("purpose_id", String(PURPOSE_CHARACTERS), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("on_time_out", String(20), nullable=False),
    Column("credits_per_unit", BigInteger),
    *(counter(name) for name in ("used", "open", "captured", "returned")),
    Column("closed_seq", BigInteger),
    of_entry("hold"),
    one_of("purpose_kind", PURPOSE_KINDS),
    short("purpose_id", PURPOSE_CHARACTERS),
    one_of("on_time_out", TIME_OUTS),
    CheckConstraint(
        "on_time_out = 'give_back' OR credits_per_unit IS NOT NULL", name="capture_needs_units"
    ),
    CheckConstraint("credits_per_unit > 0", name="credits_per_unit"),
    CheckConstraint("closed_seq IS NULL OR open = 0", name="closed_when_nothing_is_open"),
    *never_below_zero("used", "open", "captured", "returned"),
    *whole("number", "credits_per_unit", "used", "open", "captured", "returned"),
    index_of_entry("hold"),
    # One open hold for each purpose.
    Index(
        "uq_hold_open_purpose",
        *("wallet_id", "purpose_kind", "purpose_id"),
        unique=True,
        sqlite_where=text("closed_seq IS NULL"),
        postgresql_where=text("closed_seq IS NULL"),
    ),
    Index("ix_hold_purpose", "purpose_id", "purpose_kind", "wallet_id"),
    Index(
        "ix_hold_due",
        *("wallet_id", "expires_at"),
        sqlite_where=text("open > 0"),
        postgresql_where=text("open > 0"),
    ),
    **NO_ROWID,
)

entry = Table(
    "entry",
    Base.metadata,
    Column("wallet_id", BigInteger, ForeignKey("wallet.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(10), nullable=False),
    # When it took effect; and when it was written, which says nothing about credits.
    Column("at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False, default=utc_now()),
    Column("actor", String(ACTOR_CHARACTERS), nullable=False),
    Column("credits", BigInteger, nullable=False),
    Column("purpose_kind", String(20)),
    Column("purpose_id", String(PURPOSE_CHARACTERS)),
    Column("reason", String(REASON_CHARACTERS)),
    # Of what came from outside and counts once: "dispute:7:lost".
    Column("source", String(SOURCE_CHARACTERS)),
    # Of a note about it, which is kept elsewhere: `chain.note_digest`.
    Column("note_digest", String(SHA256_HEX)),
    Column("reverses", BigInteger),
    Column("cause", String(10)),
    # What the hold has from then on.
    Column("hold_number", Integer),
    Column("hold_expires_at", UtcDateTime),
    Column("hold_used", BigInteger),
    # What the wallet has from then on.
    *(Column(bucket, BigInteger, nullable=False) for bucket in BALANCES),
    Column("hash_format", Integer, nullable=False),
    Column("prev_hash", String(SHA256_HEX), nullable=False),
    Column("hash", String(SHA256_HEX), nullable=False),
    ForeignKeyConstraint(
        ["wallet_id", "reverses"], ["entry.wallet_id", "entry.seq"], name="fk_entry_reverses"
    ),
    one_of("kind", ENTRY_KINDS),
    one_of("cause", CAUSES),
    short("actor", ACTOR_CHARACTERS),
    short("reason", REASON_CHARACTERS),
    short("source", SOURCE_CHARACTERS),
    both_or_none("purpose_kind", "purpose_id"),
    both_or_none("hold_number", "hold_expires_at"),
    both_or_none("hold_number", "hold_used"),
    CheckConstraint("reverses < seq", name="reverses"),
    CheckConstraint(
        f"length(hash) = {SHA256_HEX} AND length(prev_hash) = {SHA256_HEX}", name="hashes"
    ),
    CheckConstraint(f"length(note_digest) = {SHA256_HEX}", name="note_digest"),
    *never_below_zero("credits", *BALANCES),
    *whole("seq", "credits", "hold_used", *BALANCES),
    # What is paid for by a spend is paid for once.
    Index(
        "uq_entry_spend_purpose",
        *("wallet_id", "purpose_kind", "purpose_id"),
        unique=True,
        sqlite_where=text("kind = 'spend'"),
        postgresql_where=text("kind = 'spend'"),
    ),
    Index(
        "uq_entry_source",
        *("source", "wallet_id"),
        unique=True,
        sqlite_where=text("source IS NOT NULL"),
        postgresql_where=text("source IS NOT NULL"),
    ),
    Index(
        "ix_entry_reverses",
        *("wallet_id", "reverses"),
        sqlite_where=text("reverses IS NOT NULL"),
        postgresql_where=text("reverses IS NOT NULL"),
    ),
    Index("ix_entry_at", "wallet_id", "at", "seq"),
    Index("ix_entry_kind", "wallet_id", "kind", "seq"),
    **NO_ROWID,
)

posting = Table(
    "posting",
    Base.metadata,
    Column("wallet_id", BigInteger, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("lot_number", Integer, nullable=False),
    Column("from_bucket", String(10), nullable=False),
    Column("to_bucket", String(10), nullable=False),
    Column("credits", BigInteger, nullable=False),
    Column("hold_number", Integer),
    of_entry("posting"),
    ForeignKeyConstraint(
        ["wallet_id", "lot_number"], ["lot.wallet_id", "lot.number"], name="fk_posting_lot"
    ),
    ForeignKeyConstraint(
        ["wallet_id", "hold_number"], ["hold.wallet_id", "hold.number"], name="fk_posting_hold"
    ),
    CheckConstraint("credits > 0", name="credits"),
    CheckConstraint(
        "from_bucket || '>' || to_bucket IN "
        f"({', '.join(sorted(f'{chr(39)}{a}>{b}{chr(39)}' for a, b in ALLOWED_POSTINGS))})",
        name="allowed",
    ),
    CheckConstraint(
        "(hold_number IS NOT NULL) = ('held' IN (from_bucket, to_bucket))", name="held_names_hold"
    ),
    *whole("line", "credits"),
    Index(
        "ix_posting_hold",
        *("wallet_id", "hold_number", "seq", "line"),
        sqlite_where=text("hold_number IS NOT NULL"),
        postgresql_where=text("hold_number IS NOT NULL"),
    ),
    **NO_ROWID,
)

request_key = Table(
    "request_key",
    Base.metadata,
    Column("wallet_id", BigInteger, ForeignKey("wallet.id"), primary_key=True),
    Column("owner", String(OWNER_CHARACTERS), primary_key=True),
    Column("key", String(KEY_CHARACTERS), primary_key=True),
    Column("fingerprint", String(SHA256_HEX), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, default=utc_now()),
    short("owner", OWNER_CHARACTERS),
    short("key", KEY_CHARACTERS),
    CheckConstraint(f"length(fingerprint) = {SHA256_HEX}", name="fingerprint"),
    CheckConstraint("status BETWEEN 200 AND 499", name="status"),
    Index("ix_request_key_created_at", "created_at"),
    **NO_ROWID,
)

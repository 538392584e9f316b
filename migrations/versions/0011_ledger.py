"""The ledger: wallets, lots, holds, entries, postings, request keys; and its mode."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from migrations.ledger_triggers import guard_ledger

revision = "0011"
down_revision = "0010"

SHA256_HEX = 64
ACTOR_CHARACTERS = 80
KEY_CHARACTERS = 255
OWNER_CHARACTERS = 80
PURPOSE_CHARACTERS = 80
REASON_CHARACTERS = 40
SOURCE_CHARACTERS = 80
BALANCES = ("free", "held", "frozen", "owed")
BUCKETS = ("outside", "free", "held", "frozen", "spent", "expired", "revoked", "owed", "carried")
ALLOWED_POSTINGS = [
    ("free", "carried"),
    ("free", "expired"),
    ("free", "frozen"),
    ("free", "held"),
    ("free", "revoked"),
    ("free", "spent"),
    ("frozen", "free"),
    ("frozen", "revoked"),
    ("held", "free"),
    ("held", "spent"),
    ("outside", "free"),
    ("owed", "revoked"),
    ("owed", "spent"),
    ("spent", "free"),
    ("spent", "owed"),
]
CAUSES = ("customer", "provider", "platform", "time_out")
ENTRY_KINDS = (
    "grant",
    "spend",
    "hold",
    "extend",
    "capture",
    "void",
    "reverse",
    "revoke",
    "freeze",
    "unfreeze",
    "adjust",
    "forgive",
    "expire",
    "time_out",
)
LOT_KINDS = ("bought", "gift", "campaign", "correction")
MODES = ("test", "live")
# A thousand million times less than a column holds, so that no sum of a wallet gets there.
MOST_CREDITS = 10**9
PURPOSE_KINDS = ("appointment", "event", "call")
STATUSES = ("open", "blocked", "closed")
TIME_OUTS = ("give_back", "capture_used")

# A rowid would be a second name, by which REPLACE could delete another row.
NO_ROWID = {"sqlite_with_rowid": False}
# SQLite numbers rows by itself only in a column of exactly this type.
Id = BigInteger().with_variant(Integer, "sqlite")
METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def upgrade() -> None:
    METADATA.create_all(op.get_bind(), checkfirst=False)
    plan_for_long_books()
    guard_ledger()


# As ANALYZE of SQLite notes it: how many rows, then how many of them share the first column of the
# index, the first two, and so on. The primary key has the table's name.
LONG_BOOKS = {
    ("lot", "lot"): "1000000 100 1",
    ("lot", "uq_lot_source"): "1000000 1 1",
    ("lot", "ix_lot_live"): "20000 2 1",
    ("lot", "ix_lot_entry"): "1000000 100 1",
    ("hold", "hold"): "1000000 100 1",
    ("hold", "ix_hold_purpose"): "1000000 2 2 1",
    ("hold", "uq_hold_open_purpose"): "20000 2 2 1",
    ("hold", "ix_hold_due"): "20000 2 1",
    ("hold", "ix_hold_entry"): "1000000 100 1",
    ("entry", "entry"): "1000000 100 1",
    ("entry", "ix_entry_at"): "1000000 100 2 1",
    ("entry", "uq_entry_spend_purpose"): "500000 50 20 1",
    ("entry", "uq_entry_source"): "50000 1 1",
    ("entry", "ix_entry_reverses"): "50000 5 1",
    ("posting", "posting"): "1000000 100 2 1",
    ("posting", "ix_posting_hold"): "500000 50 2 2 1",
}


def plan_for_long_books():
    """Most wallets have few rows, and then a database would as soon read all rows of a wallet as
    one by its key. It is to plan for those that have many: a hundred to a wallet."""
    if op.get_bind().dialect.name == "postgresql":
        for table in ("lot", "hold", "entry", "posting"):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN wallet_id SET (n_distinct = -0.01)")
        return
    op.execute("ANALYZE ledger_mode")  # makes the table of statistics
    for (table, index), rows in LONG_BOOKS.items():
        op.execute(f"INSERT INTO sqlite_stat1 VALUES ('{table}', '{index}', '{rows}')")


def one_of(column: str, values):
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def never_below_zero(*columns: str):
    return [CheckConstraint(f"{column} >= 0", name=column) for column in columns]


def whole(*columns: str):
    """SQLite would take 1.5 and "many" too."""
    return [
        CheckConstraint(
            f"typeof({column}) IN ('integer', 'null')", name=f"{column}_whole"
        ).ddl_if(dialect="sqlite")
        for column in columns
    ]


def short(column: str, most: int):
    return CheckConstraint(f"length({column}) BETWEEN 1 AND {most}", name=f"{column}_length")


def both_or_none(one: str, other: str):
    return CheckConstraint(f"({one} IS NULL) = ({other} IS NULL)", name=f"{one}_and_{other}")


def of_entry(table: str):
    """Checked at the commit, as an entry comes after all that it closes."""
    return ForeignKeyConstraint(
        ["wallet_id", "seq"],
        ["entry.wallet_id", "entry.seq"],
        name=f"fk_{table}_entry",
        deferrable=True,
        initially="DEFERRED",
    )


def index_of_entry(table: str):
    """By which SQLite finds, when an entry comes, what has waited for it."""
    return Index(f"ix_{table}_entry", "seq", "wallet_id").ddl_if(dialect="sqlite")


def counter(name: str):
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


ledger_mode = Table(
    "ledger_mode",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("since", DateTime, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    one_of("mode", MODES),
)

wallet = Table(
    "wallet",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("customer_id", BigInteger, nullable=False, unique=True),
    Column("opened_at", DateTime, nullable=False),
    Column("status", String(10), nullable=False, server_default=text("'open'")),
    Column("status_reason", String(REASON_CHARACTERS)),
    # The newest entry, and how many postings the next one has so far.
    counter("seq"),
    counter("line"),
    Column("at", DateTime, nullable=False),
    *(counter(bucket) for bucket in BALANCES),
    Column("head_hash", String(SHA256_HEX), nullable=False),
    # When the first of its holds and lots ends.
    Column("next_due", DateTime),
    one_of("status", STATUSES),
    short("status_reason", REASON_CHARACTERS),
    *never_below_zero("seq", "line", *BALANCES),
    *whole("customer_id", "seq", "line", *BALANCES),
    CheckConstraint(f"length(head_hash) = {SHA256_HEX}", name="head_hash"),
    Index("ix_wallet_due", "next_due", "id"),
)

lot = Table(
    "lot",
    METADATA,
    Column("wallet_id", BigInteger, ForeignKey("wallet.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("granted", BigInteger, nullable=False),
    Column("source", String(SOURCE_CHARACTERS)),
    Column("expires_at", DateTime),
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
    **NO_ROWID,
)

hold = Table(
    "hold",
    METADATA,
    Column("wallet_id", BigInteger, ForeignKey("wallet.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("purpose_kind", String(20), nullable=False),
    Column("purpose_id", String(PURPOSE_CHARACTERS), nullable=False),
    Column("expires_at", DateTime, nullable=False),
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
    METADATA,
    Column("wallet_id", BigInteger, ForeignKey("wallet.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(10), nullable=False),
    # When it took effect; and when it was written, which says nothing about credits.
    Column("at", DateTime, nullable=False),
    Column("recorded_at", DateTime, nullable=False),
    Column("actor", String(ACTOR_CHARACTERS), nullable=False),
    Column("credits", BigInteger, nullable=False),
    Column("purpose_kind", String(20)),
    Column("purpose_id", String(PURPOSE_CHARACTERS)),
    Column("reason", String(REASON_CHARACTERS)),
    # Of what came from outside and counts once: "dispute:7:lost".
    Column("source", String(SOURCE_CHARACTERS)),
    Column("reverses", BigInteger),
    Column("cause", String(10)),
    # What the hold has from then on.
    Column("hold_number", Integer),
    Column("hold_expires_at", DateTime),
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
    **NO_ROWID,
)

posting = Table(
    "posting",
    METADATA,
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
    METADATA,
    Column("wallet_id", BigInteger, ForeignKey("wallet.id"), primary_key=True),
    Column("owner", String(OWNER_CHARACTERS), primary_key=True),
    Column("key", String(KEY_CHARACTERS), primary_key=True),
    Column("fingerprint", String(SHA256_HEX), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", DateTime, nullable=False),
    short("owner", OWNER_CHARACTERS),
    short("key", KEY_CHARACTERS),
    CheckConstraint(f"length(fingerprint) = {SHA256_HEX}", name="fingerprint"),
    CheckConstraint("status BETWEEN 200 AND 499", name="status"),
    Index("ix_request_key_created_at", "created_at"),
    **NO_ROWID,
)

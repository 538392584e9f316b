"""Purchases: checkouts, news of the provider, receipts, the company that sells."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import refuse, unchanged

revision = "0015"
down_revision = "0014"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Of a purchase: what was bought, for what, by whom. The company of a buyer may be blanked.
FROZEN = (
    *("id", "key", "customer_id", "package_id", "released_id", "release_number", "name", "credits"),
    *("price_minor", "currency", "country", "language", "tax", "tax_basis_points", "tax_minor"),
    *("consent", "mode", "provider", "created_at"),
)


def upgrade() -> None:
    op.create_table(
        "company",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("legal_name", sa.String(120), nullable=False),
        sa.Column("address", sa.String(400), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("tax_number", sa.String(40), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("terms_url", sa.String(500), nullable=False),
        sa.Column("privacy_url", sa.String(500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(254), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.CheckConstraint("length(address) BETWEEN 1 AND 400", name="address_length"),
        sa.CheckConstraint("length(country) = 2", name="country_length"),
        sa.CheckConstraint("length(legal_name) BETWEEN 1 AND 120", name="name_length"),
    )
    op.create_table(
        "events_listed",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.create_table(
        "receipt_series",
        sa.Column("series", sa.String(40), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("last > 0", name="last"),
        sa.PrimaryKeyConstraint("series", "year", name="pk_receipt_series"),
    )
    op.create_table(
        "selling_pause",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.create_table(
        "purchase",
        sa.Column("id", ID, primary_key=True),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("package_id", sa.BigInteger(), nullable=False),
        sa.Column("released_id", ID, nullable=False),
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("tax", sa.String(20), nullable=False),
        sa.Column("tax_basis_points", sa.Integer(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("consent", sa.String(40), nullable=False),
        sa.Column("buyer_company", sa.String(120), nullable=False),
        sa.Column("buyer_tax_number", sa.String(40), nullable=False),
        sa.Column("mode", sa.String(4), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("failure", sa.String(40)),
        sa.Column("hold", sa.String(40)),
        sa.Column("card_brand", sa.String(40), nullable=False),
        sa.Column("card_last4", sa.String(4), nullable=False),
        sa.Column("card_country", sa.String(2)),
        sa.Column("card_was_confirmed", sa.Boolean(), nullable=False),
        sa.Column("paid_at", sa.DateTime()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("synced_at", sa.DateTime()),
        sa.CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_at"),
        sa.CheckConstraint(
            "failure IN ('declined', 'no_funds', 'card_expired', 'wrong_code', 'not_confirmed',"
            " 'bank_failed', 'try_later')",
            name="failure",
        ),
        sa.CheckConstraint(
            "hold IN ('mismatch', 'paid_twice', 'refunded', 'disputed', 'unknown_state',"
            " 'ledger_refused')",
            name="hold",
        ),
        sa.CheckConstraint("mode IN ('test', 'live')", name="mode"),
        sa.CheckConstraint(
            "state IN ('open', 'processing', 'paid', 'failed', 'expired')", name="state"
        ),
        sa.CheckConstraint("0 <= tax_minor AND tax_minor <= price_minor", name="tax_minor"),
        sa.CheckConstraint("credits > 0", name="credits"),
        sa.CheckConstraint("length(country) = 2", name="country_length"),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sa.CheckConstraint("length(key) = 32", name="key_length"),
        sa.CheckConstraint("price_minor > 0", name="price_minor"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_purchase_customer_id_customer"
        ),
        sa.ForeignKeyConstraint(
            ["released_id"],
            ["released_package.id"],
            name="fk_purchase_released_id_released_package",
        ),
        sa.UniqueConstraint("key", name="uq_purchase_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_purchase_created_at", "purchase", ["created_at"])
    op.create_index(
        "ix_purchase_country", "purchase", ["country", "id", "state", "failure", "hold"]
    )
    op.create_index(
        "ix_purchase_customer", "purchase", ["customer_id", "id", "state", "failure", "hold"]
    )
    op.create_index(
        "ix_purchase_due",
        "purchase",
        ["due_at", "id"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_purchase_held",
        "purchase",
        ["id"],
        sqlite_where=sa.text("hold IS NOT NULL"),
        postgresql_where=sa.text("hold IS NOT NULL"),
    )
    op.create_index("ix_purchase_package_id_id", "purchase", ["package_id", "id"])
    op.create_index("ix_purchase_state_failure_hold", "purchase", ["state", "failure", "hold"])
    op.create_index("ix_purchase_state_id", "purchase", ["state", "id"])
    op.create_table(
        "checkout",
        sa.Column("id", ID, primary_key=True),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("purchase_id", ID, nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("return_url", sa.Text(), nullable=False),
        sa.Column("cancel_url", sa.Text(), nullable=False),
        sa.Column("network", sa.String(45), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("ref", sa.String(255)),
        sa.Column("payment_ref", sa.String(255)),
        sa.Column("url", sa.Text(), nullable=False),
        sa.CheckConstraint("state <> 'new' OR ref IS NULL", name="new_has_no_ref"),
        sa.CheckConstraint(
            "state IN ('new', 'open', 'processing', 'paid', 'failed', 'expired')", name="state"
        ),
        sa.CheckConstraint("length(key) = 32", name="key_length"),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name="fk_checkout_purchase_id_purchase"
        ),
        sa.UniqueConstraint("key", name="uq_checkout_key"),
        sa.UniqueConstraint("ref", name="uq_checkout_ref"),
    )
    op.create_index("ix_checkout_created_at", "checkout", ["created_at"])
    op.create_index("ix_checkout_network_created_at", "checkout", ["network", "created_at"])
    op.create_index("ix_checkout_payment_ref", "checkout", ["payment_ref"])
    op.create_index("ix_checkout_purchase_id_id", "checkout", ["purchase_id", "id"])
    op.create_index(
        "uq_checkout_may_be_paid",
        "checkout",
        ["purchase_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('new', 'open')"),
        postgresql_where=sa.text("state IN ('new', 'open')"),
    )
    op.create_table(
        "payment_dispute",
        sa.Column("reason", sa.String(80), nullable=False),
        sa.Column("answer_by", sa.DateTime()),
        sa.Column("id", ID, primary_key=True),
        sa.Column("purchase_id", ID, nullable=False),
        sa.Column("ref", sa.String(255), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'won', 'lost', 'unknown')", name="status"),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name="fk_payment_dispute_purchase_id_purchase"
        ),
        sa.UniqueConstraint("ref", name="uq_payment_dispute_ref"),
    )
    op.create_index("ix_payment_dispute_purchase_id", "payment_dispute", ["purchase_id"])
    op.create_table(
        "payment_event",
        sa.Column("id", ID, primary_key=True),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("event_id", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("ref", sa.String(255), nullable=False),
        sa.Column("purchase_id", ID),
        sa.Column("happened_at", sa.DateTime(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("times > 0", name="times"),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name="fk_payment_event_purchase_id_purchase"
        ),
        sa.UniqueConstraint("provider", "event_id", name="uq_payment_event_provider_event_id"),
    )
    op.create_index("ix_payment_event_purchase_id_id", "payment_event", ["purchase_id", "id"])
    op.create_index("ix_payment_event_received_at", "payment_event", ["received_at"])
    op.create_table(
        "payment_refund",
        sa.Column("id", ID, primary_key=True),
        sa.Column("purchase_id", ID, nullable=False),
        sa.Column("ref", sa.String(255), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'succeeded', 'failed', 'canceled', 'unknown')", name="status"
        ),
        sa.CheckConstraint("amount_minor > 0", name="amount_minor"),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name="fk_payment_refund_purchase_id_purchase"
        ),
        sa.UniqueConstraint("ref", name="uq_payment_refund_ref"),
    )
    op.create_index("ix_payment_refund_purchase_id", "payment_refund", ["purchase_id"])
    op.create_table(
        "purchase_step",
        sa.Column("id", ID, primary_key=True),
        sa.Column("purchase_id", ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('opened', 'sent', 'returned', 'declined', 'processing', 'paid', 'credited',"
            " 'failed', 'expired', 'held', 'refund_seen', 'dispute_seen')",
            name="kind",
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name="fk_purchase_step_purchase_id_purchase"
        ),
    )
    op.create_index("ix_purchase_step_purchase_id_id", "purchase_step", ["purchase_id", "id"])
    op.create_table(
        "receipt",
        sa.Column("purchase_id", ID, autoincrement=False, nullable=False),
        sa.Column("series", sa.String(40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.CheckConstraint("number > 0", name="number"),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name="fk_receipt_purchase_id_purchase"
        ),
        sa.PrimaryKeyConstraint("purchase_id", name="pk_receipt"),
        sa.UniqueConstraint("series", "year", "number", name="uq_receipt_series_year_number"),
    )

    changed = " OR ".join(f"NOT ({unchanged(column)})" for column in FROZEN)
    refuse("purchase_is_frozen", "UPDATE", "purchase", "is frozen", when=changed)
    refuse("purchase_is_never_deleted", "DELETE", "purchase", "is never deleted")
    for table in ("purchase_step", "receipt"):
        for event in ("UPDATE", "DELETE"):
            name = f"{table}_is_never_{event.lower()}d"
            refuse(name, event, table, "is insert-only")

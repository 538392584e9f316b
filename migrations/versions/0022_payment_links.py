"""Payment links; failed payments as a list of what is to be done."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IS_UNPAID = sa.text("state IN ('open', 'failed', 'expired')")

IS_PAID, IS_NEVER_SENT = sa.text("paid_at IS NOT NULL"), sa.text("ref IS NULL")


def upgrade() -> None:
    add_links()
    add_cases()
    op.add_column(
        "purchase",
        sa.Column("is_fraud", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_purchase_unpaid",
        "purchase",
        [
            *("id", "customer_id", "package_id", "created_at", "state", "failure", "hold"),
            *("is_fraud", "card_last4"),
        ],
        sqlite_where=IS_UNPAID,
        postgresql_where=IS_UNPAID,
    )
    op.create_index(
        "ix_purchase_paid",
        "purchase",
        ["customer_id", "package_id", "paid_at"],
        sqlite_where=IS_PAID,
        postgresql_where=IS_PAID,
    )
    op.create_index(
        "ix_checkout_never_sent",
        "checkout",
        ["purchase_id"],
        sqlite_where=IS_NEVER_SENT,
        postgresql_where=IS_NEVER_SENT,
    )


def add_links() -> None:
    op.create_table(
        "payment_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("package_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("is_mailed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_payment_link"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_payment_link_customer_id_customer"
        ),
        sa.UniqueConstraint("token_hash", name="uq_payment_link_token_hash"),
        sa.CheckConstraint("length(token_hash) = 64", name="token_hash"),
        sa.CheckConstraint("expires_at > created_at", name="expires_later"),
    )
    op.create_index("ix_payment_link_customer_id_id", "payment_link", ["customer_id", "id"])
    op.create_table(
        "linked_purchase",
        sa.Column("link_id", ID, nullable=False),
        sa.Column("purchase_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("link_id", "purchase_id", name="pk_linked_purchase"),
        sa.ForeignKeyConstraint(
            ["link_id"], ["payment_link.id"], name="fk_linked_purchase_link_id_payment_link"
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name="fk_linked_purchase_purchase_id_purchase"
        ),
    )
    op.create_index("ix_linked_purchase_purchase_id", "linked_purchase", ["purchase_id"])


def add_cases() -> None:
    op.create_table(
        "done_case",
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("package_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("up_to", ID, nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "package_id", name="pk_done_case"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_done_case_customer_id_customer"
        ),
        sa.ForeignKeyConstraint(["up_to"], ["purchase.id"], name="fk_done_case_up_to_purchase"),
    )
    op.create_index("ix_done_case_up_to", "done_case", ["up_to"])
    op.create_table(
        "case_note",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("package_id", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_note"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_case_note_customer_id_customer"
        ),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 500", name="text_length"),
    )
    op.create_index(
        "ix_case_note_customer_id_package_id_id", "case_note", ["customer_id", "package_id", "id"]
    )

"""Customers, their doors, platforms, notices to admins."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import refuse

revision = "0013"
down_revision = "0012"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.String(80).with_variant(sa.String(80, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "giving_limits",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("most_at_once", sa.Integer(), nullable=False),
        sa.Column("most_a_day", sa.Integer(), nullable=False),
        sa.CheckConstraint("0 <= most_at_once AND most_at_once <= most_a_day", name="limits"),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.create_table(
        "notices_until",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.create_table(
        "platform",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("return_url", sa.String(500), nullable=False),
        sa.Column("trusts_emails", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime()),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name="name_length"),
        sa.CheckConstraint("length(return_url) <= 500", name="return_url_length"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reminded_until",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.create_table(
        "sign_in_code",
        sa.Column("id", ID, primary_key=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", sa.String(254), nullable=False),
        sa.Column("network", sa.String(45), nullable=False),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("proven_at", sa.DateTime()),
        sa.Column("used_at", sa.DateTime()),
        sa.CheckConstraint("length(browser_hash) = 64", name="browser_hash"),
        sa.CheckConstraint("length(code_hash) = 64", name="code_hash"),
        sa.CheckConstraint("length(network) BETWEEN 1 AND 45", name="network"),
        sa.CheckConstraint("tries >= 0", name="tries"),
        sa.CheckConstraint("used_at IS NULL OR proven_at IS NOT NULL", name="proven_before_used"),
        sa.UniqueConstraint("browser_hash", name="uq_sign_in_code_browser_hash"),
    )
    op.create_index("ix_sign_in_code_created_at", "sign_in_code", ["created_at"])
    op.create_index(
        "ix_sign_in_code_email_key_created_at", "sign_in_code", ["email_key", "created_at"]
    )
    op.create_index("ix_sign_in_code_network_created_at", "sign_in_code", ["network", "created_at"])
    op.create_table(
        "customer",
        sa.Column("id", ID, primary_key=True),
        sa.Column("platform_id", ID),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("country", sa.String(2)),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("reminders", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("last_sign_in_at", sa.DateTime()),
        sa.CheckConstraint("language IN ('en', 'tr', 'de', 'ar')", name="language"),
        sa.CheckConstraint("length(country) = 2", name="country_length"),
        sa.CheckConstraint("length(subject) BETWEEN 1 AND 255", name="subject_length"),
        sa.UniqueConstraint("platform_id", "subject", name="uq_customer_platform_id_subject"),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name="fk_customer_platform_id_platform"
        ),
        sqlite_autoincrement=True,
    )
    ours = sa.text("platform_id IS NULL")
    op.create_index(
        "uq_customer_our_subject",
        "customer",
        ["subject"],
        unique=True,
        sqlite_where=ours,
        postgresql_where=ours,
    )
    op.create_index("ix_customer_country_id", "customer", ["country", "id"])
    invited = sa.text("last_sign_in_at IS NULL")
    op.create_index(
        "ix_customer_invited", "customer", ["id"], sqlite_where=invited, postgresql_where=invited
    )
    op.create_table(
        "given_credits",
        sa.Column("wallet_id", ID, autoincrement=False, nullable=False),
        sa.Column("seq", ID, autoincrement=False, nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("credits", ID, nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("credits > 0", name="credits"),
        sa.ForeignKeyConstraint(["admin_id"], ["admin.id"], name="fk_given_credits_admin_id_admin"),
        sa.PrimaryKeyConstraint("wallet_id", "seq", name="pk_given_credits"),
    )
    op.create_index("ix_given_credits_admin_id_given_at", "given_credits", ["admin_id", "given_at"])
    op.create_table(
        "notice",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("author_id", sa.Integer()),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["admin.id"], name="fk_notice_author_id_admin"),
    )
    op.create_index("ix_notice_created_at", "notice", ["created_at"])
    op.create_table(
        "notice_choice",
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("frequency", sa.String(10), nullable=False),
        sa.CheckConstraint("frequency IN ('off', 'at_once', 'daily')", name="frequency"),
        sa.ForeignKeyConstraint(["admin_id"], ["admin.id"], name="fk_notice_choice_admin_id_admin"),
        sa.PrimaryKeyConstraint("admin_id", "kind", name="pk_notice_choice"),
    )
    op.create_table(
        "platform_key",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("platform_id", ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("last_used_at", sa.DateTime()),
        sa.Column("revoked_at", sa.DateTime()),
        sa.CheckConstraint("length(digest) = 64", name="digest"),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name="fk_platform_key_platform_id_platform"
        ),
    )
    op.create_index("ix_platform_key_platform_id", "platform_key", ["platform_id"])
    op.create_table(
        "used_token",
        sa.Column("platform_id", ID, nullable=False),
        sa.Column("jti_hash", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("length(jti_hash) = 64", name="jti_hash"),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name="fk_used_token_platform_id_platform"
        ),
        sa.PrimaryKeyConstraint("platform_id", "jti_hash", name="pk_used_token"),
    )
    op.create_index("ix_used_token_expires_at", "used_token", ["expires_at"])
    op.create_table(
        "customer_contact",
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("email_key", sa.String(254)),
        sa.Column("email_verified_at", sa.DateTime()),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(email IS NULL) = (email_key IS NULL)", name="email_and_its_key"),
        sa.CheckConstraint(
            "email_verified_at IS NULL OR email IS NOT NULL", name="verified_is_an_email"
        ),
        sa.CheckConstraint("length(email) BETWEEN 3 AND 254", name="email_length"),
        sa.CheckConstraint("length(name) <= 120", name="name_length"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_customer_contact_customer_id_customer"
        ),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customer_contact"),
    )
    op.create_index("ix_customer_contact_email_key", "customer_contact", ["email_key"])
    op.create_table(
        "customer_note",
        sa.Column("id", ID, primary_key=True),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("seq", ID),
        sa.Column("is_shown", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("salt", sa.String(32)),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("(seq IS NULL) = (salt IS NULL)", name="entry_and_salt"),
        sa.CheckConstraint("length(salt) = 32", name="salt_length"),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name="text_length"),
        sa.CheckConstraint("seq IS NOT NULL OR NOT is_shown", name="shown_with_its_entry"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_customer_note_customer_id_customer"
        ),
        sa.UniqueConstraint("customer_id", "seq", name="uq_customer_note_customer_id_seq"),
    )
    op.create_index("ix_customer_note_customer_id_id", "customer_note", ["customer_id", "id"])
    op.create_table(
        "customer_session",
        sa.Column("id", ID, primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("device", sa.String(80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("length(device) <= 80", name="device_length"),
        sa.CheckConstraint("length(token_hash) = 64", name="token_hash"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_customer_session_customer_id_customer"
        ),
        sa.UniqueConstraint("token_hash", name="uq_customer_session_token_hash"),
    )
    op.create_index("ix_customer_session_customer_id", "customer_session", ["customer_id"])
    op.create_table(
        "customer_tag",
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("tag", sa.String(30), nullable=False),
        sa.CheckConstraint("length(tag) BETWEEN 1 AND 30", name="tag_length"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_customer_tag_customer_id_customer"
        ),
        sa.PrimaryKeyConstraint("customer_id", "tag", name="pk_customer_tag"),
    )
    op.create_index("ix_customer_tag_tag_customer_id", "customer_tag", ["tag", "customer_id"])
    op.create_table(
        "customer_word",
        sa.Column("word", WORD, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_customer_word_customer_id_customer"
        ),
        sa.PrimaryKeyConstraint("word", "customer_id", name="pk_customer_word"),
    )
    op.create_index("ix_customer_word_customer_id_word", "customer_word", ["customer_id", "word"])
    op.add_column("sign_in_session", sa.Column("confirmed_at", sa.DateTime()))
    refuse("customer_note_is_never_updated", "UPDATE", "customer_note", "is insert-only")

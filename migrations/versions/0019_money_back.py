"""Money that goes back: refunds asked for here, what a person has to look at, credit notes."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import dialect, refuse, unchanged

revision = "0019"
down_revision = "0018"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FROZEN = (
    *("id", "key", "customer_id", "package_id", "released_id", "release_number", "name", "credits"),
    *("price_minor", "currency", "country", "language", "tax", "tax_basis_points", "tax_minor"),
    *("consent", "mode", "provider", "created_at"),
)
HOLDS = (
    "hold IN ('mismatch', 'paid_twice', 'refunded', 'refund_failed', 'disputed', 'dispute_lost',"
    " 'unknown_state', 'ledger_refused', 'withdrawal')"
)
STEPS = (
    "kind IN ('opened', 'sent', 'returned', 'declined', 'processing', 'paid', 'credited',"
    " 'failed', 'expired', 'held', 'refund_asked', 'refund_seen', 'dispute_seen', 'task_done')"
)
STATUSES = "status IN ('asked', 'pending', 'succeeded', 'failed', 'canceled', 'unknown')"
TAKEN = (
    "0 <= taken_credits AND 0 <= forgiven_credits AND taken_credits + forgiven_credits <= credits"
)
AUTOINCREMENT = {"sqlite_autoincrement": True}


def upgrade() -> None:
    change_purchases()
    change_money_back()
    keep_what_people_decided()
    add_tasks()
    add_credit_notes()


def change_purchases() -> None:
    with op.batch_alter_table("purchase", table_kwargs=AUTOINCREMENT) as table:
        table.add_column(sa.Column("payment_ref", sa.String(255)))
        for name in ("taken_credits", "forgiven_credits"):
            table.add_column(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        table.drop_constraint(op.f("ck_purchase_hold"), type_="check")
        table.create_check_constraint("hold", HOLDS)
        table.create_check_constraint("taken_credits", TAKEN)
    with op.batch_alter_table("purchase_step") as table:
        table.drop_constraint(op.f("ck_purchase_step_kind"), type_="check")
        table.create_check_constraint("kind", STEPS)
    op.execute(
        "UPDATE purchase SET payment_ref = (SELECT payment_ref FROM checkout"
        " WHERE checkout.purchase_id = purchase.id AND checkout.state = 'paid'"
        " ORDER BY checkout.id LIMIT 1) WHERE state = 'paid'"
    )
    if dialect() == "sqlite":  # the copies have no triggers
        changed = " OR ".join(f"NOT ({unchanged(column)})" for column in FROZEN)
        refuse("purchase_is_frozen", "UPDATE", "purchase", "is frozen", when=changed)
        refuse("purchase_is_never_deleted", "DELETE", "purchase", "is never deleted")
        insert_only("purchase_step")


def change_money_back() -> None:
    for name in ("payment_refund", "payment_dispute"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("payment_ref", sa.String(255)))
            table.add_column(
                sa.Column("credits", sa.BigInteger(), nullable=False, server_default="0")
            )
            table.add_column(sa.Column("freeze_seq", sa.BigInteger()))
    with op.batch_alter_table("payment_refund") as table:
        table.alter_column("ref", existing_type=sa.String(255), nullable=True)
        table.add_column(sa.Column("key", sa.String(32)))
        table.add_column(sa.Column("author", sa.String(40), nullable=False, server_default=""))
        table.add_column(sa.Column("reason", sa.String(200), nullable=False, server_default=""))
        table.create_unique_constraint("uq_payment_refund_key", ["key"])
        table.drop_constraint(op.f("ck_payment_refund_status"), type_="check")
        table.create_check_constraint("status", STATUSES)
        table.create_check_constraint("has_a_name", "ref IS NOT NULL OR key IS NOT NULL")
        table.create_check_constraint("asked_here", "status <> 'asked' OR key IS NOT NULL")
    op.create_index(
        "uq_payment_refund_asked",
        "payment_refund",
        ["purchase_id"],
        unique=True,
        sqlite_where=sa.text("status = 'asked'"),
        postgresql_where=sa.text("status = 'asked'"),
    )


def keep_what_people_decided() -> None:
    """Until now money that went back took no credits, and a person took them by hand or not. So
    what is back already takes none from now on either."""
    for name in ("payment_refund", "payment_dispute"):
        op.execute(
            f"UPDATE {name} SET payment_ref = (SELECT payment_ref FROM purchase"  # noqa: S608
            f" WHERE purchase.id = {name}.purchase_id)"
        )
    back = (
        "(COALESCE((SELECT SUM(amount_minor) FROM payment_refund AS back"
        " WHERE back.purchase_id = purchase.id AND status = 'succeeded'), 0)"
        " + COALESCE((SELECT SUM(amount_minor) FROM payment_dispute AS back"
        " WHERE back.purchase_id = purchase.id AND status = 'lost'), 0))"
    )
    credited = (
        "EXISTS (SELECT 1 FROM purchase_step WHERE purchase_id = purchase.id AND kind = 'credited')"
    )
    op.execute(
        f"UPDATE purchase SET forgiven_credits = CASE WHEN {back} >= price_minor THEN credits"  # noqa: S608
        f" ELSE CAST((credits * {back} + price_minor - 1) / price_minor AS BIGINT) END"
        f" WHERE {credited} AND {back} > 0"
    )


def add_tasks() -> None:
    op.create_table(
        "purchase_task",
        sa.Column("id", ID, primary_key=True),
        sa.Column("purchase_id", ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime()),
        sa.Column("done_by", sa.String(254)),
        sa.Column("note", sa.String(500), nullable=False),
        sa.CheckConstraint(HOLDS.replace("hold", "kind", 1), name="kind"),
        sa.CheckConstraint("done_by IS NULL OR closed_at IS NOT NULL", name="done"),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name="fk_purchase_task_purchase_id_purchase"
        ),
        sa.UniqueConstraint(
            "purchase_id", "kind", "subject", name="uq_purchase_task_purchase_id_kind_subject"
        ),
    )
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_purchase_task_open",
        "purchase_task",
        ["id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    # What waits for a person already: the next sync says about what.
    op.execute(
        "INSERT INTO purchase_task (purchase_id, kind, subject, opened_at, note)"
        " SELECT id, hold, '', COALESCE(synced_at, created_at), '' FROM purchase"
        " WHERE hold IS NOT NULL"
    )


def add_credit_notes() -> None:
    op.create_table(
        "credit_note",
        sa.Column("id", ID, primary_key=True),
        sa.Column("purchase_id", ID, nullable=False),
        sa.Column("refund_id", ID, nullable=False),
        sa.Column("reverses", ID),
        sa.Column("series", sa.String(40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.CheckConstraint("number > 0", name="number"),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name="fk_credit_note_purchase_id_purchase"
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["payment_refund.id"], name="fk_credit_note_refund_id_payment_refund"
        ),
        sa.ForeignKeyConstraint(
            ["reverses"], ["credit_note.id"], name="fk_credit_note_reverses_credit_note"
        ),
        sa.UniqueConstraint("reverses", name="uq_credit_note_reverses"),
        sa.UniqueConstraint(
            "series", "year", "number", name="uq_credit_note_series_year_number"
        ),
    )
    op.create_index("ix_credit_note_purchase_id", "credit_note", ["purchase_id"])
    insert_only("credit_note")


def insert_only(table: str) -> None:
    for event in ("UPDATE", "DELETE"):
        refuse(f"{table}_is_never_{event.lower()}d", event, table, "is insert-only")

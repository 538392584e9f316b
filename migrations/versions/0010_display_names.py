"""What admins are called."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ADMIN = sa.table(
    "admin",
    sa.column("id", sa.Integer()),
    sa.column("email", sa.String()),
    sa.column("display_name", sa.String()),
)


def upgrade() -> None:
    name = sa.Column("display_name", sa.String(80), nullable=False, server_default="Admin")
    op.add_column("admin", name)
    call_by_email()
    with op.batch_alter_table("admin") as table:
        table.alter_column("display_name", existing_type=sa.String(80), server_default=None)
        table.create_check_constraint(
            "display_name_length", "length(display_name) BETWEEN 1 AND 80"
        )
        table.create_check_constraint("display_name_trimmed", "display_name = trim(display_name)")


def call_by_email() -> None:
    """Deniz Kaya for deniz.kaya@example.com."""
    bind = op.get_bind()
    for id, email in bind.execute(sa.select(ADMIN.c.id, ADMIN.c.email)).all():
        local = email.partition("@")[0]
        words = re.split(r"[._+\s-]+", local.partition("+")[0] or local)
        name = " ".join(word[:1].upper() + word[1:] for word in words if word)
        name = (name or email)[:80].strip()
        bind.execute(sa.update(ADMIN).where(ADMIN.c.id == id).values(display_name=name))

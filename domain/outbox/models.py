"""The table of messages."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.database import Base, Id, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS
from domain.outbox.rules import State

WORD = 40
KEY = 200
REPLY = 300
CLAIMED = text("claimed_at IS NOT NULL")
STATES = ", ".join(f"'{state}'" for state in State)


class OutboxMessage(Base):
    """One message; `key` names it, so that one act puts one.

    Personal data: `recipient`, what `data` and `secrets` say of a person, `subject`, `body` and
    `reply`, which may repeat an address. A message waits as long as it has `due_at`: its next try,
    or the end of the lease of the worker that is sending it. `claims` tells leases apart: unlike
    `tries` it never begins anew. `unconfirmed` counts tries that may have arrived.
    `claimed_at` is when a worker began to send it: it does so until `due_at`, or is dead.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        CheckConstraint(f"state IN ({STATES})", name="state"),
        CheckConstraint("(state = 'waiting') = (due_at IS NOT NULL)", name="due_while_waiting"),
        CheckConstraint("0 <= tries AND tries <= claims", name="tries"),
        CheckConstraint("state <> 'sent' OR secrets IS NULL", name="no_secrets_once_sent"),
        CheckConstraint("(secrets IS NULL) = (secrets_until IS NULL)", name="secrets_end"),
        CheckConstraint("has_secrets OR secrets IS NULL", name="has_secrets"),
        CheckConstraint("state <> 'given_up' OR reason <> ''", name="given_up_for_a_reason"),
        CheckConstraint("claimed_at IS NULL OR state = 'waiting'", name="claimed_while_waiting"),
        Index(None, "kind", "due_at"),
        Index(None, "secrets_until"),
        Index(None, "kind", "state", "id"),
        Index(None, "claimed_at", sqlite_where=CLAIMED, postgresql_where=CLAIMED),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(WORD))
    topic: Mapped[str] = mapped_column(String(WORD))
    key: Mapped[str] = mapped_column(String(KEY), unique=True)
    recipient: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    secrets: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    has_secrets: Mapped[bool]
    secrets_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(WORD), default=State.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    unconfirmed: Mapped[int] = mapped_column(default=0)
    claims: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(WORD), default="")
    reply: Mapped[str] = mapped_column(String(REPLY), default="")
    subject: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="")

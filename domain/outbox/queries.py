"""What waits, what was given up, and the list of all messages. Reads only."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from domain.database import AnySession, utc_now
from domain.outbox.errors import MessageNotFound
from domain.outbox.models import OutboxMessage
from domain.outbox.rules import State

PAGE = 50
# In a query of its own: PostgreSQL looks up no index by a clock that goes on while it looks. It
# takes the index for the order, whatever it expects to find.
NOW = select(utc_now()).scalar_subquery()


class Page(NamedTuple):
    """Messages, newest first; those after it are older than `older`, None when there are none."""

    messages: Sequence[OutboxMessage]
    older: int | None


def has_due(session: AnySession, kind: str) -> bool:
    due_at = OutboxMessage.due_at
    due = select(OutboxMessage.id).where(OutboxMessage.kind == kind, due_at <= NOW)
    return session.scalar(due.order_by(due_at).limit(1)) is not None


def has_ended_secrets(session: AnySession) -> bool:
    until = OutboxMessage.secrets_until
    ended = select(OutboxMessage.id).where(until <= NOW)
    return session.scalar(ended.order_by(until).limit(1)) is not None


def is_overdue(session: AnySession, kind: str, by: timedelta) -> bool:
    """Whether a message should have been tried so long ago, and nobody sends any."""
    of_kind, due_at = OutboxMessage.kind == kind, OutboxMessage.due_at
    first = select(func.min(due_at)).where(of_kind).scalar_subquery()
    is_claimed = OutboxMessage.claimed_at.is_not(None)
    lease = select(func.max(due_at)).where(of_kind, is_claimed).scalar_subquery()
    due, leased_until, now = session.execute(select(first, lease, utc_now())).one()
    is_sending = leased_until is not None and leased_until > now
    return due is not None and due + by < now and not is_sending


def count_by_state(session: AnySession, kind: str, states: Collection[State]) -> dict[State, int]:
    """How many messages are in each of these states."""
    counts = (
        select(OutboxMessage.state, func.count())
        .where(OutboxMessage.kind == kind, OutboxMessage.state.in_(states))
        .group_by(OutboxMessage.state)
    )
    found = dict(session.execute(counts).tuples().all())
    return {state: found.get(state, 0) for state in states}


def list_messages(
    session: AnySession, kind: str, *, state: State | None = None, before: int | None = None
) -> Page:
    """Those in this state, or in any; older than the message `before`."""
    newest = select(OutboxMessage).where(OutboxMessage.kind == kind)
    if state is not None:
        newest = newest.where(OutboxMessage.state == state)
    if before is not None:
        newest = newest.where(OutboxMessage.id < before)
    found = session.scalars(newest.order_by(OutboxMessage.id.desc()).limit(PAGE + 1)).all()
    return Page(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)


def get_message(session: AnySession, message_id: int) -> OutboxMessage:
    found = session.get(OutboxMessage, message_id)
    if found is None:
        raise MessageNotFound
    return found

"""What happens to a message. Who sends it does so between `claim` and `conclude`, in no
transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update

from domain.database import AnySession, insert_for, read_clock
from domain.outbox.errors import MessageNotFound, NotStopped, SecretsEnded
from domain.outbox.models import REPLY, OutboxMessage
from domain.outbox.rules import (
    LEASE,
    MOST_COPIES,
    SECRETS_LAST,
    Failed,
    Message,
    Outcome,
    Sent,
    State,
    befores,
    fit,
    next_try,
    scatter,
)

# How many rows one transaction writes: the others wait for it.
MOST_ROWS = 50

Values = dict[str, Any]
NOT_DUE: Values = {"due_at": None, "claimed_at": None}
NO_SECRETS: Values = {"secrets": None, "secrets_until": None}


def put(
    session: AnySession,
    kind: str,
    key: str,
    *,
    topic: str,
    recipient: str,
    data: Values,
    secrets: dict[str, str] | None = None,
) -> bool:
    """Whether the message is new: one with this key stays as it is.

    `topic` says what it is about, and which template says it. What must not be kept goes into
    `secrets`: codes, and links that let people in.
    """
    now = read_clock(session)
    values = {
        **{"kind": kind, "key": key, "topic": topic, "recipient": recipient, "data": data},
        **{"secrets": secrets, "has_secrets": secrets is not None},
        **{"secrets_until": now + SECRETS_LAST if secrets is not None else None, "due_at": now},
    }
    add = insert_for(session)(OutboxMessage).values(values)
    new = add.on_conflict_do_nothing(index_elements=["key"]).returning(OutboxMessage.id)
    return session.scalar(new) is not None


def claim(session: AnySession, kind: str) -> Message | None:
    """The message of this kind that is due longest, leased to the caller; None when none is due."""
    now = read_clock(session)
    due = select(OutboxMessage.id).where(OutboxMessage.kind == kind, OutboxMessage.due_at <= now)
    first = due.order_by(OutboxMessage.due_at, OutboxMessage.id).limit(1)
    first = first.with_for_update(skip_locked=True)  # other workers take the next ones
    row = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == first.scalar_subquery(), OutboxMessage.due_at <= now)
        .values(_another_try(now))
        .returning(*(getattr(OutboxMessage, name) for name in Message._fields))
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return Message._make(row) if row else None


def _another_try(now: datetime) -> Values:
    counts = {"tries": OutboxMessage.tries + 1, "claims": OutboxMessage.claims + 1}
    return {"due_at": now + LEASE, "claimed_at": now, **counts}


def renew(session: AnySession, message: Message) -> None:
    """Keeps others from sending it, for as long as it takes."""
    _change(session, message, due_at=read_clock(session) + LEASE)


def conclude(session: AnySession, message: Message, outcome: Outcome) -> None:
    """What became of a try. What was sent is sent, whoever has claimed it or given it up since."""
    now = read_clock(session)
    if isinstance(outcome, Failed):
        _change(session, message, **_after_failure(message, outcome, now))
        return
    said = {"subject": fit(outcome.subject), "body": fit(outcome.body), "reason": "", "reply": ""}
    state = State.SENT if isinstance(outcome, Sent) else State.KEPT
    ended = {"state": state, "ended_at": now, **NOT_DUE, **said}
    if state is State.KEPT:
        _change(session, message, **ended)
        return
    is_it = OutboxMessage.id == message.id
    _change_where(session, is_it & _may_become(state), **ended, **NO_SECRETS)


def _may_become(state: State) -> ColumnElement[bool]:
    return OutboxMessage.state.in_(befores(state))


def _after_failure(message: Message, failed: Failed, now: datetime) -> Values:
    why = {"reason": failed.reason, "reply": fit(failed.reply, REPLY)}
    why |= {"subject": fit(failed.subject)} if failed.subject else {}
    unconfirmed = message.unconfirmed + failed.may_have_arrived
    is_last = failed.is_permanent or unconfirmed >= MOST_COPIES
    again = None if is_last else next_try(message.tries, now)
    if again is None:
        values: Values = {"state": State.GIVEN_UP, "ended_at": now, **NOT_DUE}
    else:
        values = {"due_at": scatter(again, now), "claimed_at": None}
    return {**values, **why, "unconfirmed": unconfirmed}


def send_again(session: AnySession, message_id: int) -> None:
    """What was given up, or kept here. Raises MessageNotFound, NotStopped, SecretsEnded."""
    now = read_clock(session)
    found = session.get(OutboxMessage, message_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise MessageNotFound
    if State(found.state) not in befores(State.WAITING):
        raise NotStopped
    if found.has_secrets and (found.secrets_until is None or found.secrets_until <= now):
        raise SecretsEnded
    found.state, found.due_at, found.ended_at = State.WAITING, now, None
    found.tries, found.unconfirmed, found.reason, found.reply = 0, 0, "", ""
    session.flush()


def blank_secrets(session: AnySession) -> bool:
    """Whether there were any that have ended; a few at once."""
    ended = select(OutboxMessage.id).where(OutboxMessage.secrets_until <= read_clock(session))
    # Apart, as PostgreSQL may look a subquery up again for each row, beyond its limit.
    few = ended.limit(MOST_ROWS).with_for_update(skip_locked=True).cte("few")
    blanked = session.scalars(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(select(few.c.id)))
        .values(NO_SECRETS)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    return bool(blanked.all())


def _change(session: AnySession, message: Message, **values: object) -> None:
    """Nothing when the lease is over and somebody else has claimed it."""
    is_mine = (OutboxMessage.id == message.id) & (OutboxMessage.claims == message.claims)
    _change_where(session, is_mine & (OutboxMessage.state == State.WAITING), **values)


def _change_where(session: AnySession, which: ColumnElement[bool], **values: object) -> None:
    session.execute(
        update(OutboxMessage)
        .where(which)
        .values(values)
        .execution_options(synchronize_session=False)
    )

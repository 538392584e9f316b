"""What happens to a message, on both databases."""

import traceback
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.database import AnySession, utc_now, write, writing
from domain.outbox import acts, queries
from domain.outbox.errors import MessageNotFound, NotStopped, SecretsEnded
from domain.outbox.models import OutboxMessage
from domain.outbox.queries import PAGE
from domain.outbox.rules import MAIL, MOST_TRIES, Failed, Kept, Message, Outcome, Sent, State
from tests.conftest import only_postgres
from tests.plans import list_scans, noting

SENT = Sent("Subject", "Body")
BUSY = Failed("busy", "451 later")
REFUSED = Failed("refused", "554 no", is_permanent=True)


def put(session: Session, key: str, **secrets: str) -> bool:
    def work(session: AnySession) -> bool:
        return acts.put(
            *(session, MAIL, key),
            topic="test",
            recipient="ana@example.com",
            data={"language": "en"},
            secrets=secrets or None,
        )

    return write(session, work)


def claim(session: Session) -> Message:
    message = write(session, partial(acts.claim, kind=MAIL))
    assert message
    return message


def conclude(session: Session, outcome: Outcome, message: Message | None = None) -> OutboxMessage:
    message = message or claim(session)
    write(session, partial(acts.conclude, message=message, outcome=outcome))
    return read(session, message.id)


def read(session: Session, message_id: int = 1) -> OutboxMessage:
    session.expire_all()
    return queries.get_message(session, message_id)


def change(session: Session, **values: object) -> None:
    """All messages, as time or a bug would."""
    with writing(session):
        session.execute(update(OutboxMessage).values(values))


def let_pass(session: Session, time: timedelta = timedelta(hours=48)) -> None:
    """As if so much time had gone by for all that waits and for all secrets."""
    for message in session.scalars(select(OutboxMessage)).all():
        due, until = message.due_at, message.secrets_until
        change(session, due_at=due and due - time, secrets_until=until and until - time)


def test_a_key_puts_one_message(session: Session) -> None:
    """Caught: a plain INSERT, which stops the whole act the second time."""
    assert put(session, "welcome:1")
    assert not put(session, "welcome:1")
    assert [message.key for message in session.scalars(select(OutboxMessage))] == ["welcome:1"]


def test_a_message_goes_with_the_act_that_it_tells_of(session: Session) -> None:
    with pytest.raises(OSError, match="undone"), writing(session):
        acts.put(session, MAIL, "a", topic="test", recipient="a@b.de", data={})
        raise OSError("undone")
    assert not queries.has_due(session, MAIL)


def test_who_claims_first_has_it_alone(session: Session) -> None:
    """Caught: a claim that left due_at as it was."""
    put(session, "a")
    put(session, "b")
    assert queries.has_due(session, MAIL)
    assert [claim(session).key, claim(session).key] == ["a", "b"]
    assert write(session, partial(acts.claim, kind=MAIL)) is None
    assert not queries.has_due(session, MAIL)


def test_kinds_do_not_wait_for_each_other(session: Session) -> None:
    put(session, "a")
    assert write(session, partial(acts.claim, kind="webhook")) is None
    assert not queries.has_due(session, "webhook")


@only_postgres
def test_another_worker_takes_the_next_without_waiting(engine: Engine) -> None:
    """Caught: a claim without SKIP LOCKED, which waits for the other's transaction."""
    with Session(engine) as one, Session(engine) as two:
        put(one, "a")
        put(one, "b")
        with writing(one), writing(two):
            first, second = acts.claim(one, MAIL), acts.claim(two, MAIL)
    assert first
    assert second
    assert [first.key, second.key] == ["a", "b"]


def test_what_was_sent_keeps_what_was_said_and_no_secret(session: Session) -> None:
    put(session, "a", code="123456")
    message = conclude(session, SENT)
    assert (message.state, message.subject, message.body) == ("sent", "Subject", "Body")
    assert (message.secrets, message.due_at, message.tries) == (None, None, 1)
    assert message.ended_at


def test_a_failure_waits_and_then_is_given_up(session: Session) -> None:
    """Caught: tries that were counted at the failure, which a killed worker never comes to."""
    put(session, "a")
    for tries in range(1, MOST_TRIES):
        message = conclude(session, BUSY)
        assert (message.state, message.tries, message.reason) == ("waiting", tries, "busy")
        assert not queries.has_due(session, MAIL)
        let_pass(session)
    message = conclude(session, BUSY)
    assert (message.state, message.reason, message.reply) == ("given_up", "busy", "451 later")
    assert message.ended_at


def test_a_permanent_failure_is_given_up_at_once(session: Session) -> None:
    put(session, "a")
    assert conclude(session, REFUSED).state == State.GIVEN_UP


def test_a_lease_that_is_over_changes_nothing_but_to_sent(session: Session) -> None:
    """Caught: a late failure that made what the next worker is sending wait again, and a mail that
    was sent and then sent by the next worker too."""
    put(session, "a")
    late = claim(session)
    let_pass(session)
    now = claim(session)
    leased_until = read(session).due_at
    for outcome in (BUSY, REFUSED, Kept("", "")):
        assert conclude(session, outcome, late).due_at == leased_until
    write(session, partial(acts.renew, message=late))
    assert read(session).due_at == leased_until
    assert conclude(session, SENT, late).state == State.SENT
    assert conclude(session, BUSY, now).state == State.SENT


def test_a_lease_of_the_first_round_is_not_one_of_the_second(session: Session) -> None:
    """Caught: `tries` as the name of a lease, which begins anew when a mail is sent again: a worker
    that was asleep gave up what another one was sending."""
    put(session, "a")
    late = claim(session)
    let_pass(session)
    conclude(session, REFUSED)
    write(session, partial(acts.send_again, message_id=1))
    now = claim(session)
    assert now.tries == late.tries
    assert conclude(session, REFUSED, late).state == State.WAITING
    assert conclude(session, SENT, now).state == State.SENT


@pytest.mark.parametrize("outcome", [REFUSED, Kept("", "")])
def test_what_was_sent_is_sent_though_another_gave_it_up(
    session: Session, outcome: Outcome
) -> None:
    """Caught: "sent" only for what waits: the admin sends again what has arrived."""
    put(session, "a")
    late = claim(session)
    let_pass(session)
    conclude(session, outcome)
    assert conclude(session, SENT, late).state == State.SENT


def test_a_lease_is_renewed(session: Session) -> None:
    put(session, "a")
    message = claim(session)
    let_pass(session, timedelta(minutes=1))
    before = read(session).due_at
    write(session, partial(acts.renew, message=message))
    after = read(session).due_at
    assert before
    assert after
    assert after > before


def test_secrets_are_blanked_after_ten_minutes_a_few_at_once(session: Session) -> None:
    """Caught: no limit, and so all of them in one transaction."""
    for number in range(acts.MOST_ROWS + 1):
        put(session, f"code:{number}", code="123456")
    assert not queries.has_ended_secrets(session)
    assert not write(session, acts.blank_secrets)
    change(session, secrets_until=utc_now())
    for left in (1, 0):
        assert queries.has_ended_secrets(session)
        assert write(session, acts.blank_secrets)
        rows = session.scalars(select(OutboxMessage)).all()
        assert sum(row.secrets is not None for row in rows) == left
    assert not queries.has_ended_secrets(session)


@pytest.mark.parametrize("outcome", [REFUSED, Kept("", "")])
def test_what_was_given_up_or_kept_is_sent_again(session: Session, outcome: Outcome) -> None:
    put(session, "a")
    conclude(session, outcome)
    write(session, partial(acts.send_again, message_id=1))
    message = read(session)
    assert (message.state, message.tries, message.reason) == ("waiting", 0, "")
    assert conclude(session, SENT).state == State.SENT


def test_what_cannot_be_sent_again_stays_as_it_is(session: Session) -> None:
    put(session, "a", code="123456")
    for error in (NotStopped, SecretsEnded):
        with pytest.raises(error):
            write(session, partial(acts.send_again, message_id=1))
        conclude(session, REFUSED) if error is NotStopped else None
        let_pass(session)
    with pytest.raises(MessageNotFound):
        write(session, partial(acts.send_again, message_id=2))
    assert read(session).state == State.GIVEN_UP


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "gone"},
        {"due_at": None},
        {"state": "sent"},
        {"state": "sent", "due_at": None},
        {"state": "given_up", "due_at": None},
        {"secrets_until": None},
        {"has_secrets": False},
        {"tries": -1},
    ],
)
def test_the_database_refuses_what_cannot_be(session: Session, wrong: dict[str, Any]) -> None:
    """A sent message with a secret in it above all."""
    put(session, "a", code="123456")
    with pytest.raises(IntegrityError):
        change(session, **wrong)


def test_no_error_of_the_database_tells_who_a_mail_is_for(session: Session) -> None:
    """Caught: PostgreSQL's word for a broken CHECK, which is the whole row, in each log."""
    put(session, "a", code="123456")
    with pytest.raises(IntegrityError) as raised:
        change(session, state="gone")
    said = "".join(traceback.format_exception(raised.value))
    assert "state" in said
    assert "ana@example.com" not in said
    assert "123456" not in said


def test_the_list_goes_on_by_the_last_id(session: Session) -> None:
    for number in range(PAGE + 2):
        put(session, f"{number}")
    conclude(session, SENT)
    first = queries.list_messages(session, MAIL)
    assert [message.id for message in first.messages] == list(range(PAGE + 2, 2, -1))
    rest = queries.list_messages(session, MAIL, before=first.older)
    assert ([message.id for message in rest.messages], rest.older) == ([2, 1], None)
    sent = queries.list_messages(session, MAIL, state=State.SENT)
    assert ([message.id for message in sent.messages], sent.older) == ([1], None)
    counts = queries.count_by_state(session, MAIL, (State.WAITING, State.GIVEN_UP))
    assert counts == {State.WAITING: PAGE + 1, State.GIVEN_UP: 0}


def test_what_nobody_tries_is_overdue(session: Session) -> None:
    assert not queries.is_overdue(session, MAIL, timedelta())
    put(session, "a")
    assert not queries.is_overdue(session, MAIL, timedelta(minutes=2))
    let_pass(session, timedelta(minutes=3))
    assert queries.is_overdue(session, MAIL, timedelta(minutes=2))


def test_nothing_is_overdue_while_a_worker_sends(session: Session) -> None:
    """Caught: "Is the worker running?" while it waits for a slow mail server."""
    put(session, "a")
    put(session, "b")
    let_pass(session, timedelta(minutes=3))
    message = claim(session)
    assert read(session).claimed_at == message.claimed_at
    assert not queries.is_overdue(session, MAIL, timedelta(minutes=2))
    conclude(session, BUSY, message)
    assert read(session).claimed_at is None
    assert queries.is_overdue(session, MAIL, timedelta(minutes=2))


def test_old_messages_cost_nothing(session: Session, engine: Engine) -> None:
    """Whatever an idle worker and a page ask is answered from an index. Caught: each of the three
    indexes left out; on PostgreSQL, a search for what is due in no order."""
    values = {"kind": MAIL, "topic": "test", "recipient": "a@b.de", "data": {}}
    sent = {"has_secrets": False, "state": "sent", "due_at": None}
    rows: list[dict[str, object]] = [{"key": f"{n}", **values, **sent} for n in range(5000)]
    with writing(session):
        session.execute(insert(OutboxMessage), rows)
        session.execute(text("ANALYZE"))
    put(session, "new", code="1")
    with noting(engine, "outbox_message") as asked:
        queries.has_due(session, MAIL)
        queries.has_ended_secrets(session)
        queries.is_overdue(session, MAIL, timedelta(minutes=2))
        queries.count_by_state(session, MAIL, (State.WAITING, State.GIVEN_UP))
        queries.list_messages(session, MAIL, state=State.WAITING)
        queries.list_messages(session, MAIL, before=2000)
        claim(session)
    assert len(asked) >= 7
    assert list_scans(session, asked, "outbox_message") == []

"""When a message is tried again, when that ends, and where it may go."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from domain.outbox.rules import (
    JITTER,
    MOST_TRIES,
    MOVES,
    NEVER_FINISHED,
    SECRETS_ENDED,
    SECRETS_LAST,
    Failed,
    Message,
    State,
    fit,
    next_try,
    refuse,
    scatter,
)

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
NO_SECRETS = Message(1, "test", "key", "a@b.de", {}, None, False, None, 1, 0, 1, NOW, NOW)
WITH_SECRETS = NO_SECRETS._replace(has_secrets=True, secrets={"code": "123456"})


def test_pauses_grow_and_end() -> None:
    """Caught: a list of pauses in which the third was shorter than the second."""
    tries = [next_try(number, NOW) for number in range(1, MOST_TRIES + 1)]
    assert tries[-1] is None
    pauses = [at - NOW for at in tries if at]
    assert pauses == sorted(pauses)
    assert len(pauses) == MOST_TRIES - 1
    assert next_try(MOST_TRIES + 5, NOW) is None


def test_a_code_is_tried_again_while_it_lasts_and_a_weekend_is_waited_for() -> None:
    pauses = [(next_try(number, NOW) or NOW) - NOW for number in range(1, MOST_TRIES)]
    assert sum(pauses[:3], timedelta()) < SECRETS_LAST
    assert sum(pauses, timedelta()) > timedelta(days=2, hours=12)


def test_what_failed_together_is_not_tried_together() -> None:
    pause = timedelta(hours=1)
    tried = {scatter(NOW + pause, NOW) for _ in range(50)}
    assert len(tried) > 40
    assert all(abs(at - NOW - pause) <= pause * JITTER for at in tried)


def test_every_pair_of_states_is_a_move_or_none() -> None:
    pairs = {(old, new) for old, new in product(State, State) if new in MOVES[old]}
    assert pairs == {
        (State.WAITING, State.SENT),
        (State.WAITING, State.KEPT),
        (State.WAITING, State.GIVEN_UP),
        (State.GIVEN_UP, State.WAITING),
        (State.GIVEN_UP, State.SENT),
        (State.KEPT, State.SENT),
        (State.KEPT, State.WAITING),
    }


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (NO_SECRETS, None),
        (NO_SECRETS._replace(tries=MOST_TRIES), None),
        (NO_SECRETS._replace(tries=MOST_TRIES + 1), NEVER_FINISHED),
        (WITH_SECRETS._replace(secrets_until=NOW + timedelta(seconds=1)), None),
        (WITH_SECRETS._replace(secrets_until=NOW), SECRETS_ENDED),
        (WITH_SECRETS._replace(secrets=None), SECRETS_ENDED),
    ],
)
def test_what_is_of_no_use_is_not_sent(message: Message, reason: str | None) -> None:
    refused = refuse(message)
    assert refused == (Failed(reason, is_permanent=True) if reason else None)


@pytest.mark.parametrize(
    ("text", "kept"), [("a\0b", "ab"), ("a\udcffb", "a?b"), ("x" * 400, "x" * 300), ("ş", "ş")]
)
def test_what_others_say_fits_every_database(text: str, kept: str) -> None:
    assert fit(text, 300) == kept

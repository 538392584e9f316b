"""Processes that spend the credits of one wallet, and note each answer in a file as they get it."""

import random
import time
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from uuid import uuid4

from sqlalchemy.orm import Session

from domain.connections import connect
from domain.database import AnySession, write
from domain.ledger import acts
from domain.ledger.errors import Refusal
from domain.ledger.requests import Answer, RequestKey, answer_once
from domain.ledger.rules import Purpose
from tests.kill_after import CONTEXT, PATIENCE_SECONDS

PAUSE_SECONDS = 0.002


def spend_once(session: AnySession, wallet_id: int, key: str) -> Answer:
    """One credit, whatever for: only the key keeps it from being spent twice."""

    def work(session: AnySession) -> Answer:
        purpose = Purpose("call", uuid4().hex)
        outcome = acts.spend(session, wallet_id, 1, purpose, actor="customer:1")
        return (
            Answer(409, outcome.code) if isinstance(outcome, Refusal) else Answer(200, purpose.id)
        )

    asked = RequestKey("tests", key, sha256(key.encode()).hexdigest())
    return answer_once(session, wallet_id, asked, work)


def spend_all(url: str, wallet_id: int, keys: Sequence[str], notes: Path) -> None:
    """For each key in turn; a line of the notes is its key, the status and the body."""
    with Session(connect(url)) as session, notes.open("ab", buffering=0) as file:
        for key in keys:
            answer = write(session, partial(spend_once, wallet_id=wallet_id, key=key))
            file.write(f"{key} {answer.status} {answer.body}\n".encode())


class Spender:
    """A process for these keys, which goes on with those not answered yet after each kill."""

    def __init__(self, url: str, wallet_id: int, keys: Sequence[str], notes: Path) -> None:
        self.url, self.wallet_id, self.keys, self.notes = url, wallet_id, keys, notes
        self.process = self._start()

    def _start(self) -> ForkServerProcess:
        left = self.keys[len(self.answers()) :]
        arguments = (self.url, self.wallet_id, left, self.notes)
        process = CONTEXT.Process(target=spend_all, args=arguments)
        process.start()
        return process

    def answers(self) -> list[list[str]]:
        """Key, status and body of each; the last line may be cut off."""
        if not self.notes.exists():
            return []
        text = self.notes.read_text()
        return [line.split() for line in text[: text.rfind("\n") + 1].splitlines()]

    def kill(self) -> None:
        """With SIGKILL; it may just have finished."""
        self.process.kill()
        self.process.join(PATIENCE_SECONDS)
        self.process = self._start()

    def finish(self) -> None:
        self.process.join(PATIENCE_SECONDS)
        assert self.process.exitcode == 0, self.process.exitcode
        assert [key for key, *_ in self.answers()] == list(self.keys)


def spend_under_kills(
    url: str, wallet_id: int, keys: Sequence[str], kills: int, folder: Path, dice: random.Random
) -> dict[str, set[tuple[str, str]]]:
    """All answers that each key got: two processes ask for each, from both ends."""
    spenders = [
        Spender(url, wallet_id, keys_in_order, folder / f"notes-{which}")
        for which, keys_in_order in enumerate((keys, keys[::-1]))
    ]
    for number in range(1, kills + 1):
        wait_for(spenders, 2 * len(keys) * number // (kills + 1))
        dice.choice(spenders).kill()
    for spender in spenders:
        spender.finish()
    answers = defaultdict(set)
    for key, status, body in (answer for spender in spenders for answer in spender.answers()):
        answers[key].add((status, body))
    return answers


def wait_for(spenders: list[Spender], answers: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while sum(len(spender.answers()) for spender in spenders) < answers:
        assert time.monotonic() < until
        time.sleep(PAUSE_SECONDS)

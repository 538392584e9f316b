"""Clients that spend while servers come and go, and the history of what was answered to them.

Each spend has a key. Where no answer comes, nobody knows whether it was done; so it is asked for
again under its key, as callers of the API do.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import count, pairwise
from typing import NamedTuple

from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.connections import connect
from domain.database import AnySession, write
from domain.ledger.acts import grant, spend
from domain.ledger.book import Entry
from domain.ledger.models import wallet
from domain.ledger.requests import Answer, RequestKey, answer_once
from domain.ledger.rules import Purpose
from domain.ledger.verify import Verified
from domain.ledger.wallets import open_wallet

# One of them runs out of credits: a refusal is an answer too.
CREDITS = (30, 10_000, 10_000, 10_000)
CLIENTS = 8
PAUSE_SECONDS = 0.05  # after each answer, and after none
PATIENCE_SECONDS = 30


class Asked(NamedTuple):
    wallet_id: int
    key: str


def spend_once(session: AnySession, asked: Asked) -> Answer:
    """One credit; the body is the number of the entry, or why there is none."""

    def work(session: AnySession) -> Answer:
        purpose = Purpose("call", asked.key)
        done = spend(session, asked.wallet_id, 1, purpose, actor="load")
        if isinstance(done, Entry):
            return Answer(200, str(done.seq))
        return Answer(402, repr(done))

    key = RequestKey("load", asked.key, sha256(asked.key.encode()).hexdigest())
    return answer_once(session, asked.wallet_id, key, work)


@dataclass
class Load:
    """All that was answered, when, and how many tries got no answer."""

    wallets: Mapping[int, int]  # the credits of each at first
    answers: dict[Asked, Answer] = field(default_factory=dict)
    answered_at: list[float] = field(default_factory=list)
    unanswered: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def go_on(self, engine: Engine, wallet_id: int, name: str) -> None:
        for number in count(1):
            if self.over.is_set():
                return
            asked = Asked(wallet_id, f"{name}-{number}")
            self.answers[asked] = self.ask_until_answered(engine, asked)
            self.answered_at.append(time.monotonic())
            time.sleep(PAUSE_SECONDS)

    def ask_until_answered(self, engine: Engine, asked: Asked) -> Answer:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with Session(engine) as session:
                    return write(session, partial(spend_once, asked=asked))
            except OperationalError:
                assert time.monotonic() < end, "the servers do not come back"
                self.unanswered.append(asked)
                time.sleep(PAUSE_SECONDS)

    def wait_for(self, answers: int) -> None:
        """Until so many more have been answered."""
        enough = len(self.answered_at) + answers
        end = time.monotonic() + PATIENCE_SECONDS
        while len(self.answered_at) < enough:
            assert time.monotonic() < end, "no more answers"
            time.sleep(PAUSE_SECONDS)

    def check(self, engine: Engine) -> None:
        """Each answer is given again, and the wallets have these spends and no other."""
        for asked, answer in self.answers.items():
            assert self.ask_until_answered(engine, asked) == answer._replace(replayed=True)
        with Session(engine) as session:
            for wallet_id, credits in self.wallets.items():
                row = select(wallet.c.seq, wallet.c.free).where(wallet.c.id == wallet_id)
                seq, free = session.execute(row).one()
                assert sorted(self.entries(wallet_id)) == list(range(2, seq + 1))
                assert free == credits - (seq - 1)
            assert list(Verified(session).differences()) == []

    def entries(self, wallet_id: int) -> list[int]:
        """The numbers of the entries that were answered; the first one of a wallet is its grant."""
        found = [answer for asked, answer in self.answers.items() if asked.wallet_id == wallet_id]
        return [int(answer.body) for answer in found if answer.status == 200]

    @property
    def done_unanswered(self) -> int:
        """How many spends were done although their first try got no answer."""
        return sum(self.answers[asked].replayed for asked in set(self.unanswered))

    @property
    def longest_silence(self) -> float:
        return max(later - earlier for earlier, later in pairwise(sorted(self.answered_at)))


def open_wallets(engine: Engine) -> dict[int, int]:
    """With the credits of each."""
    opened = {}
    with Session(engine) as session:
        for customer, credits in enumerate(CREDITS, start=1):
            wallet_id = write(session, partial(open_wallet, customer_id=customer, mode="test"))
            gift = partial(grant, wallet_id=wallet_id, credits=credits, kind="gift")
            write(session, partial(gift, source="gift:1", actor="load"))
            opened[wallet_id] = credits
    return opened


@contextmanager
def spending(url: str, wallets: Mapping[int, int]) -> Iterator[Load]:
    """Clients at work, each with an engine of its own, as if on machines of their own."""
    load = Load(wallets)
    ids = list(wallets)
    engines = [connect(url) for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [
            pool.submit(load.go_on, engine, ids[number % len(ids)], f"client-{number}")
            for number, engine in enumerate(engines)
        ]
        try:
            yield load
        finally:
            load.over.set()
        for client in clients:
            client.result()
    for engine in engines:
        engine.dispose()

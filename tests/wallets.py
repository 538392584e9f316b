"""A wallet as tests use it: through the acts, each of them twice under one key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from domain.database import AnySession, write
from domain.ledger import acts
from domain.ledger.book import Entry
from domain.ledger.errors import Refusal
from domain.ledger.requests import Answer, RequestKey, answer_once
from domain.ledger.rules import Purpose
from domain.ledger.wallets import open_wallet

PRICE = {"paid_minor": 1000, "currency": "EUR"}
CUSTOMERS = count(1)


@dataclass
class TestWallet:
    """Says `grant(100)` for the act with a session, the wallet's id, and what tests never vary."""

    __test__ = False
    session: Session
    id: int
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def do(self, act: Callable[..., Any], *args: object, **terms: object) -> Any:  # noqa: ANN401
        """What the act returned. It is asked for twice under one key, and happens once."""
        happened = []

        def work(session: AnySession) -> Answer:
            happened.append(act(session, self.id, *args, **terms))
            return Answer(409 if isinstance(happened[-1], Refusal) else 200, repr(happened[-1]))

        key = RequestKey(
            "tests", f"key-{next(self.numbers)}", sha256(repr((args, terms)).encode()).hexdigest()
        )
        ask = partial(answer_once, wallet_id=self.id, asked=key, work=work)
        first, second = write(self.session, ask), write(self.session, ask)
        assert second == first._replace(replayed=True)
        assert len(happened) == 1
        return happened[0]

    def purpose(self, kind: str = "call") -> Purpose:
        """One that nothing was spent on yet."""
        return Purpose(kind, f"{kind}-{next(self.numbers)}")

    def bought(self, credits: int, purchase_id: int, **terms: Any) -> Entry:  # noqa: ANN401
        source = f"purchase:{purchase_id}"
        terms = PRICE | {"source": source, "purchase_id": purchase_id, "actor": "scrip"} | terms
        return self.entry(acts.grant, credits, kind="bought", **terms)

    def gift(self, credits: int, expires_at: datetime | None = None) -> Entry:
        source = f"gift:{next(self.numbers)}"
        terms = {"kind": "gift", "source": source, "actor": "admin:1", "expires_at": expires_at}
        return self.entry(acts.grant, credits, **terms)

    def spend(self, credits: int, purpose: Purpose | None = None) -> Any:  # noqa: ANN401
        return self.do(acts.spend, credits, purpose or self.purpose(), actor="customer:1")

    def hold(self, credits: int, purpose: Purpose | None = None, **terms: Any) -> Any:  # noqa: ANN401
        terms = {"lasts": timedelta(hours=1), "actor": "customer:1"} | terms
        return self.do(acts.hold, credits, purpose or self.purpose(), **terms)

    def entry(self, act: Callable[..., Any], *args: object, **terms: object) -> Entry:
        """The same for what cannot be refused."""
        done = self.do(act, *args, **terms)
        assert isinstance(done, Entry), done
        return done


def new_wallet(session: Session) -> TestWallet:
    """An empty one of a new customer."""
    id = write(session, partial(open_wallet, customer_id=next(CUSTOMERS), mode="test"))
    return TestWallet(session, id)

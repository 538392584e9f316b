"""What happened to a sample customer's credits, with the database's clock set back for each act."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, event

from domain.customers.models import CustomerNote
from domain.customers.notes import new_salt
from domain.database import AnySession
from domain.ledger import acts, corrections
from domain.ledger.book import Entry, Outcome
from domain.ledger.chain import note_digest
from domain.ledger.rules import Purpose
from domain.ledger.validity import end_of_validity

# What the database's clock is written as in statements; the tests of the ledger know more of it.
CLOCKS = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now')",
    "postgresql": "(clock_timestamp() AT TIME ZONE 'UTC')",
}
ACTOR = "scrip"
ADMIN_ACTOR = "admin:1"
# Purchases are numbered as time goes: so many a day, from so many days ago on.
OLDEST_PURCHASE, PURCHASES_A_DAY = 190, 10


class Story:
    """What happens in one wallet; `ago` counts days. `author` gave the reasons."""

    def __init__(
        self,
        session: AnySession,
        customer_id: int,
        wallet_id: int,
        now: datetime,
        zone: ZoneInfo,
        author: str,
    ) -> None:
        self._session, self._customer_id, self._wallet_id = session, customer_id, wallet_id
        self._now, self._zone, self._author = now, zone, author
        self._chance = random.Random(wallet_id)  # noqa: S311 - nothing secret
        self._count = self._purchase = 0

    def bought(self, ago: float, credits: int, price: int, currency: str) -> None:
        """The purchase itself is made afterwards, by the sample of purchases."""
        self._purchase = purchase_number(ago)
        paid = {"paid_minor": price, "currency": currency, "purchase_id": self._purchase}
        terms = {"kind": "bought", "source": f"purchase:{self._purchase}", **paid}
        self._do(ago, acts.grant, credits, actor=ACTOR, **terms)

    def gift(self, ago: float, credits: int, why: str, *, good_until: int) -> None:
        """Until the end of the day that is `good_until` days from now."""
        end = end_of_validity(self._now, self._zone, days=good_until)
        terms = {"kind": "gift", "source": f"sample:{self._next()}", "reason": "gift"}
        self._explained(ago, acts.grant, credits, why, expires_at=end, **terms)

    def spent(self, ago: float, credits: int, kind: str, name: str) -> Entry:
        return self._do(ago, acts.spend, credits, Purpose(kind, name), actor=ACTOR)

    def held(self, ago: float, credits: int, kind: str, name: str, lasts: int = 30) -> int:
        done = self._do(
            ago, acts.hold, credits, Purpose(kind, name), lasts=timedelta(days=lasts), actor=ACTOR
        )
        return done.hold or 0

    def captured(self, ago: float, hold: int, credits: int | None = None) -> None:
        self._do(ago, acts.capture, hold, credits=credits, actor=ACTOR)

    def voided(self, ago: float, hold: int) -> None:
        self._do(ago, acts.void, hold, cause="provider", actor=ACTOR)

    def given_back(self, ago: float, spent: Entry, credits: int) -> None:
        terms = {"cause": "provider", "credits": credits, "actor": ACTOR}
        self._do(ago, acts.reverse, spent.seq, **terms)

    def corrected(self, ago: float, change: int, why: str) -> None:
        self._explained(ago, corrections.adjust, change, why, reason="correction")

    def refunded(self, ago: float, credits: int) -> None:
        """The last purchase; what of it was spent is owed."""
        terms = {"purchase_id": self._purchase, "may_owe": True, "actor": ACTOR}
        self._do(ago, corrections.revoke, credits, **terms)

    def months(self, start: int, end: int, credits: int, price: int, currency: str) -> None:
        """Buys each month, and uses most of it on calls and appointments in the weeks after."""
        for month in range(start, end + 22, -30):
            self.bought(month - 0.2, credits, price, currency)
            for week in (22, 15, 8):
                part = round(credits * self._chance.uniform(0.15, 0.3))
                kind = self._chance.choice(("call", "appointment"))
                name = f"{kind[0].upper()}-{1000 + self._next()}"
                self.spent(month - 30 + week - self._chance.random(), part, kind, name)

    def _explained(
        self,
        ago: float,
        act: Callable[..., Outcome],
        credits: int,
        why: str,
        **terms: Any,  # noqa: ANN401
    ) -> None:
        """An act of support, with the reason that the customer reads."""
        salt = new_salt()
        terms |= {"actor": ADMIN_ACTOR, "note_digest": note_digest(salt, why)}
        done = self._do(ago, act, credits, **terms)
        kept = {"customer_id": self._customer_id, "seq": done.seq, "salt": salt, "text": why}
        with clock_at(self._session, self._now - timedelta(days=ago)):
            self._session.add(CustomerNote(**kept, is_shown=True, author=self._author))

    def _do(self, ago: float, act: Callable[..., Outcome], *args: object, **terms: Any) -> Entry:  # noqa: ANN401
        with clock_at(self._session, self._now - timedelta(days=ago)):
            done = act(self._session, self._wallet_id, *args, **terms)
        if not isinstance(done, Entry):
            raise TypeError(done)
        return done

    def _next(self) -> int:
        self._count += 1
        return self._count


def purchase_number(ago: float) -> int:
    """Of what was bought so many days ago."""
    return round((OLDEST_PURCHASE - ago) * PURCHASES_A_DAY)


@contextmanager
def clock_at(session: AnySession, moment: datetime) -> Iterator[None]:
    """Until it ends, statements of this database session use `moment` as the current time."""
    connection = session.connection()
    clock = CLOCKS[connection.dialect.name]
    shown = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    stopped = f"'{shown}'" if connection.dialect.name == "sqlite" else f"TIMESTAMP '{shown}'"

    def stop(
        _connection: Connection, _cursor: object, statement: str, parameters: object, *_: object
    ) -> tuple[str, object]:
        return statement.replace(clock, stopped), parameters

    event.listen(connection, "before_cursor_execute", stop, retval=True)
    try:
        yield
    finally:
        session.flush()
        event.remove(connection, "before_cursor_execute", stop)

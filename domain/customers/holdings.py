"""What a customer holds: the balance, and the lots and holds that it is made of."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.database import AnySession
from domain.ledger import queries
from domain.ledger.models import wallet
from domain.ledger.queries import LotBalance, OpenHold
from domain.ledger.validity import last_usable_day

WALLET = select(wallet.c.id, wallet.c.status)


class Holdings(NamedTuple):
    """Who was never given credits has no wallet, and nothing. Lots are in the order in which they
    pay, holds in that in which they time out."""

    wallet_id: int | None = None
    status: str = "open"
    lots: Sequence[LotBalance] = ()
    holds: Sequence[OpenHold] = ()

    @property
    def free(self) -> int:
        return self.sum_up(lambda lot: lot.free)

    @property
    def held(self) -> int:
        return self.sum_up(lambda lot: lot.held)

    @property
    def frozen(self) -> int:
        return self.sum_up(lambda lot: lot.frozen)

    @property
    def owed(self) -> int:
        return self.sum_up(lambda lot: lot.owed)

    def next_to_end(self, zone: ZoneInfo) -> tuple[date, list[LotBalance]] | None:
        """The first last day of any free credits, and all lots whose last day it is."""
        days = {
            lot.number: last_usable_day(lot.expires_at, zone)
            for lot in self.lots
            if lot.free and lot.expires_at
        }
        if not days:
            return None
        first = min(days.values())
        return first, [lot for lot in self.lots if days.get(lot.number) == first]

    def sum_up(self, credits: Callable[[LotBalance], int]) -> int:
        return sum(map(credits, self.lots))


def read_holdings(session: AnySession, customer_id: int) -> Holdings:
    """As of now, with what is due counted as if it were written."""
    found = session.execute(WALLET.where(wallet.c.customer_id == customer_id)).one_or_none()
    if found is None:
        return Holdings()
    lots = queries.lots(session, found.id)
    return Holdings(found.id, found.status, lots, queries.open_holds(session, found.id))

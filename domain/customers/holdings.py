"""What a customer holds: the balance, and the lots and holds that it is made of."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import select

from domain.database import AnySession
from domain.ledger import queries
from domain.ledger.models import wallet
from domain.ledger.queries import LotBalance, OpenHold

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

    def sum_up(self, credits: Callable[[LotBalance], int]) -> int:
        return sum(map(credits, self.lots))


def read_holdings(session: AnySession, customer_id: int) -> Holdings:
    """As of now, with what is due counted as if it were written."""
    found = session.execute(WALLET.where(wallet.c.customer_id == customer_id)).one_or_none()
    if found is None:
        return Holdings()
    lots = queries.lots(session, found.id)
    return Holdings(found.id, found.status, lots, queries.open_holds(session, found.id))

"""After a restore: purchases that only the provider still knows. No transaction is open while it is
asked, and each purchase has one of its own, so that a run that stops can be run again."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from domain.database import AnySession, write
from domain.ledger.rules import Mode
from domain.purchases.errors import PurchaseError
from domain.purchases.provider import ListedCheckout, Provider, ProviderError
from domain.purchases.rebuilding import Found, take
from domain.purchases.restoring import note_recovered, note_restored
from domain.purchases.rules import Doubt
from domain.purchases.syncing import Note, note_events_since, sync

# Providers' clocks and ours differ.
LISTED_BEFORE = timedelta(hours=1)

log = logging.getLogger("scrip.purchases")


class Recovered(NamedTuple):
    """What became of a purchase, whose newest checkout this is. `waits`: the provider could not be
    asked, or others were faster each time; the worker comes back to it."""

    checkout: ListedCheckout
    found: Found
    doubt: Doubt | None = None
    purchase_id: int | None = None
    waits: bool = False


def recover(
    session: AnySession, provider: Provider, mode: Mode, since: datetime, note: Note
) -> Iterator[Recovered]:
    """Each purchase whose payment was begun since then, the oldest first. Then what the provider
    has reported since: refunds and disputes. `note` is written down before the first of them.
    Raises ProviderError."""
    write(session, note_restored)
    listed = list(provider.list_checkouts(since - LISTED_BEFORE))
    write(session, note)
    for checkouts in _by_purchase(listed):
        yield _recover(session, provider, mode, checkouts)
    note_events_since(session, provider, since - LISTED_BEFORE)
    write(session, note_recovered)


def _by_purchase(listed: Sequence[ListedCheckout]) -> Sequence[Sequence[ListedCheckout]]:
    groups: defaultdict[str, list[ListedCheckout]] = defaultdict(list)
    for one in sorted(listed, key=lambda one: (one.created_at, one.expires_at)):
        groups[one.purchase_key].append(one)
    return [*groups.values()]


def _recover(
    session: AnySession, provider: Provider, mode: Mode, checkouts: Sequence[ListedCheckout]
) -> Recovered:
    work = partial(take, provider=provider.name, mode=mode, checkouts=checkouts)
    taken = write(session, work)
    waits = taken.to_sync is not None and not _is_synced(session, provider, taken.to_sync)
    return Recovered(checkouts[-1], taken.found, taken.doubt, taken.to_sync, waits)


def _is_synced(session: AnySession, provider: Provider, purchase_id: int) -> bool:
    try:
        sync(session, provider, purchase_id)
    except (ProviderError, PurchaseError) as error:
        log.warning("Purchase %s is not in sync: %r", purchase_id, error)
        return False
    return True

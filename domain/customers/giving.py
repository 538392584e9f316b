"""Credits that an admin gives or takes by hand, for a reason.

What is given is a gift or a correction; what is taken is always a correction, and never more than
is free. Nobody sets a balance to a number.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from domain.customers.customers import Person, get_customer
from domain.customers.errors import LedgerRefused, NotThatMany
from domain.customers.limits import claim_credits
from domain.customers.models import GivenCredits
from domain.customers.notes import keep_reason, new_salt
from domain.customers.rules import GivingKind
from domain.database import AnySession, read_clock
from domain.ledger import acts, corrections
from domain.ledger.book import Entry, Outcome
from domain.ledger.chain import note_digest
from domain.ledger.errors import NotEnough
from domain.ledger.requests import Answer, RequestKey, answer_once
from domain.ledger.rules import Mode
from domain.ledger.wallets import find_wallet, open_wallet
from domain.outbox.acts import put
from domain.outbox.rules import MAIL
from domain.times import start_of_day


@dataclass(frozen=True)
class Giving:
    """What an admin asks for: credits with their sign, good until `last_day` ends in the zone, for
    ever if that is None. `reason` is clean; the customer reads it if `is_shown`. `key` names the
    press of the button; at `account_address` the customer signs in."""

    credits: int
    kind: GivingKind
    reason: str
    is_shown: bool
    last_day: date | None
    zone: ZoneInfo
    admin_id: int
    author: str
    key: str
    account_address: str = ""

    @property
    def recorded_kind(self) -> GivingKind:
        return self.kind if self.credits > 0 else "correction"

    @property
    def expires_at(self) -> datetime | None:
        if self.last_day is None:
            return None
        return start_of_day(self.last_day + timedelta(days=1), self.zone)

    @property
    def actor(self) -> str:
        return f"admin:{self.admin_id}"

    @property
    def request_key(self) -> RequestKey:
        said = [self.credits, self.kind, self.reason, self.is_shown, str(self.last_day)]
        return RequestKey(self.actor, self.key, sha256(json.dumps(said).encode()).hexdigest())


class Given(NamedTuple):
    """The entry in the customer's wallet, and what is free since. `is_new`: it was not there when
    the same was asked for before."""

    seq: int
    free: int
    is_new: bool


def give_or_take(session: AnySession, customer_id: int, asked: Giving, *, mode: Mode) -> Given:
    """Gives or takes credits once for each key, keeps the reason, and puts a mail about a gift.

    For `database.write`; what is raised changes nothing. Raises CustomerNotFound, OverLimit,
    OverDailyLimit, NotThatMany, LedgerRefused, and the ledger's KeyReused.
    """
    person = get_customer(session, customer_id)
    wallet_id = find_wallet(session, customer_id)
    if wallet_id is None:
        wallet_id = open_wallet(session, customer_id, mode=mode)
    work = partial(_do, wallet_id=wallet_id, person=person, asked=asked)
    answer = answer_once(session, wallet_id, asked.request_key, work)
    return Given(**json.loads(answer.body), is_new=not answer.replayed)


def today(session: AnySession, zone: ZoneInfo) -> date:
    now = read_clock(session)
    return now.astimezone(zone).date()


def _do(session: AnySession, wallet_id: int, person: Person, asked: Giving) -> Answer:
    if asked.credits > 0:
        claim_credits(session, asked.admin_id, asked.credits, asked.zone)
    salt = new_salt()
    entry = _entry_of(_act(session, wallet_id, asked, note_digest(salt, asked.reason)))
    keep_reason(
        session,
        person.id,
        entry.seq,
        asked.reason,
        salt=salt,
        author=asked.author,
        is_shown=asked.is_shown,
    )
    if asked.credits > 0:
        _count(session, entry, asked)
        _tell_customer(session, person, entry, asked)
    return Answer(200, json.dumps({"seq": entry.seq, "free": entry.free}))


def _act(session: AnySession, wallet_id: int, asked: Giving, digest: str) -> Outcome:
    kind = asked.recorded_kind
    terms: dict[str, Any] = {
        **{"expires_at": asked.expires_at, "source": f"{kind}:{asked.key}"},
        **{"reason": kind, "actor": asked.actor, "note_digest": digest},
    }
    if kind == "gift":
        return acts.grant(session, wallet_id, asked.credits, kind=kind, **terms)
    return corrections.adjust(session, wallet_id, asked.credits, **terms)


def _entry_of(outcome: Outcome) -> Entry:
    if isinstance(outcome, NotEnough):
        raise NotThatMany(outcome.free)
    if not isinstance(outcome, Entry):
        raise LedgerRefused(outcome)
    return outcome


def _count(session: AnySession, entry: Entry, asked: Giving) -> None:
    """For the limit of the day."""
    row = {"wallet_id": entry.wallet_id, "seq": entry.seq, "admin_id": asked.admin_id}
    session.add(GivenCredits(**row, credits=asked.credits))
    session.flush()


def _tell_customer(session: AnySession, person: Person, entry: Entry, asked: Giving) -> None:
    """By mail, where an address is known that is surely theirs."""
    if person.email is None or not person.may_get_mail:
        return
    put(
        session,
        MAIL,
        f"credits_given:{entry.wallet_id}:{entry.seq}",
        topic="credits_given",
        recipient=person.email,
        data={
            "language": person.language,
            "name": person.name,
            "credits": asked.credits,
            "last_day": asked.last_day and asked.last_day.isoformat(),
            "zone": asked.zone.key,
            "address": asked.account_address,
            "reason": asked.reason if asked.is_shown else "",
        },
    )

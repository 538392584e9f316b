"""What happens to credits each day. Each act locks the wallet, settles what is due, plans, records.

Refunds, disputes and corrections are in corrections.py.

An act returns its entry, or a refusal: then nothing was written but what was due. They are for
`database.write`; who may have to repeat one goes through `requests.answer_once`.
"""

from datetime import datetime, timedelta

from domain.database import AnySession
from domain.ledger.book import Outcome, conclude, lock_and_read, lock_and_settle, settle_due
from domain.ledger.holds import credits_to_capture, plan_capture, plan_extend, plan_hold, plan_void
from domain.ledger.lookups import (
    SPENT_FROM,
    load_taken,
    refuse_known_source,
    refuse_purpose,
)
from domain.ledger.plans import (
    plan_grant,
    plan_reverse,
    plan_spend,
)
from domain.ledger.reading import load_hold, load_lots
from domain.ledger.rules import Cause, LotKind, Purpose, TimeOut
from domain.ledger.steps import lacks_credits_to_give_back
from domain.ledger.terms import (
    check_cause,
    check_end,
    check_extension,
    check_origin,
    check_purpose,
    check_terms,
    unit_price,
    whole_credits,
    whole_units,
)
from domain.ledger.wallet import NewLot


def grant(
    session: AnySession,
    wallet_id: int,
    credits: int,
    *,
    kind: LotKind,
    source: str,
    actor: str,
    expires_at: datetime | None = None,
    purchase_id: int | None = None,
    paid_minor: int | None = None,
    currency: str | None = None,
    reason: str | None = None,
    note_digest: str | None = None,
) -> Outcome:
    """Gives credits, once for each `source` ("purchase:91"). What is owed is paid with them first.
    `note_digest`, here and wherever an act has one, is of a note that the caller keeps.

    Refused: given already, an end in the past, a closed wallet.
    """
    whole_credits(credits)
    price = (purchase_id, paid_minor, currency)
    check_origin(kind, source, *price)
    wallet = lock_and_settle(session, wallet_id)
    check_end(expires_at, wallet.at)
    new = NewLot(wallet.last_lot + 1, kind, credits, source, expires_at, *price)
    plan = refuse_known_source(session, wallet_id, source) or plan_grant(wallet, new)
    return conclude(session, wallet, plan, actor, reason, note_digest=note_digest)


def spend(
    session: AnySession, wallet_id: int, credits: int, purpose: Purpose, *, actor: str
) -> Outcome:
    """Uses credits up. Soonest end pays first, then gifts before bought ones, then the oldest.

    Refused: too few free, a debt, a blocked wallet; a purpose that was paid or is held for.
    """
    whole_credits(credits)
    check_purpose(purpose)
    wallet = lock_and_settle(session, wallet_id)
    refusal = refuse_purpose(session, wallet_id, purpose)
    return conclude(session, wallet, refusal or plan_spend(wallet, credits, purpose), actor)


def hold(
    session: AnySession,
    wallet_id: int,
    credits: int,
    purpose: Purpose,
    *,
    lasts: timedelta,
    actor: str,
    on_time_out: TimeOut = "give_back",
    credits_per_unit: int | None = None,
) -> Outcome:
    """Reserves credits for a purpose: nothing else can spend them. The entry names the hold.

    With `credits_per_unit` it is for something measured, the minutes of a call for example. What
    happens when it times out is fixed here: it gives back, or it first captures the units that were
    reported until then. Refused: as for `spend`.
    """
    whole_credits(credits)
    check_purpose(purpose)
    check_terms(lasts, on_time_out, credits_per_unit)
    wallet = lock_and_settle(session, wallet_id)
    plan = refuse_purpose(session, wallet_id, purpose) or plan_hold(
        wallet, credits, purpose, lasts, on_time_out, credits_per_unit
    )
    return conclude(session, wallet, plan, actor)


def extend(
    session: AnySession,
    wallet_id: int,
    number: int,
    *,
    actor: str,
    credits: int | None = None,
    units: int | None = None,
    used: int | None = None,
    lasts: timedelta | None = None,
) -> Outcome:
    """Holds `credits` more, or as many as `units` cost in total; and lasts that long from now on.

    `used` are the units used so far, in total, so a repeated report changes nothing. Refused: as
    for `spend`, a closed hold, fewer units used than before, or more than are held for.
    """
    check_extension(credits, units, used, lasts)
    wallet = lock_and_settle(session, wallet_id)
    held = load_hold(session, wallet, number)
    more = credits or 0
    if units is not None:
        more = max(0, units * unit_price(held) - held.taken)
    if used is not None:
        unit_price(held)
    return conclude(session, wallet, plan_extend(wallet, held, more, lasts, used), actor)


def capture(
    session: AnySession,
    wallet_id: int,
    number: int,
    *,
    actor: str,
    credits: int | None = None,
    used: int | None = None,
    final: bool = True,
) -> Outcome:
    """Spends `credits` of a hold, or what the units `used` in total cost. By default all of it; of
    something measured, the units that were reported.

    The last capture gives the rest back. Refused: a closed hold, more than is held.
    """
    if credits is not None:
        whole_credits(credits)
    if used is not None:
        whole_units(used)
    wallet = lock_and_settle(session, wallet_id)
    held = load_hold(session, wallet, number)
    part = credits_to_capture(held, credits, used)
    return conclude(session, wallet, plan_capture(wallet, held, part, used, final=final), actor)


def void(session: AnySession, wallet_id: int, number: int, *, cause: Cause, actor: str) -> Outcome:
    """Gives back what is held. Of a lot that has ended meanwhile, credits lapse if the customer is
    the cause, and otherwise live for two weeks more. Refused: a closed hold."""
    check_cause(cause)
    wallet = lock_and_settle(session, wallet_id)
    held = load_hold(session, wallet, number)
    return conclude(session, wallet, plan_void(wallet, held, cause), actor)


def reverse(
    session: AnySession,
    wallet_id: int,
    seq: int,
    *,
    cause: Cause,
    actor: str,
    credits: int | None = None,
    reason: str | None = None,
) -> Outcome:
    """Gives back credits that entry `seq` spent or captured, by default all that are left of them.

    Ended lots: as for `void`. Refused: more than is left.
    """
    check_cause(cause)
    if credits is not None:
        whole_credits(credits)
    wallet = lock_and_settle(session, wallet_id)
    taken = load_taken(session, wallet, seq, SPENT_FROM)
    if lacks_credits_to_give_back(wallet, taken, credits):
        load_lots(session, wallet, range(1, wallet.last_lot + 1))
    plan = plan_reverse(wallet, taken, credits, cause)
    return conclude(session, wallet, plan, actor, reason)


def settle(session: AnySession, wallet_id: int, *, most: int | None = None) -> int:
    """Writes down what time has done: lots that ended, holds that timed out. How many there were.

    Every act does so first; nothing depends on when this runs.
    """
    return settle_due(session, lock_and_read(session, wallet_id), most)

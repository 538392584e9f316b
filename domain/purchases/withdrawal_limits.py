"""How many declarations of withdrawal are taken, counted in the database so that it holds for all
processes. The limits are the same whether there is such a purchase or not. docs/production.md
lists them, with reasons."""

from datetime import datetime, timedelta
from math import ceil

from domain.database import AnySession
from domain.purchases.errors import TooManyDeclarations
from domain.purchases.withdrawal_models import WithdrawalDeclaration
from domain.rate_limits import Backoff
from domain.try_limits import Columns, Source, Target, TryLimits, mark_newcomer, wait_for_try

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
COLUMNS = Columns(
    WithdrawalDeclaration.received_at,
    WithdrawalDeclaration.network,
    WithdrawalDeclaration.wide_network,
    WithdrawalDeclaration.device,
    WithdrawalDeclaration.is_newcomer,
)
LIMITS = TryLimits(
    by_a_known_browser=Backoff(20, DAY),
    by_all_others=Backoff(10, DAY),
    per_network=Backoff(30, HOUR),
    per_wide_network=Backoff(100, HOUR),
    in_all=Backoff(1000, 10 * MINUTE, steps=(MINUTE,)),
    in_all_with_newcomers=Backoff(2000, 10 * MINUTE, steps=(MINUTE,)),
)


def refuse_flood(session: AnySession, now: datetime, mailbox: str, source: Source) -> Source:
    """From where one more declaration with an email of the mailbox comes. Raises
    TooManyDeclarations."""
    target = Target(COLUMNS, WithdrawalDeclaration.email_key == mailbox)
    source = mark_newcomer(session, target, source, now)
    wait = wait_for_try(session, LIMITS, target, source, now)
    if wait > timedelta(0):
        raise TooManyDeclarations(ceil(wait.total_seconds()))
    return source

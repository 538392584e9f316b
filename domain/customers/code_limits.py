"""How many codes may be asked for and tried, counted in the database so that it holds for all
processes. The limits are the same for addresses that no customer has. docs/production.md lists
them, with reasons."""

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import case, func, select

from domain.customers.errors import TooManyCodes, TooManyGuesses
from domain.customers.models import SignInCode
from domain.database import AnySession
from domain.rate_limits import Backoff, RateLimit
from domain.try_limits import (
    NEWCOMER_TRIES,
    Columns,
    Source,
    Target,
    TryLimits,
    mark_newcomer,
    wait_for_try,
)

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
COLUMNS = Columns(
    SignInCode.created_at,
    SignInCode.network,
    SignInCode.wide_network,
    SignInCode.device,
    SignInCode.is_newcomer,
)
LIMITS = TryLimits(
    by_a_known_browser=Backoff(10, DAY),
    by_all_others=Backoff(5, DAY),
    per_network=Backoff(30, HOUR),
    per_wide_network=Backoff(100, HOUR),
    in_all=Backoff(1000, 10 * MINUTE, steps=(MINUTE,)),
    in_all_with_newcomers=Backoff(2000, 10 * MINUTE, steps=(MINUTE,)),
)
# Wrong tries of all codes together; a guess is right once in 100 million.
GUESSES = RateLimit(100, timedelta(minutes=15))
GUESSES_WITH_NEWCOMERS = 200


def refuse_flood(session: AnySession, now: datetime, mailbox: str, source: Source) -> Source:
    """From where one more code for the mailbox is asked for. Raises TooManyCodes."""
    target = Target(COLUMNS, SignInCode.email_key == mailbox)
    source = mark_newcomer(session, target, source, now)
    time = wait_for_try(session, LIMITS, target, source, now)
    if time > timedelta(0):
        raise TooManyCodes(ceil(time.total_seconds()))
    return source


def refuse_guessing(session: AnySession, now: datetime, code: SignInCode) -> None:
    """For one more try of it. Raises TooManyGuesses. A code lives no longer than the window, so its
    own row counts. Known browsers do not count, and are not refused."""
    if code.device:
        return
    wrong = func.sum(case((SignInCode.proven_at.is_(None), SignInCode.tries), else_=0))
    from_there = wrong.filter(SignInCode.wide_network == code.wide_network)
    recent = COLUMNS.rows(SignInCode.device.is_(None)).within(GUESSES.window, now)
    in_all, of_network = session.execute(select(wrong, from_there).where(recent)).one()
    is_newcomer = (of_network or 0) < NEWCOMER_TRIES
    if (in_all or 0) >= (GUESSES_WITH_NEWCOMERS if is_newcomer else GUESSES.most):
        raise TooManyGuesses(ceil(GUESSES.window.total_seconds()))

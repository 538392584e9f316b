"""How often a sign-in may fail, counted in the database so that it holds for all processes.

The limits are the same for emails that nobody has. docs/production.md lists them, with reasons.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil

from sqlalchemy import and_, delete, or_, select

from domain.accounts.errors import TooManyCodesTried, TooManyTries
from domain.accounts.failed_sign_ins import count_failed, take_back_failed
from domain.accounts.models import Factor, FailedSignIn
from domain.database import AnySession, lock, read_clock
from domain.networks import network, wide_network
from domain.rate_limits import Backoff, RateLimit, wait_of_limit
from domain.try_limits import Columns, Source, Target, TryLimits, mark_newcomer, wait_for_try

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
COLUMNS = Columns(
    FailedSignIn.at,
    FailedSignIn.network,
    FailedSignIn.wide_network,
    FailedSignIn.device,
    FailedSignIn.is_newcomer,
)
PASSWORDS = TryLimits(
    by_a_known_browser=Backoff(5, DAY),
    by_all_others=Backoff(5, DAY),
    # An office of 50 people behind one address, each of whom mistypes twice.
    per_network=Backoff(100, HOUR),
    per_wide_network=Backoff(300, HOUR),
    in_all=Backoff(1000, HOUR, steps=(MINUTE,)),
    in_all_with_newcomers=Backoff(2000, HOUR, steps=(MINUTE,)),
)
# Who tries codes has the password. Of a million codes, three are good at any time.
CODES = PASSWORDS._replace(by_a_known_browser=Backoff(3, DAY), by_all_others=Backoff(3, DAY))
LIMITS: dict[Factor, TryLimits] = {"password": PASSWORDS, "code": CODES}
# As NIST SP 800-63B has it; until the password is changed.
CODES_PER_ACCOUNT = RateLimit(100, timedelta(days=30))
MOST_FORGOTTEN = 100


@dataclass(frozen=True)
class Try:
    """Who tries to prove to be the admin of a normal email, by which factor. `address` is the
    visitor's, `device` their browser if it has signed in to this account before."""

    email: str
    address: str | None
    device: str | None = None
    factor: Factor = "password"

    @property
    def source(self) -> Source:
        return Source(network(self.address), wide_network(self.address), self.device)

    @property
    def target(self) -> Target:
        """Passwords and codes are counted apart."""
        same_account = FailedSignIn.account == account_key(self.email)
        return Target(COLUMNS, and_(same_account, FailedSignIn.factor == self.factor))


def refuse(session: AnySession, tried: Try) -> None:
    """By reading alone, so that a flood of tries waits for no lock. Raises TooManyTries."""
    _check(session, tried, read_clock(session))


def count_failure(session: AnySession, tried: Try) -> int:
    """Count one more failed try and return its id. Raises TooManyTries when none is left; a try
    that is refused does not count."""
    lock(session, "failed sign-ins")
    now = read_clock(session)
    _forget_old(session, now)
    source = _check(session, tried, now)
    failure = FailedSignIn(
        account=account_key(tried.email), factor=tried.factor, at=now, **source._asdict()
    )
    session.add(failure)
    session.flush()
    count_failed(session, tried.email, now)
    return failure.id


def take_back(session: AnySession, failure_id: int, email: str) -> None:
    """The counted try was right, and made by the admin with this email."""
    failure = delete(FailedSignIn).where(FailedSignIn.id == failure_id)
    at = session.scalar(failure.returning(FailedSignIn.at))
    if at is not None:
        take_back_failed(session, email, at)


def forget_codes(session: AnySession, email: str) -> None:
    """For a new password, as who tried codes has the former one, and for a new app."""
    of_account = FailedSignIn.account == account_key(email)
    session.execute(delete(FailedSignIn).where(of_account, FailedSignIn.factor == "code"))


def account_key(email: str) -> str:
    """What stands for an email that may be nobody's, or a password typed into the wrong field."""
    return sha256(email.encode(errors="replace")).hexdigest()


def _check(session: AnySession, tried: Try, now: datetime) -> Source:
    """From where it is tried. Raises TooManyTries."""
    if tried.factor == "code":
        _refuse_guessing(session, tried, now)
    source = mark_newcomer(session, tried.target, tried.source, now)
    time = wait_for_try(session, LIMITS[tried.factor], tried.target, source, now)
    if time > timedelta(0):
        raise TooManyTries(ceil(time.total_seconds()))
    return source


def _refuse_guessing(session: AnySession, tried: Try, now: datetime) -> None:
    """A known browser is counted by itself here, too."""
    by_same = FailedSignIn.device.is_not_distinct_from(tried.device)
    time = wait_of_limit(session, CODES_PER_ACCOUNT, tried.target.rows(by_same), now)
    if time > timedelta(0):
        raise TooManyCodesTried(ceil(time.total_seconds()))


def _forget_old(session: AnySession, now: datetime) -> None:
    """In portions, so that none waits long for what an attack has left."""
    longest = CODES_PER_ACCOUNT.window
    old = or_(
        and_(FailedSignIn.at < now - DAY, FailedSignIn.factor == "password"),
        FailedSignIn.at < now - longest,
        FailedSignIn.at > now + longest,  # of a clock that was set back
    )
    few = select(FailedSignIn.id).where(old).limit(MOST_FORGOTTEN)
    session.execute(delete(FailedSignIn).where(FailedSignIn.id.in_(few)))

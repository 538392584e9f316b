"""Codes that prove an address: sent by mail, and good for the one browser that asked.

The browser holds a random token, of which the row keeps the digest. The code itself is kept as a
digest with SECRET_KEY over token and code: who reads the database can neither guess it nor use it.
Nothing here asks whether the address is a customer's, so nothing here can tell.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import delete, insert, or_, select, update

from domain.customers.code_limits import refuse_flood, refuse_guessing
from domain.customers.errors import CodeEnded, CodeUsed, NoCode
from domain.customers.models import SignInCode
from domain.database import SHA256_HEX, AnySession, lock, read_clock, utc_now
from domain.emails import mailbox_key
from domain.networks import network, wide_network
from domain.outbox.acts import put
from domain.outbox.rules import MAIL
from domain.try_limits import Source

DIGITS = 8
LASTS = timedelta(minutes=10)
TRIES = 5
TOKEN_BYTES = 32
# As long as the longest window of code_limits. So many are forgotten with each that is asked for.
KEPT = timedelta(days=1)
MOST_FORGOTTEN = 100
# No code has this digest.
NO_CODE = "0" * SHA256_HEX


@dataclass(frozen=True)
class CodeRequest:
    """Who asks: a normal address, a browser by its new token, and by the one it had before. `topic`
    is that of the mail, which says what the code is for. `device` is the browser, if a code to this
    address was typed in it before."""

    email: str
    language: str
    address: str | None  # of the network
    browser: str = field(repr=False)
    before: str = field(repr=False)
    secret_key: str = field(repr=False)
    topic: str = "code"
    device: str | None = None

    @property
    def source(self) -> Source:
        return Source(network(self.address), wide_network(self.address), self.device)


@dataclass(frozen=True)
class Attempt:
    """A code as it was typed, in the digits 0 to 9, and the token of the browser."""

    browser: str = field(repr=False)
    code: str = field(repr=False)
    secret_key: str = field(repr=False)


class Asked(NamedTuple):
    """What the browser that asked may know of its code."""

    email: str
    is_over: bool  # no use in typing it
    is_proven: bool  # typed, and not used yet


class Proof(NamedTuple):
    """Who types the right code has the mailbox of this address."""

    code_id: int
    email: str


class Wrong(NamedTuple):
    tries_left: int


def new_browser() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def refuse(session: AnySession, request: CodeRequest) -> None:
    """By reading alone, so that a flood of requests waits for no lock. Raises TooManyCodes."""
    refuse_flood(session, read_clock(session), mailbox_key(request.email), request.source)


def send_code(session: AnySession, request: CodeRequest) -> None:
    """A new code for this browser; the one that it had before has ended. Raises TooManyCodes."""
    lock(session, "sign-in codes")
    now = read_clock(session)
    _forget_old(session, now)
    key = mailbox_key(request.email)
    source = refuse_flood(session, now, key, request.source)
    _end_former(session, request.before)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    row = {"email": request.email, "email_key": key, "created_at": now, **source._asdict()}
    row |= {"browser_hash": _digest(request.browser)}
    row |= {"code_hash": _code_digest(request.secret_key, request.browser, code)}
    session.execute(insert(SignInCode).values(row))
    _put_mail(session, request, code)


def find_code(session: AnySession, browser: str) -> Asked:
    """Raises NoCode."""
    row = _row_of(session, browser)
    if row is None:
        raise NoCode
    now = read_clock(session)
    is_over = row.tries >= TRIES or row.used_at is not None or not _lasts(row.created_at, now)
    return Asked(row.email, is_over=is_over, is_proven=_is_proven(row, now))


def prove(session: AnySession, attempt: Attempt) -> Proof | Wrong:
    """Counts the try before it looks at the code. A wrong one is returned, not raised, so that it
    is kept. Raises NoCode, CodeEnded, CodeUsed, TooManyGuesses."""
    lock(session, "sign-in codes")
    now = read_clock(session)
    asked = _row_of(session, attempt.browser)
    if asked is None:
        raise NoCode
    refuse_guessing(session, now, asked)
    row = session.execute(
        update(SignInCode)
        .where(SignInCode.browser_hash == _digest(attempt.browser), SignInCode.tries < TRIES)
        .where(SignInCode.created_at > now - LASTS, SignInCode.created_at < now + LASTS)
        .where(SignInCode.proven_at.is_(None))
        .values(tries=SignInCode.tries + 1)
        .returning(SignInCode.id, SignInCode.email, SignInCode.code_hash, SignInCode.tries)
    ).one_or_none()
    if row is None:
        raise CodeUsed if asked.proven_at else CodeEnded
    typed = _code_digest(attempt.secret_key, attempt.browser, attempt.code)
    if not hmac.compare_digest(typed, row.code_hash):
        return Wrong(TRIES - row.tries)
    session.execute(update(SignInCode).where(SignInCode.id == row.id).values(proven_at=now))
    return Proof(row.id, row.email)


def find_proof(session: AnySession, browser: str) -> Proof:
    """What this browser has proven and not used yet. Raises NoCode, CodeUsed."""
    row = _row_of(session, browser)
    if row is None or row.proven_at is None:
        raise NoCode
    if not _is_proven(row, read_clock(session)):
        raise CodeUsed
    return Proof(row.id, row.email)


def use(session: AnySession, proof: Proof) -> None:
    """A proof signs in once. Raises CodeUsed."""
    used = session.scalar(
        update(SignInCode)
        .where(SignInCode.id == proof.code_id, SignInCode.used_at.is_(None))
        .values(used_at=utc_now())
        .returning(SignInCode.id)
    )
    if used is None:
        raise CodeUsed


def _row_of(session: AnySession, browser: str) -> SignInCode | None:
    return session.scalars(
        select(SignInCode)
        .where(SignInCode.browser_hash == _digest(browser))
        .execution_options(populate_existing=True)
    ).one_or_none()


def _put_mail(session: AnySession, request: CodeRequest, code: str) -> None:
    put(
        session,
        MAIL,
        # Not the row's number: SQLite gives one that is free again to another row.
        f"code:{_digest(request.browser)}",
        topic=request.topic,
        recipient=request.email,
        data={"language": request.language, "minutes": LASTS // timedelta(minutes=1)},
        secrets={"code": code},
    )


def _end_former(session: AnySession, browser: str) -> None:
    """Its row stays, as it counts for the limits."""
    session.execute(
        update(SignInCode)
        .where(SignInCode.browser_hash == _digest(browser), SignInCode.proven_at.is_(None))
        .values(code_hash=NO_CODE)
    )


def _forget_old(session: AnySession, now: datetime) -> None:
    # Both ends: a clock that was set back must not count them for longer.
    old = or_(SignInCode.created_at < now - KEPT, SignInCode.created_at > now + KEPT)
    few = select(SignInCode.id).where(old).limit(MOST_FORGOTTEN)
    session.execute(delete(SignInCode).where(SignInCode.id.in_(few)))


def _is_proven(row: SignInCode, now: datetime) -> bool:
    return row.proven_at is not None and row.used_at is None and _lasts(row.proven_at, now)


def _lasts(since: datetime, now: datetime) -> bool:
    return abs(now - since) < LASTS


def _digest(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()


def _code_digest(secret_key: str, browser: str, code: str) -> str:
    said = f"sign-in code\0{browser}\0{code}".encode(errors="replace")
    return hmac.new(secret_key.encode(), said, sha256).hexdigest()

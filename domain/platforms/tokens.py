"""Hand-over tokens: a platform's word that the person in this browser is its user.

All times are by the database's clock, by which used tokens are forgotten too: with two clocks one
could be forgotten while it still opens.
"""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import jwt
from jwt.exceptions import (
    InvalidAlgorithmError,
    InvalidAudienceError,
    InvalidJTIError,
    InvalidSignatureError,
    InvalidSubjectError,
    MissingRequiredClaimError,
    PyJWTError,
)
from sqlalchemy import delete, select, tuple_

from domain.database import AnySession, insert_for, read_clock
from domain.invisibles import has_invisible
from domain.platforms.errors import HandOverRefused, Reason
from domain.platforms.keys import find_secret, note_use
from domain.platforms.models import UsedToken
from domain.platforms.rules import KEY_ID_CHARACTERS

# The one algorithm: a token never says how it wants to be checked.
ALGORITHMS = ["HS256"]
TOKEN_CHARACTERS = 8 * 1024
SUBJECT_CHARACTERS = 255
JTI_CHARACTERS = 200
LIFE = timedelta(minutes=5)
LEEWAY = timedelta(seconds=5)
FORGOTTEN_AT_ONCE = 100
LAST_MOMENT = 2**37  # seconds: far off, and still on the calendar

_KEY_ID = re.compile(rf"[\w-]{{1,{KEY_ID_CHARACTERS}}}", re.ASCII)
_OPTIONS: Any = {
    "require": ["aud", "exp", "iat", "jti", "sub"],
    # Read below, by another clock.
    **{"verify_exp": False, "verify_iat": False, "verify_nbf": False},
}
# What PyJWT says, and what it means; all else is malformed. The first that fits counts.
_REASONS = (
    (InvalidAlgorithmError, Reason.ALGORITHM),
    (InvalidSignatureError, Reason.SIGNATURE),
    (MissingRequiredClaimError, Reason.CLAIM_MISSING),
    (InvalidAudienceError, Reason.AUDIENCE),
    (InvalidSubjectError, Reason.SUBJECT),
    (InvalidJTIError, Reason.JTI),
)


class HandOver(NamedTuple):
    """What is left to know of a token that is good: who signed it, which it is, and how long it
    opens."""

    key_id: str
    platform_id: int
    jti_hash: str
    ends_at: datetime


def read_token(
    session: AnySession, token: str, *, audience: Collection[str], secret_key: str
) -> tuple[HandOver, dict[str, Any]]:
    """The token, and all that it says. Reading does not use it up. Raises HandOverRefused."""
    key_id = find_key_id(token)
    platform_id, secret = find_secret(session, key_id, secret_key)
    try:
        claims = _verified(token, secret, audience)
        ends_at = _end(claims, read_clock(session))
        check_subject(claims["sub"])
        check_jti(claims["jti"])
    except HandOverRefused as refused:
        raise HandOverRefused(refused.reason, platform_id) from None
    jti_hash = sha256(claims["jti"].encode(errors="surrogatepass")).hexdigest()
    return HandOver(key_id, platform_id, jti_hash, ends_at), claims


def use_up(session: AnySession, token: HandOver, secret_key: str) -> None:
    """Lets who came with the token in, once: the first gets through. Raises HandOverRefused."""
    find_secret(session, token.key_id, secret_key)
    now = read_clock(session)
    if token.ends_at <= now:
        raise HandOverRefused(Reason.EXPIRED, token.platform_id)
    this = {"platform_id": token.platform_id, "jti_hash": token.jti_hash}
    new = insert_for(session)(UsedToken).values(**this, expires_at=token.ends_at)
    first = new.on_conflict_do_nothing().returning(UsedToken.platform_id)
    if session.scalar(first) is None:
        raise HandOverRefused(Reason.USED, token.platform_id)
    note_use(session, token.key_id)
    _forget_old(session, now)


def find_key_id(token: str) -> str:
    try:
        header = jwt.get_unverified_header(token) if len(token) <= TOKEN_CHARACTERS else {}
    except (PyJWTError, ValueError, RecursionError):
        header = {}
    if not header:
        raise HandOverRefused(Reason.MALFORMED)
    key_id = header.get("kid")
    if not (isinstance(key_id, str) and _KEY_ID.fullmatch(key_id)):
        raise HandOverRefused(Reason.KEY_UNKNOWN)
    return key_id


def _verified(token: str, secret: str, audience: Collection[str]) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token, secret, algorithms=ALGORITHMS, audience=audience, options=_OPTIONS
        )
    except (PyJWTError, ValueError, RecursionError) as error:
        reasons = (reason for kind, reason in _REASONS if isinstance(error, kind))
        raise HandOverRefused(next(reasons, Reason.MALFORMED)) from None
    return claims


def _end(claims: Mapping[str, Any], now: datetime) -> datetime:
    """From when on the token opens nothing."""
    starts, ends = _moment(claims["iat"]), _moment(claims["exp"])
    good_from = max(starts, _moment(claims["nbf"])) if claims.get("nbf") is not None else starts
    if ends - starts > LIFE + LEEWAY:
        raise HandOverRefused(Reason.LIFE)
    if good_from > now + LEEWAY:
        raise HandOverRefused(Reason.EARLY)
    if ends + LEEWAY <= now:
        raise HandOverRefused(Reason.EXPIRED)
    return ends + LEEWAY


def _moment(seconds: object) -> datetime:
    """A NumericDate of RFC 7519; JSON also brings true, NaN, and numbers beyond any calendar."""
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if not (is_number and 0 <= seconds < LAST_MOMENT):  # type: ignore[operator]
        raise HandOverRefused(Reason.MALFORMED)
    return datetime.fromtimestamp(seconds, UTC)  # type: ignore[arg-type]


def check_subject(subject: str) -> None:
    """It is kept exactly as it is, so it has to be what it looks like."""
    is_short = 1 <= len(subject) <= SUBJECT_CHARACTERS
    if not is_short or not subject.isprintable() or has_invisible(subject):
        raise HandOverRefused(Reason.SUBJECT)


def check_jti(jti: str) -> None:
    if not 1 <= len(jti) <= JTI_CHARACTERS:
        raise HandOverRefused(Reason.JTI)


def _forget_old(session: AnySession, now: datetime) -> None:
    """Not all at once: a sign-in must not wait for the night's."""
    this = (UsedToken.platform_id, UsedToken.jti_hash)
    old = select(*this).where(UsedToken.expires_at <= now).order_by(UsedToken.expires_at)
    some = old.limit(FORGOTTEN_AT_ONCE).with_for_update(skip_locked=True)
    session.execute(delete(UsedToken).where(tuple_(*this).in_(some)))

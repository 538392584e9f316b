"""Keys of platforms. A secret is derived from SECRET_KEY whenever it is needed, and kept nowhere:
who reads the database cannot sign, and another SECRET_KEY ends all keys."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import func, select, update

from domain.database import AnySession, lock, utc_now
from domain.platforms.errors import (
    HandOverRefused,
    KeyNotFound,
    Reason,
    StaleKeys,
    TooManyKeys,
)
from domain.platforms.models import Platform, PlatformKey
from domain.platforms.platforms import get
from domain.platforms.rules import MOST_KEYS

KEY_ID_BYTES = 9


class Key(NamedTuple):
    """One that is not revoked; `works` unless SECRET_KEY was changed since it was made."""

    id: str
    author: str
    created_at: datetime
    last_used_at: datetime | None
    works: bool


class NewKey(NamedTuple):
    id: str
    secret: str


def secret_of(key_id: str, secret_key: str) -> str:
    """43 characters, which are the key of HS256 as they stand."""
    purpose = f"scrip platform key {key_id}"
    derived = hmac.digest(secret_key.encode(), purpose.encode(), "sha256")
    return urlsafe_b64encode(derived).rstrip(b"=").decode()


def list_keys(session: AnySession, platform_id: int, secret_key: str) -> list[Key]:
    """Those that are not revoked, the oldest first."""
    rows = session.scalars(
        select(PlatformKey)
        .where(PlatformKey.platform_id == platform_id, PlatformKey.revoked_at.is_(None))
        .order_by(PlatformKey.created_at, PlatformKey.id)
    )
    return [
        Key(row.id, row.author, row.created_at, row.last_used_at, _is_same(row, secret_key))
        for row in rows
    ]


def count_made(session: AnySession, platform_id: int) -> int:
    """How many keys were ever made for the platform: a form that makes one carries it."""
    made = select(func.count(PlatformKey.id)).where(PlatformKey.platform_id == platform_id)
    return session.scalar(made) or 0


def make_key(
    session: AnySession, platform_id: int, *, made: int, secret_key: str, author: str
) -> NewKey:
    """A further key, with its secret for this one time. Raises StaleKeys, TooManyKeys,
    PlatformNotFound."""
    lock(session, "platforms")
    get(session, platform_id)
    if count_made(session, platform_id) != made:
        raise StaleKeys
    if len(list_keys(session, platform_id, secret_key)) >= MOST_KEYS:
        raise TooManyKeys
    key_id = secrets.token_urlsafe(KEY_ID_BYTES)
    secret = secret_of(key_id, secret_key)
    session.add(
        PlatformKey(id=key_id, platform_id=platform_id, digest=_digest(secret), author=author)
    )
    session.flush()
    return NewKey(key_id, secret)


def revoke_key(session: AnySession, platform_id: int, key_id: str) -> None:
    """Tokens that it signed open nothing from now on. Raises KeyNotFound."""
    this = (PlatformKey.id == key_id, PlatformKey.platform_id == platform_id)
    revoked = (
        update(PlatformKey)
        .where(*this, PlatformKey.revoked_at.is_(None))
        .values(revoked_at=utc_now())
        .returning(PlatformKey.id)
    )
    if session.scalar(revoked) is None:
        raise KeyNotFound


def find_secret(session: AnySession, key_id: str, secret_key: str) -> tuple[int, str]:
    """The platform whose key this is, and the secret. Raises HandOverRefused."""
    found = session.execute(
        select(PlatformKey, Platform.removed_at)
        .join(Platform, Platform.id == PlatformKey.platform_id)
        .where(PlatformKey.id == key_id)
    ).one_or_none()
    if found is None:
        raise HandOverRefused(Reason.KEY_UNKNOWN)
    key, removed_at = found
    if removed_at is not None:
        raise HandOverRefused(Reason.PLATFORM_REMOVED)
    if key.revoked_at is not None:
        raise HandOverRefused(Reason.KEY_REVOKED, key.platform_id)
    if not _is_same(key, secret_key):
        raise HandOverRefused(Reason.KEY_CHANGED, key.platform_id)
    return key.platform_id, secret_of(key_id, secret_key)


def note_use(session: AnySession, key_id: str) -> None:
    used = update(PlatformKey).where(PlatformKey.id == key_id).values(last_used_at=utc_now())
    session.execute(used)


def _is_same(key: PlatformKey, secret_key: str) -> bool:
    return hmac.compare_digest(key.digest, _digest(secret_of(key.id, secret_key)))


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()

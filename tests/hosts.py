"""A platform as its own server knows it: with a key, and tokens that it signs."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import jwt
from sqlalchemy.orm import Session

from domain.database import writing
from domain.platforms import keys, platforms
from domain.platforms.rules import PlatformValues
from tests.conftest import ADMIN

SECRET_KEY = "k" * 32  # that of the tests' configuration
ORIGIN = "https://lotus.example"
SCRIP = "http://localhost"


@dataclass
class Host:
    platform_id: int
    key: keys.NewKey

    def claims(self, now: float | None = None, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
        """Those of a good token; None leaves one out."""
        at = time.time() if now is None else now
        usual = {"aud": SCRIP, "sub": "u1", "jti": uuid4().hex, "iat": at, "exp": at + 60}
        every = usual | {"name": "Ayşe Yıldırım"} | changes
        return {name: value for name, value in every.items() if value is not None}

    def token(
        self,
        now: float | None = None,
        *,
        headers: dict[str, Any] | None = None,
        secret: str | None = None,
        **changes: Any,  # noqa: ANN401
    ) -> str:
        return jwt.encode(
            self.claims(now, **changes),
            secret or self.key.secret,
            headers={"kid": self.key.id} | (headers or {}),
        )


def new_host(session: Session, **changes: Any) -> Host:  # noqa: ANN401
    values = PlatformValues("Lotus app", f"{ORIGIN}/home", trusts_emails=False)._replace(**changes)
    with writing(session):
        platform_id = platforms.add(session, values)
        return Host(platform_id, make_key(session, platform_id))


def make_key(session: Session, platform_id: int) -> keys.NewKey:
    made = keys.count_made(session, platform_id)
    return keys.make_key(session, platform_id, made=made, secret_key=SECRET_KEY, author=ADMIN)

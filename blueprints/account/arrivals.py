"""Customers who are on their way in from a platform.

A POST from another site comes without our cookies, which are SameSite=Lax: it cannot tell who is
signed in here, and an answer to it that starts a session would end theirs. So it only leads to a
page of ours, and what the token said goes along in a cookie of its own, signed, and gone when the
token is. It opens nothing twice: the database knows which tokens were used.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from flask import current_app, request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug import Response

from blueprints import cookies
from domain.customers.claims import Claims
from domain.platforms.tokens import LEEWAY, LIFE, HandOver

# A cookie has room for 4 KB; the rest of it holds names, in any script.
NEXT_CHARACTERS = 200


class Arrival(NamedTuple):
    """What a token said. It is trusted when a page of the platform itself sent it: a page of
    anybody else's could sign people in as somebody they are not."""

    token: HandOver
    claims: Claims
    next: str
    is_trusted: bool


def pack(arrival: Arrival) -> str:
    *token, ends_at = arrival.token
    said = [*token, ends_at.timestamp()], arrival.claims, arrival.next, arrival.is_trusted
    return str(_signer().dumps(said))


def unpack(text: str) -> Arrival | None:
    try:
        token, claims, next, is_trusted = _signer().loads(text)
    except BadData:
        return None
    key_id, platform_id, jti_hash, ends_at = token
    found = HandOver(key_id, platform_id, jti_hash, datetime.fromtimestamp(ends_at, UTC))
    return Arrival(found, Claims(*claims), next, is_trusted)


def keep(answer: Response, arrival: Arrival) -> None:
    seconds = int((LIFE + 2 * LEEWAY).total_seconds())
    cookies.keep(answer, _name(), pack(arrival), seconds)


def kept() -> Arrival | None:
    return unpack(request.cookies.get(_name(), ""))


def forget(answer: Response) -> None:
    cookies.drop(answer, _name())


def _name() -> str:
    return cookies.own_name("arrival")


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="scrip-arrival")

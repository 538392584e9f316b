"""The cookie of a browser that has signed in before. It opens nothing: see accounts.limits."""

import secrets

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug import Response

from blueprints import cookies
from domain.accounts.limits import account_key

KEPT_SECONDS = 365 * 24 * 60 * 60


def known_device(email: str) -> str | None:
    """This browser's id, if it carries our proof that it signed in to this email before."""
    try:
        proof = _signer().loads(request.cookies.get(_name(), ""), max_age=KEPT_SECONDS)
        account, device = proof
    except (BadData, TypeError, ValueError):
        return None
    return device if account == account_key(email) else None


def remember_device(answer: Response, email: str) -> None:
    """Let this browser prove for a year that it signed in to `email`."""
    device = known_device(email) or secrets.token_urlsafe(16)
    proof = str(_signer().dumps([account_key(email), device]))
    cookies.keep(answer, _name(), proof, KEPT_SECONDS)


def _name() -> str:
    return cookies.own_name("device")


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="scrip-device")

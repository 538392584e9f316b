"""The cookie of a browser that has signed in before. It opens nothing: it is only counted by
itself. Admins and customers have one each."""

import secrets

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug import Response

from blueprints import cookies
from domain.accounts.sign_in_limits import account_key

ADMINS, CUSTOMERS = "device", "customer-device"
KEPT_SECONDS = 365 * 24 * 60 * 60


def known_device(email: str, whose: str = ADMINS) -> str | None:
    """This browser's id, if it carries our proof that it signed in to this email before."""
    try:
        kept = request.cookies.get(cookies.own_name(whose), "")
        proof = _signer(whose).loads(kept, max_age=KEPT_SECONDS)
        account, device = proof
    except (BadData, TypeError, ValueError):
        return None
    return device if account == account_key(email) else None


def remember_device(answer: Response, email: str, whose: str = ADMINS) -> None:
    """Let this browser prove for a year that it signed in to `email`."""
    device = known_device(email, whose) or secrets.token_urlsafe(16)
    proof = str(_signer(whose).dumps([account_key(email), device]))
    cookies.keep(answer, cookies.own_name(whose), proof, KEPT_SECONDS)


def _signer(whose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=f"scrip-{whose}")

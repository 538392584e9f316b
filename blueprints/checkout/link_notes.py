"""Who paid through a payment link is not signed in, and still finds what became of it.

A note in a cookie of its own says that this browser began this one purchase through that link. It
is signed, and good for as long as a checkout lasts and a while after; it opens nothing else.
"""

from datetime import timedelta
from typing import NamedTuple

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug import Response

from blueprints import cookies
from domain.purchases.rules import CHECKOUT_LASTS

LASTS = CHECKOUT_LASTS + timedelta(hours=1)


class Note(NamedTuple):
    purchase_id: int
    customer_id: int
    link_id: int


def keep(answer: Response, note: Note) -> None:
    cookies.keep(answer, _name(), str(_signer().dumps(note)), _seconds())


def find_note(purchase_id: int) -> Note | None:
    """That of this browser, if it is about this purchase."""
    try:
        found = _signer().loads(request.cookies.get(_name(), ""), max_age=_seconds())
    except BadData:
        return None
    note = Note(*found)
    return note if note.purchase_id == purchase_id else None


def _seconds() -> int:
    return int(LASTS.total_seconds())


def _name() -> str:
    return cookies.own_name("link")


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="scrip-payment-link")

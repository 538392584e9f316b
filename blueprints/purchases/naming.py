"""Where each purchase has its page."""

from flask import url_for


def page_of(purchase_id: int) -> str:
    return url_for("purchases.purchase", purchase_id=purchase_id)

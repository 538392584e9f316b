"""Brands of cards, as people write them."""

from flask_babel import gettext as _

# What is written in another way than its capitalized words.
_OWN = {
    "amex": "American Express",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
}


def card_name(brand: str) -> str:
    """Of a brand in the provider's word, or of none."""
    return _OWN.get(brand) or brand.replace("_", " ").title() or str(_("Card"))

"""What is for sale, beside what the buyer has read of it."""

from typing import NamedTuple

from flask import request
from flask_babel import gettext as _

from blueprints.locale import reader_locale
from domain import money, numbers
from domain.catalogue.markets.rules import Tax
from domain.catalogue.packages.rules import CREDITS_LIMIT, PRICE_LIMIT
from domain.catalogue.storefront import live
from domain.database import MOST_INTEGER
from domain.numbers import whole_number
from domain.purchases.offering import Offer, OnSale, get_on_sale
from extensions import db


class Shown(NamedTuple):
    """A package as it is sold now; `was` is what the buyer read, if that was something else."""

    sale: OnSale
    was: Offer | None = None

    @property
    def offer(self) -> Offer:
        return self.sale.offer


def find_shown(package_id: int) -> Shown:
    """Raises NotForSale."""
    sale = get_on_sale(db.session, package_id)
    was = typed_offer() or _offer_on_a_card(package_id)
    return Shown(sale, was if was != sale.offer else None)


def typed_offer() -> Offer | None:
    """What the page said whose form was sent; None when it came with nothing of the kind."""
    price = whole_number(request.form.get("price_minor", ""), PRICE_LIMIT)
    credits = whole_number(request.form.get("credits", ""), CREDITS_LIMIT)
    currency = request.form.get("currency", "")
    if not price or not credits or currency not in money.CURRENCIES:
        return None
    return Offer(price, currency, credits)


def _offer_on_a_card(package_id: int) -> Offer | None:
    """What the release showed whose card led here."""
    number = whole_number(request.args.get("release", ""), MOST_INTEGER)
    values = live.find_past_values(db.session, package_id, number) if number else None
    return Offer(values.price_minor, values.currency, values.credits) if values else None


def tax_sentence(sale: OnSale) -> str:
    """What is said of tax below the total; "" for nothing."""
    if sale.market.tax == Tax.WHEN_USED:
        return str(_("Tax is due when the credits are used."))
    if sale.market.tax != Tax.INCLUDED:
        return ""
    locale = reader_locale()
    # NOTE: "Includes 19% VAT, €3.34."
    text = _(
        "Includes %(rate)s VAT, %(amount)s.",
        rate=numbers.tax_rate(sale.market.tax_basis_points, locale),
        amount=money.format(sale.tax_minor, sale.values.currency, locale),
    )
    return str(text)

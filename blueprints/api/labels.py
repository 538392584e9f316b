"""The words that the cards say, for programs; in the language that the answer speaks."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints.mode import is_test, mode_word
from blueprints.pages import (
    buy_label,
    country_name,
    credit_count,
    number,
    percent,
    price,
    prices_line,
    saving_short,
    savings_line,
    unit_price,
)
from domain.catalogue.markets.rules import MarketValues
from domain.catalogue.storefront.offers import Offer, Saving


def page_labels(
    country: str, offers: Sequence[Offer], market: MarketValues
) -> dict[str, str | None]:
    """What to write above the packages, and where there are none."""
    nothing = _("%(country)s: no packages yet", country=country_name(country))
    return {
        **({"mode": mode_word()} if is_test() else {}),
        "heading": str(_("Credit packages")),
        "nothing": str(nothing),
        "prices": prices_line(offers, market) or None,
        "savings_basis": savings_line(offers) or None,
    }


def package_labels(offer: Offer, *, is_sold: bool) -> dict[str, str | None]:
    """What a card says about the package, line by line; None where it says nothing. The button is
    named in full for those who do not see the card around it."""
    values, saving = offer.values, offer.saving
    return {
        "credits": credit_count(values.credits),
        "price": str(price(values.price_minor, values.currency)),
        "unit_price": unit_price(values.price_minor, values.credits, values.currency) or None,
        "best_value": str(_("Best value")) if offer.is_best_value else None,
        "saving": _saving(saving) if saving else None,
        "saving_short": saving_short(saving.percent) if saving else None,
        "buy": str(_("Buy")) if is_sold else None,
        "buy_package": buy_label(values) if is_sold else None,
    }


def _saving(saving: Saving) -> str:
    text = ngettext(
        "%(percent)s less per credit than the %(count)s-credit package",
        "%(percent)s less per credit than the %(count)s-credit package",
        saving.than.credits,
        percent=percent(saving.percent),
        count=number(saving.than.credits),
    )
    return str(text)

"""What search engines and link previews read of the buyers' page."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from babel import Locale
from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints.locale import language
from blueprints.pages import country_name, number, price, written
from domain import money
from domain.catalogue.storefront import live, offers
from domain.languages import LANGUAGES, SOURCE

PLAIN = Locale("en")


@dataclass(frozen=True)
class Meta:
    """The page in short; `alternates` are its other languages: ("tr-DE", address)."""

    title: str
    description: str
    address: str
    alternates: list[tuple[str, str]]
    locale: str
    products: dict[str, Any]


def describe(release: live.LiveRelease, country_offers: offers.CountryOffers) -> Meta:
    """Under the one address of what is shown, with country and language, whatever was asked for.

    For a country without packages that is the page of those it is offered instead.
    """
    country, platform = country_offers.shown_country, release.settings.platform_name
    at = partial(url_for, "storefront.packages", country=country, _external=True)
    address = at(lang=language())
    intro = " ".join(written(release.settings, "intro", release.settings.main_language).split())
    return Meta(
        " · ".join([_("Credit packages"), country_name(country), platform]),
        intro or " · ".join(map(_in_short, country_offers.offers[:5])),
        address,
        [
            *((f"{code}-{country}", at(lang=code)) for code in LANGUAGES),
            ("x-default", at(lang=SOURCE)),
        ],
        f"{language()}_{country}",
        {
            "@context": "https://schema.org",
            "@graph": [_product(offer, platform, address) for offer in country_offers.offers],
        },
    )


def _in_short(offer: offers.Offer) -> str:
    """ "100 credits, $19.99"."""
    package = offer.values
    count = number(package.credits)
    words = ngettext("%(count)s credit", "%(count)s credits", package.credits, count=count)
    return f"{words}, {price(package.price_minor, package.currency)}"


def _product(offer: offers.Offer, platform: str, address: str) -> dict[str, Any]:
    package = offer.values
    return {
        "@type": "Product",
        "sku": str(offer.package_id),
        "name": package.name,
        "description": package.short_info or _in_short(offer),
        "brand": {"@type": "Brand", "name": platform},
        "offers": {
            "@type": "Offer",
            "price": money.input_value(package.price_minor, package.currency, PLAIN),
            "priceCurrency": package.currency,
            "eligibleRegion": package.country,
            "url": address,
        },
    }

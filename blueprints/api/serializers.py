"""What the API answers, as it is turned into JSON; in the language that the answer speaks."""

from collections.abc import Iterable, Mapping
from typing import Any

from babel import Locale
from flask import request

from blueprints import locale
from blueprints.api import labels
from blueprints.buying import buy_address
from blueprints.mode import is_test
from blueprints.pages import country_name, sorted_countries, tax_line, written
from domain import money
from domain.catalogue.markets.rules import MarketValues
from domain.catalogue.storefront.live import LiveRelease
from domain.catalogue.storefront.offers import Offer, Shown, list_offers

DECIMAL_POINT = Locale("en")


def packages(
    release: LiveRelease, country: str, cards: Iterable[Shown], market: MarketValues
) -> dict[str, Any]:
    """What `release` sells in `country`, in listing order, and what it says about the prices."""
    offers, root = list_offers(cards), request.url_root.rstrip("/")
    return {
        **_about(release),
        "country": {"code": country, "name": country_name(country)},
        "platform_name": release.settings.platform_name,
        "intro_text": written(release.settings, "intro", release.settings.main_language),
        "labels": labels.page_labels(country, offers, market),
        **_about_prices(market, release.settings.main_language),
        "packages": [
            _package(offer, buy_address(release, country, offer, root)) for offer in offers
        ],
    }


def _about_prices(market: MarketValues, main_language: str) -> dict[str, Any]:
    """Only what is said: most countries have no tax line and no note."""
    said: dict[str, Any] = {}
    if line := tax_line(market):
        said["tax"] = {
            "treatment": market.tax,
            "basis_points": market.tax_basis_points,
            "label": line,
        }
    if note := written(market, "note", main_language):
        said["note"] = note
    return said


def countries(release: LiveRelease, counts: Mapping[str, int]) -> dict[str, Any]:
    """Where `release` sells something, in the order in which a reader looks for names."""
    return {
        **_about(release),
        "default_country": release.settings.default_country,
        "countries": [
            {"code": code, "name": country_name(code), "packages": counts[code]}
            for code in sorted_countries(counts)
        ],
    }


def _about(release: LiveRelease) -> dict[str, Any]:
    return {
        "release": release.number,
        "language": locale.language(),
        "direction": locale.direction(),
        **({"mode": "test"} if is_test() else {}),
    }


def _package(offer: Offer, buy_url: str) -> dict[str, Any]:
    values, saving = offer.values, offer.saving
    return {
        "id": offer.package_id,
        "position": offer.position,
        "name": values.name,
        "short_info": values.short_info,
        "credits": values.credits,
        "price_minor": values.price_minor,
        "currency": values.currency,
        "digits": money.exponent(values.currency),
        "formatted": money.format(values.price_minor, values.currency, locale.reader_locale()),
        "unit_price": _unit_price(offer) if values.price_minor else None,
        "is_best_value": offer.is_best_value,
        "saving": saving and {"percent": saving.percent, "than_credits": saving.than.credits},
        "buy_url": buy_url or None,
        "labels": labels.package_labels(offer, is_sold=bool(buy_url)),
    }


def _unit_price(offer: Offer) -> dict[str, Any]:
    unit, currency = offer.unit, offer.values.currency
    return {
        "amount": money.input_value(unit.minor, currency, DECIMAL_POINT),
        "per": unit.per,
        "formatted": money.format(unit.minor, currency, locale.reader_locale()),
    }

"""What every template may use."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from babel.lists import format_list
from flask import Flask, Response, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from blueprints import i18n
from blueprints.card_names import card_name
from blueprints.icons import icon
from blueprints.locale import (
    as_admins_read,
    as_buyers_read,
    direction,
    language,
    reader_locale,
)
from blueprints.mode import mode_word
from blueprints.safe_redirect import this_page
from domain import countries, money, numbers
from domain.catalogue.markets.rules import MarketValues, Tax
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.storefront.offers import Offer, savings_bases
from domain.languages import ADMINS_LANGUAGES, LANGUAGES, text_in
from domain.request_context import request_id

THEMES = ("light", "dark")
STATIC = Path(__file__).parent.parent / "static"


def init_app(app: Flask) -> None:
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        # Looked up when a template asks, so that error pages need no database.
        current_user=current_user,
        asset=asset,
        icon=icon,
        theme=theme,
        language=language,
        direction=direction,
        as_buyers_read=as_buyers_read,
        as_admins_read=as_admins_read,
        languages=LANGUAGES,
        admins_languages=ADMINS_LANGUAGES,
        this_page=this_page,
        mode_word=mode_word,
        request_id=request_id.get,
        country_name=country_name,
        price=price,
        unit_price=unit_price,
        unit_amount=unit_amount,
        number=number,
        signed_number=signed_number,
        percent=percent,
        percent_change=percent_change,
        credit_count=credit_count,
        buy_label=buy_label,
        tax_line=tax_line,
        prices_line=prices_line,
        savings_line=savings_line,
        saving_short=saving_short,
        written=written,
        card_name=card_name,
        isolated=isolated,
    )
    add_formats(app)
    app.jinja_env.filters["translated"] = i18n.translated
    app.after_request(keep_assets)


def add_formats(app: Flask) -> None:
    """How times and days are written."""
    app.jinja_env.globals.update(
        format_moment=i18n.format_moment,
        format_short_moment=i18n.format_short_moment,
        format_end=i18n.format_end,
        format_date=i18n.format_date,
        format_second=i18n.format_second,
        format_exactly=i18n.format_exactly,
        format_for_everyone=i18n.format_for_everyone,
        reader_zone_name=i18n.reader_zone_name,
    )


def asset(name: str) -> str:
    """The address of a file in static/, new whenever the file is."""
    # Not by url_for: error pages have no host to go by when that was what they refuse.
    return f"/static/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def keep_assets(response: Response) -> Response:
    """A file asked for by its digest never changes, nor does a font, so browsers may keep them."""
    is_fixed = "v" in request.args or request.path.startswith("/static/fonts/")
    if request.endpoint == "static" and is_fixed and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def theme() -> str | None:
    """The admin's own choice between light and dark; None follows the system."""
    chosen = request.cookies.get("theme")
    return chosen if chosen in THEMES else None


def country_name(code: str) -> str:
    return countries.name(code, reader_locale())


def sorted_countries(codes: Iterable[str]) -> list[str]:
    """The countries in the order in which the reader looks for their names."""
    locale = reader_locale()
    return sorted(codes, key=lambda code: countries.sort_key(countries.name(code, locale), locale))


def price(minor: int, currency: str) -> str:
    """A price as the reader writes it; 0 is a word, so that nobody takes it for a slip."""
    return money.format(minor, currency, reader_locale()) if minor else _("Free")


def unit_price(minor: int, credits: int, currency: str) -> str:
    """The price of one credit, or of the fewest credits that cost a whole coin; "" when free."""
    if not minor:
        return ""
    unit = money.unit_price(minor, credits)
    shown = money.format(unit.minor, currency, reader_locale())
    if unit.per == 1:
        return str(_("%(price)s per credit", price=shown))
    text = ngettext(
        "%(price)s per %(count)s credit",
        "%(price)s per %(count)s credits",
        unit.per,
        price=shown,
        count=number(unit.per),
    )
    return str(text)


def unit_amount(minor: int, credits: int, currency: str) -> str:
    """The same for a column that is headed "Per credit": €0.25, or €0.12 / 100."""
    if not minor:
        return ""
    unit = money.unit_price(minor, credits)
    shown = money.format(unit.minor, currency, reader_locale())
    return shown if unit.per == 1 else f"{shown} / {number(unit.per)}"


def tax_line(market: MarketValues) -> str:
    """What the cards say about tax; "" for nothing."""
    match market.tax:
        case Tax.INCLUDED:
            rate = numbers.tax_rate(market.tax_basis_points, reader_locale())
            return str(_("Price includes %(rate)s VAT", rate=rate))
        case Tax.WHEN_USED:
            return str(_("Tax is due when the credits are used"))
        case _nothing:
            return ""


def prices_line(offers: Iterable[Offer], market: MarketValues) -> str:
    """What stands above the cards about all prices: currency and tax; "" where all are free."""
    paid = [offer.values.currency for offer in offers if offer.values.price_minor]
    if not paid:
        return ""
    locale = reader_locale()
    names = [money.plural_name(code, locale) for code in dict.fromkeys(paid)]
    currencies = format_list(names, locale=locale)
    match market.tax:
        case Tax.INCLUDED:
            # NOTE: "Prices in euros, including 19% VAT."
            text = _(
                "Prices in %(currencies)s, including %(rate)s VAT.",
                currencies=currencies,
                rate=numbers.tax_rate(market.tax_basis_points, locale),
            )
        case Tax.WHEN_USED:
            text = _(
                "Prices in %(currencies)s. Tax is due when the credits are used.",
                currencies=currencies,
            )
        case _nothing:
            # NOTE: "Prices in US dollars."
            text = _("Prices in %(currencies)s.", currencies=currencies)
    return str(text)


def savings_line(offers: Iterable[Offer]) -> str:
    """What the savings on the cards are compared with, a sentence for each currency; "" without
    savings."""
    bases = savings_bases(offers)
    if len(bases) == 1:
        # NOTE: "Savings compare the price per credit with Mini (25 credits)."
        text = _(
            "Savings compare the price per credit with %(package)s (%(credits)s).",
            package=isolated(bases[0].name),
            credits=credit_count(bases[0].credits),
        )
        return str(text)
    return " ".join(map(_savings_in_currency, bases))


def _savings_in_currency(basis: PackageValues) -> str:
    # NOTE: Where prices are in several currencies, one such sentence for each:
    # "Savings in euros compare the price per credit with Mini (25 credits)."
    text = _(
        "Savings in %(currency)s compare the price per credit with %(package)s (%(credits)s).",
        currency=money.plural_name(basis.currency, reader_locale()),
        package=isolated(basis.name),
        credits=credit_count(basis.credits),
    )
    return str(text)


def saving_short(saved: int) -> str:
    # NOTE: "Save 16%"; short, on a small label. The percentage comes with its sign.
    return str(_("Save %(percent)s", percent=percent(saved)))


def buy_label(package: PackageValues) -> str:
    """What the button on a card is called where the card around it is not seen."""
    amount, count = price(package.price_minor, package.currency), credit_count(package.credits)
    parts = {"name": package.name, "credits": count, "price": amount}
    return str(_("Buy %(name)s, %(credits)s, %(price)s", **parts))


def credit_count(count: int) -> str:
    text = ngettext("%(count)s credit", "%(count)s credits", count, count=number(count))
    return str(text)


def isolated(text: str) -> str:
    """The text, kept from mixing with a sentence that is written the other way."""
    return f"\u2068{text}\u2069"


def written(values: object, text: str, main: str) -> str:
    """A text of several languages as the reader gets it: in the language of the page, else in the
    `main` one."""
    return text_in(values, text, (language(), main))


def number(value: int) -> str:
    return numbers.whole(value, reader_locale())


def signed_number(value: int) -> str:
    return numbers.signed(value, reader_locale())


def percent(value: int) -> str:
    return numbers.percent(value, reader_locale())


def percent_change(old_minor: int, new_minor: int) -> str:
    """+5.0% or −3.4%; "" when the price stays, or was free."""
    return numbers.percent_change(old_minor, new_minor, reader_locale())

"""What every template may use."""

import hashlib
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal
from flask import Flask, Response, g, request
from flask_login import current_user

import countries
import money
from catalogue.changes import Kind

KIND_WORDS = {
    Kind.ADDED: "new",
    Kind.EDITED: "edited",
    Kind.MOVED: "moved",
    Kind.REMOVED: "removed",
}
THEMES = ("light", "dark")
DEFAULT_LOCALE = Locale("en", "US")
STATIC = Path(__file__).parent.parent / "static"


def init_app(app: Flask) -> None:
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        # Looked up when a template asks, so that error pages need no database.
        current_user=current_user,
        asset=asset,
        theme=theme,
        reader_locale=reader_locale,
        country_name=country_name,
        price=price,
        unit_price=unit_price,
        number=number,
        pending_words=pending_words,
    )
    app.after_request(keep_assets)


def asset(name: str) -> str:
    """The address of a file in static/, new whenever the file is."""
    # Not by url_for: error pages have no host to go by when that was what they refuse.
    return f"/static/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def keep_assets(response: Response) -> Response:
    """A file asked for by its digest never changes, so browsers may keep it."""
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def theme() -> str | None:
    """The admin's own choice between light and dark; None follows the system."""
    chosen = request.cookies.get("theme")
    return chosen if chosen in THEMES else None


def reader_locale() -> Locale:
    """How the reader writes numbers and names countries: best match of Accept-Language."""
    if "locale" not in g:
        tags = (_locale(tag) for tag, _quality in list(request.accept_languages)[:10])
        g.locale = next((locale for locale in tags if locale), DEFAULT_LOCALE)
    return g.locale  # type: ignore[no-any-return]


def country_name(code: str) -> str:
    return countries.name(code, reader_locale())


def price(minor: int, currency: str) -> str:
    """A price as the reader writes it; 0 is a word, so that nobody takes it for a slip."""
    return money.format(minor, currency, reader_locale()) if minor else "Free"


def unit_price(minor: int, credits: int, currency: str) -> str:
    """The price of one credit, or of the fewest credits that cost a whole coin; "" when free."""
    if not minor:
        return ""
    unit = money.unit_price(minor, credits)
    return money.format_unit(unit, currency, reader_locale())


def number(value: int) -> str:
    return format_decimal(value, locale=reader_locale())


def pending_words(counts: Mapping[Kind, int]) -> str:
    """What is pending, by kind: "1 new, 2 edited, 1 moved"."""
    words = [f"{counts[kind]} {word}" for kind, word in KIND_WORDS.items() if counts.get(kind)]
    return ", ".join([*words, "settings edited"] if counts.get(Kind.SETTINGS) else words)


@lru_cache(maxsize=256)
def _known_locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return None


def _locale(tag: str) -> Locale | None:
    return _known_locale(tag[:35]) if tag != "*" else None

"""Who reads a page: in which language, written in which way, and from which country."""

from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import get_global, parse_locale
from babel.languages import get_official_languages
from babel.support import NullTranslations, Translations
from flask import Flask, g, request
from flask_babel import Domain
from werkzeug import Response

from blueprints import cookies, customer_sign_in, htmx, own_choices
from domain import countries
from domain.catalogue.storefront import live
from domain.languages import ADMINS_LANGUAGES, LANGUAGES, SOURCE, admins_language
from extensions import babel, db

# The area of the admins: the guard asks who they are, and errors are theirs.
ADMIN_PATHS = ("/settings/", "/customers/", "/purchases/", "/activity")
# The page of the admins that is one of the buyers, as it was at a time.
AS_BUYERS_SEE_IT = "publishing.cards"
ADMINS_LOCALE = Locale("en", "US")
TRANSLATIONS = Path(__file__).parent.parent / "translations"
# People name a few languages; whoever names hundreds is no reader.
MOST_TAGS = 10
CHOICE_SECONDS = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    babel.init_app(app)
    babel.domain_instance = Texts()
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: texts().ugettext(text),
        lambda one, several, count: texts().ungettext(one, several, count),
        newstyle=True,
        # A word that another language says in two ways, by what it means.
        pgettext=lambda meaning, text: texts().upgettext(meaning, text),
    )


class Texts(Domain):
    """The texts in the language of the page. Flask-Babel's own way to them takes four times as
    long, and a page has hundreds."""

    def get_translations(self) -> NullTranslations:
        return texts()


def texts() -> NullTranslations:
    return _texts(language())


@lru_cache(maxsize=len(LANGUAGES))
def _texts(code: str) -> NullTranslations:
    return Translations.load(TRANSLATIONS, [code])


def language() -> str:
    """The language of this page: the one in its address, else the one that the admin who reads it
    chose, else the one chosen before in this browser, else that of the customer who is signed in,
    else the browser's first that the page can speak."""
    spoken: str | None = g.get("language")
    if spoken is None:
        spoken = g.language = _first_wanted(LANGUAGES) if is_for_buyers() else _admins_first()
    return spoken


def use_language(code: str, country: str = "") -> None:
    """Writes this answer in the language as it is written in the country, whatever else is known
    of the reader."""
    g.language, g.locale = code, _form(code, country)


def use_own_language(code: str) -> None:
    """For an admin who just chose this language, or with "" that of the browser."""
    g.language = code or _first_of(_browsers_languages(), ADMINS_LANGUAGES)
    g.pop("locale", None)


def as_buyers_read(chosen: str = "", country: str = "", *, caller: Callable[[], str]) -> str:
    """For templates: a part of a page of the admins in the language `chosen`, as it is written in
    the country; in the language and with the numbers that buyers with this browser get when "".
    """
    if chosen:
        return _as_read(caller, chosen, lambda: _form(chosen, country))
    return _as_read(caller, _first_wanted(LANGUAGES), _buyers_locale)


def as_admins_read(caller: Callable[[], str]) -> str:
    """For templates: a part of a page of the buyers as admins read all else."""
    return _as_read(caller, _admins_first(), _admins_locale)


def _as_read(caller: Callable[[], str], code: str, find_locale: Callable[[], Locale]) -> str:
    kept = language(), reader_locale()
    g.language = code
    g.locale = find_locale()
    try:
        return caller()
    finally:
        g.language, g.locale = kept


def direction() -> str:
    """Which way the language of this page is written: "ltr" or "rtl"."""
    return str(Locale(language()).text_direction)


def reader_locale() -> Locale:
    """How this page writes numbers and money, and names countries and currencies.

    For buyers always in the language of its text. Where the address says country and language,
    these two decide alone: the language as it is written in that country where it is official
    there (English in India: en_IN), else as it is the world over (English in Germany: en_001,
    with no comma for a decimal point amid English words). Anywhere else it is the reader's own
    form of the language: English text comes with British forms for en-GB. Who reads none of our
    languages gets English text with English forms: 1.299,50 would be misread among them.

    Admins type numbers. Their English text is read in many countries, so it comes with the first
    form they know, but never with that of the language that they turned down for it.
    """
    locale: Locale | None = g.get("locale")
    if locale is None:
        locale = g.locale = _buyers_locale() if is_for_buyers() else _admins_locale()
    return locale


def operators_language() -> str:
    """In which admins are written to who chose no language."""
    return admins_language(live.live_release(db.session).settings.main_language)


def reader_country(selling: Collection[str]) -> str | None:
    """Where the reader probably is, by the first language of the browser: GB for en-GB.

    A bare language stands for the country where most of its speakers are (de: DE), but only when
    that is one of `selling`: not everybody who reads Arabic cares that Egypt has no packages.
    """
    first = next(_tags(), "")
    try:
        spoken, region, *_ = parse_locale(first, sep="-")
    except ValueError:
        return None
    if region:
        return countries.find(region)
    likely = countries.find(get_global("likely_subtags").get(spoken, "")[-2:])
    return likely if likely in selling else None


def is_addressed() -> bool:
    """Whether the address says country and language, so that nothing else about the reader
    decides what is shown."""
    return address_country() is not None and address_language() is not None


def address_country() -> str | None:
    return countries.find(request.args.get("country", ""))


def address_language() -> str | None:
    return known_language(request.args.get("lang", ""))


def known_language(text: str) -> str | None:
    """The language with this code, in capitals or not; None for any other text."""
    code = text.lower()
    return code if code in LANGUAGES else None


def remember_choice(answer: Response, name: str, value: str) -> None:
    """Keeps in this browser which country ("country") or language ("lang") its reader chose."""
    cookies.keep(answer, name, value, CHOICE_SECONDS)


def is_for_buyers() -> bool:
    """Whether buyers read this page; error pages outside of the admins' area are theirs too."""
    if request.blueprint is None:
        return not request.path.startswith(ADMIN_PATHS)
    return (
        request.blueprint in ("storefront", "embed", "account", "checkout", "withdrawals")
        or request.endpoint == AS_BUYERS_SEE_IT
    )


def _admins_first() -> str:
    return _first_wanted(ADMINS_LANGUAGES, own_choices.own_language())


def _first_wanted(spoken: Collection[str], own: str = "") -> str:
    return _first_of(_wanted_languages(own), spoken)


def _first_of(wanted: Iterator[str], spoken: Collection[str]) -> str:
    return next((code for code in wanted if code in spoken), SOURCE)


def _wanted_languages(own: str) -> Iterator[str]:
    """The most wanted one first; none of them is checked yet."""
    yield request.args.get("lang", "").lower()
    yield htmx.current_query().get("lang", "").lower()
    yield own
    yield request.cookies.get("lang", "")
    yield customer_sign_in.own_language()
    yield from _browsers_languages()


def _browsers_languages() -> Iterator[str]:
    for tag in _tags():
        yield tag.partition("-")[0].lower()


def _buyers_locale() -> Locale:
    country = address_country()
    if country and address_language():
        return _form(language(), country)
    return _own_locale()


def _admins_locale() -> Locale:
    if language() != SOURCE:
        return _own_locale()
    known = (locale for locale in map(_known_locale, _tags()) if locale)
    turned_down = set(ADMINS_LANGUAGES) - {SOURCE}
    return next((locale for locale in known if locale.language not in turned_down), ADMINS_LOCALE)


def _own_locale() -> Locale:
    """The reader's own form of the language of the page."""
    own = (locale for locale in map(_known_locale, _tags()) if locale)
    return next((locale for locale in own if locale.language == language()), _form(language()))


def _tags() -> Iterator[str]:
    """The languages that the browser asks for, the dearest first: "de-CH", "en"."""
    for tag, _quality in list(request.accept_languages)[:MOST_TAGS]:
        if tag != "*":
            yield tag[:35]


@lru_cache(maxsize=2048)
def _form(code: str, country: str = "") -> Locale:
    """The language as it is written in the country, or the world over."""
    official = get_official_languages(country, de_facto=True) if country else ()
    region = country if code in official else "001"
    return _known_locale(f"{code}-{region}") or Locale(code)


@lru_cache(maxsize=256)
def _known_locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return None

"""Countries on offer, their names in the reader's language and the currency usual in each."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import pycountry
from babel import Locale
from babel.numbers import get_territory_currencies

CODES: frozenset[str] = frozenset(country.alpha_2 for country in pycountry.countries)

# Babel 2.18 still gives Bulgaria the lev (the euro since 2026), and for Haiti and Palestine it
# lists a second tender last, which is not what prices there are written in.
_USUAL = {"BG": "EUR", "HT": "HTG", "PS": "ILS"}

_ENGLISH = Locale("en")

# Letters that Unicode does not take apart into a base letter and an accent.
_PLAIN_LETTERS = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})

# Letters of their own where others see an accent: each stands after all words of the one before it.
_OWN_LETTERS = {
    "tr": {
        **{letter: f"{base}\uffff" for letter, base in zip("çğıöşü", "cghosu", strict=True)},
        "I": "h\uffff",
        "İ": "i",
    }
}


@dataclass(frozen=True, slots=True)
class Country:
    """A country within a message."""

    code: str

    def write(self, locale: Locale) -> str:
        return name(self.code, locale)


def find(text: str) -> str | None:
    """The country with this code, in capitals or not; None for any other text."""
    code = text.upper()
    return code if code in CODES else None


def name(code: str, locale: Locale) -> str:
    """Name of a country in the locale, else in English, else the code itself."""
    return locale.territories.get(code) or _ENGLISH.territories.get(code) or code


@lru_cache(maxsize=64)
def choices(locale: Locale) -> tuple[tuple[str, str], ...]:
    """(code, name) of every country, in the order in which a reader looks for names."""
    named = [(code, name(code, locale)) for code in CODES]
    return tuple(sorted(named, key=lambda choice: (sort_key(choice[1], locale), choice)))


def currencies(code: str) -> list[str]:
    """Currencies that prices in a country are written in, the usual one last; [] for AQ."""
    return [_USUAL[code]] if code in _USUAL else get_territory_currencies(code)


def usual_currency(code: str) -> str | None:
    """Currency to propose for a country; None where there is none (AQ)."""
    return next(reversed(currencies(code)), None)


@lru_cache(maxsize=4096)
def sort_key(text: str, locale: Locale) -> str:
    """Where a reader looks for the text: Åland under A, but in Turkish Çad after all of C.

    Own code, as no library earns its place here: pyuca knows no language's own order and is
    unkept since 2017, PyICU has to be compiled against ICU on every machine.
    """
    own = str.maketrans(_OWN_LETTERS.get(locale.language, {}))
    composed = unicodedata.normalize("NFC", text).translate(own).casefold().translate(own)
    letters = unicodedata.normalize("NFKD", composed)
    return "".join(c for c in letters if not unicodedata.combining(c)).translate(_PLAIN_LETTERS)

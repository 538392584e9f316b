"""Countries: which there are, what they are called and in what order, what they pay with."""

import pytest
from babel import Locale

from domain import countries

LOCALES = ["en", "en_GB", "tr", "de", "de_CH", "fr", "ar", "fa", "ja", "hi", "pt_BR", "sv", "he"]


def _names(locale: str) -> list[str]:
    return [name for _, name in countries.choices(Locale.parse(locale))]


def test_codes_are_iso_3166_and_nothing_that_babel_adds() -> None:
    """Caught: CODES taken from Babel's territories, which know EU, UN, XK and ZZ too."""
    assert len(countries.CODES) == 249
    assert {"TR", "DE", "TW", "AQ", "AX"} <= countries.CODES
    assert countries.CODES.isdisjoint({"EU", "UN", "XK", "ZZ", "UK"})


@pytest.mark.parametrize(
    ("code", "locale", "name"),
    [
        ("TR", "en", "Türkiye"),
        ("TR", "tr", "Türkiye"),
        ("DE", "tr", "Almanya"),
        ("KR", "en", "South Korea"),
        ("TW", "en", "Taiwan"),
        ("SA", "ar", "المملكة العربية السعودية"),
        ("JP", "ja", "日本"),
        ("QQ", "de", "QQ"),
    ],
)
def test_name_is_the_common_one_in_the_locale(code: str, locale: str, name: str) -> None:
    assert countries.name(code, Locale.parse(locale)) == name


def test_name_falls_back_to_english() -> None:
    """Caught: no fallback, which showed the bare code in languages that name few countries."""
    makhuwa = Locale("vmw")
    assert "TR" not in makhuwa.territories
    assert countries.name("TR", makhuwa) == "Türkiye"


@pytest.mark.parametrize("locale", LOCALES)
def test_choices_name_every_country_once(locale: str) -> None:
    offered = countries.choices(Locale.parse(locale))
    assert sorted(code for code, _ in offered) == sorted(countries.CODES)
    assert all(name and name != code for code, name in offered)


@pytest.mark.parametrize(
    ("locale", "in_order"),
    [
        ("en", ["Afghanistan", "Åland Islands", "Albania"]),
        ("en", ["Tunisia", "Türkiye", "Turkmenistan"]),
        ("en", ["Costa Rica", "Côte d’Ivoire", "Croatia"]),
        ("de", ["Afghanistan", "Ägypten", "Ålandinseln", "Albanien"]),
        ("de", ["Oman", "Österreich", "Pakistan"]),
        ("fr", ["Albanie", "Algérie", "Allemagne"]),
        ("tr", ["Hırvatistan", "Hindistan", "Hollanda"]),
        ("tr", ["Curaçao", "Çad", "Çekya", "Danimarka"]),
        ("tr", ["Polonya", "Rusya", "Şili", "Tacikistan"]),
        ("tr", ["Orta Afrika Cumhuriyeti", "Özbekistan", "Pakistan"]),
        ("tr", ["Uruguay", "Ürdün", "Vanuatu"]),
        ("tr", ["Irak", "İran", "İrlanda"]),
        ("ar", ["إثيوبيا", "أذربيجان", "أرمينيا"]),
        ("ar", ["البحرين", "اليابان", "آيسلندا", "تركيا", "عُمان", "مصر"]),
    ],
)
def test_choices_stand_where_a_reader_looks(locale: str, in_order: list[str]) -> None:
    """Caught: sorting by the bare name, which puts Åland and Österreich after Z; Turkish by the
    letters without their marks, which puts Çad before Curaçao."""
    names = _names(locale)
    assert sorted(in_order, key=names.index) == in_order


def test_choices_are_cached_for_one_locale_and_not_its_neighbour() -> None:
    """Caught: a cache that knows the language only and shows Britain American spelling."""
    american, british = Locale("en"), Locale("en", "GB")
    assert countries.choices(american) is countries.choices(Locale.parse("en"))
    assert dict(countries.choices(american))["LC"] == "St. Lucia"
    assert dict(countries.choices(british))["LC"] == "St Lucia"


@pytest.mark.parametrize(
    ("code", "currency"),
    [
        ("TR", "TRY"),
        ("US", "USD"),
        ("JP", "JPY"),
        ("BG", "EUR"),
        ("HR", "EUR"),
        ("HT", "HTG"),
        ("PS", "ILS"),
        ("BT", "BTN"),
        ("LS", "LSL"),
        ("NA", "NAD"),
        ("AQ", None),
        ("QQ", None),
    ],
)
def test_usual_currency(code: str, currency: str | None) -> None:
    """Caught: Babel's list without our corrections (BGN), and its first entry (INR for Bhutan)."""
    assert countries.usual_currency(code) == currency


def test_every_country_but_antarctica_has_a_usual_currency() -> None:
    without = {code for code in countries.CODES if countries.usual_currency(code) is None}
    assert without == {"AQ"}


def test_a_corrected_currency_replaces_what_babel_lists() -> None:
    """Caught: the euro put after the lev, which left the lev on offer."""
    assert countries.currencies("BG") == ["EUR"]
    assert countries.currencies("PA") == ["PAB", "USD"]

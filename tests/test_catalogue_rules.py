"""What a package, a market and the settings may hold."""

import pytest

from domain.catalogue import rules
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.markets.rules import MARKET_FIELDS, MARKET_RULES, MarketValues
from domain.catalogue.packages.rules import (
    PACKAGE_FIELDS,
    PACKAGE_RULES,
    PackageValues,
    check_credits,
    check_price,
)
from domain.catalogue.rules import InvalidText
from domain.catalogue.settings.rules import (
    INITIAL_SETTINGS,
    SETTINGS_FIELDS,
    SETTINGS_RULES,
    SettingsValues,
    clean_intro,
)

GOOD = PackageValues("Starter", 100, 1999, "USD", "US", "First session")
SETTINGS = SettingsValues(
    "Lotus", "TR", "Welcome", "Merhaba", "Hallo", "أهلا", "de", "Europe/Berlin"
)
MARKET = MarketValues(
    "included", 2000, "Incl. VAT\nSecond line", "KDV dahil", "inkl. MwSt.", "شامل"
)

FORBIDDEN = {
    "NUL": "a\0b",
    "tab": "a\tb",
    "line break": "a\nb",
    "C1 control": "a\x85b",
    "lone surrogate": "a\ud800b",
    "right-to-left override": "a\u202eb",
    "isolate": "a\u2066b",
    "right-to-left mark": "a\u200fb",
    "Arabic letter mark": "a\u061cb",
    "zero width space": "a\u200bb",
    "word joiner": "a\u2060b",
    "byte order mark": "a\ufeffb",
    "line separator": "a\u2028b",
    "what was no text": "a\ufffdb",
    "joiner at the end": "a\u200d",
    "joiner at the start": "\u200ca",
    "two joiners": "a\u200d\u200db",
    "joiner before a space": "a\u200d b",
    "joiner between Latin letters": "a\u200db",
    "soft hyphen": "a\u00adb",
    "grapheme joiner": "a\u034fb",
    "fillers": "\u115f\u1160a",
    "Hangul filler": "a\u3164",
    "half-width filler": "\uffa0a",
    "Khmer vowel of nothing": "a\u17b4",
    "blank of Braille": "a\u2800b",
    "variation of a letter": "a\ufe0f",
    "variation of a digit": "1\ufe0f",
    "tag of no flag": "a\U000e0061",
}
FINE = [
    "👩‍💻 Pro",
    "می‌خواهم",
    "İstanbul",
    "Größe 2",
    "日本語",
    "Le « Pack »",
    "10 000",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "❤️‍🔥 1️⃣ ☎︎ 👍🏽",
    "葛󠄀",
    "<b>&amp;</b>",
]


@pytest.mark.parametrize("text", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_text_refuses_what_nobody_sees(text: str) -> None:
    with pytest.raises(InvalidText):
        rules.clean_text(text, 80)


@pytest.mark.parametrize("text", FINE)
def test_text_takes_what_people_write(text: str) -> None:
    assert rules.clean_text(text, 80) == text


def test_text_is_trimmed_and_composed() -> None:
    assert rules.clean_text("  Cafe\u0301 \u00a0", 80) == "Café"


def test_length_counts_code_points_after_composing() -> None:
    """Caught: counting before NFC."""
    assert len(rules.clean_text("e\u0301" * 80, 80)) == 80
    with pytest.raises(InvalidText, match="81 characters. Shorten it to 80"):
        rules.clean_text("é" * 81, 80)


@pytest.mark.parametrize("text", ["", "   ", "\u00ad", "\u0301", "\u00a0"])
def test_a_name_shows_something(text: str) -> None:
    with pytest.raises(InvalidText):
        rules.clean_name(text)


def test_an_intro_may_have_lines() -> None:
    assert clean_intro(" Welcome \r\n\r\nto us ") == "Welcome\n\nto us"
    with pytest.raises(InvalidText, match="501 characters"):
        clean_intro("a" * 250 + "\n" + "b" * 250)
    with pytest.raises(InvalidText, match="invisible"):
        clean_intro("a\n\u202eb")


@pytest.mark.parametrize("number", [0, -1, 1_000_000_001, 2**63])
def test_credits_out_of_range(number: int) -> None:
    with pytest.raises(InvalidText, match="from 1 to 1,000,000,000"):
        check_credits(number)


@pytest.mark.parametrize("minor", [-1, 10**12 + 1])
def test_price_out_of_range(minor: int) -> None:
    with pytest.raises(InvalidText):
        check_price(minor)


@pytest.mark.parametrize("code", ["", "us", "XX", "EU", "USA", "DD"])
def test_unknown_country(code: str) -> None:
    with pytest.raises(InvalidText):
        rules.check_country(code)


@pytest.mark.parametrize("code", ["", "usd", "XXX", "XAU", "DEM", "BTC"])
def test_unknown_currency(code: str) -> None:
    with pytest.raises(InvalidText):
        rules.check_currency(code)


def test_good_values_have_no_problems() -> None:
    assert rules.problems(GOOD, PACKAGE_RULES) == {}
    assert rules.problems(SETTINGS, SETTINGS_RULES) == {}


def test_every_problem_is_named_at_once() -> None:
    bad = PackageValues("", 0, -1, "XXX", "XX", "a\nb")
    assert set(rules.problems(bad, PACKAGE_RULES)) == set(PACKAGE_FIELDS)


def test_every_problem_of_a_market_and_of_the_settings_is_named_at_once() -> None:
    """Caught: a language without its rule."""
    assert rules.problems(MARKET, MARKET_RULES) == {}
    assert rules.problems(INITIAL_SETTINGS, SETTINGS_RULES) == {}
    too_long = "x" * 501
    bad = MarketValues("maybe", 10_001, too_long, "a\tb", " x", "a\u202eb")
    assert set(rules.problems(bad, MARKET_RULES)) == set(MARKET_FIELDS)
    bad_settings = SettingsValues("", "XX", too_long, "a\tb", " x", "a\u202eb", "xx", "Mars/Base")
    bad_settings = bad_settings._replace(buying="maybe", buying_link="ftp://x/{id}")
    assert set(rules.problems(bad_settings, SETTINGS_RULES)) == set(SETTINGS_FIELDS)


@pytest.mark.parametrize("rate", [-1, 10_001, 2**63])
def test_a_tax_rate_out_of_range(rate: int) -> None:
    found = rules.problems(MarketValues("included", rate), MARKET_RULES)
    assert found == {"tax_basis_points": "Enter a tax rate from 0 to 100 %, for example 20."}


@pytest.mark.parametrize(
    "zone", ["", "utc", "CET", "Europe/Atlantis", "../etc/passwd", "posix/UTC"]
)
def test_unknown_time_zone(zone: str) -> None:
    found = rules.problems(SETTINGS._replace(time_zone=zone), SETTINGS_RULES)
    assert found == {"time_zone": "Choose a time zone from the list."}


def test_every_field_of_every_type_has_a_rule() -> None:
    for each in ITEM_TYPES.values():
        assert set(each.rules) == set(each.fields)


def test_text_that_was_not_cleaned_is_a_problem() -> None:
    """The domain takes what is stored, not what was typed."""
    assert "name" in rules.problems(PackageValues(" Starter", 1, 1, "USD", "US"), PACKAGE_RULES)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("STANDART", "standart"), ("istanbul", "İstanbul"), ("ILIK", "ılık"), ("gorusme", "Görüşme")],
)
def test_search_ignores_case_accents_and_kinds_of_i(typed: str, stored: str) -> None:
    assert rules.fold(typed) == rules.fold(stored)

"""Numbers as each locale writes them."""

import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from babel.numbers import format_decimal

from domain import numbers


@pytest.mark.parametrize(
    ("locale", "whole", "percent"),
    [
        ("en", "1,234,567", "12%"),
        ("en_IN", "12,34,567", "12%"),
        ("tr", "1.234.567", "%12"),
        ("de", "1.234.567", "12\u00a0%"),
        ("de_CH", "1’234’567", "12%"),
        ("ar", "1,234,567", "12\u200e%\u200e"),
        ("ar_MA", "1.234.567", "12\u200e%\u200e"),
        ("ar_EG", "١٬٢٣٤٬٥٦٧", "١٢٪\u061c"),
        ("fa", "۱٬۲۳۴٬۵۶۷", "۱۲٪"),
        ("bn", "12,34,567", "12%"),
    ],
)
def test_numbers(locale: str, whole: str, percent: str) -> None:
    """Caught: Babel's own way, which puts ٬ between the digits 0 to 9."""
    assert numbers.whole(1234567, Locale.parse(locale)) == whole
    assert numbers.percent(12, Locale.parse(locale)) == percent


def test_whole_numbers_are_grouped_as_babel_does_it_everywhere() -> None:
    """Caught: groups of three everywhere."""
    for locale in map(Locale.parse, locale_identifiers()):
        for number in (0, 1, 1000, 1_234_567):
            usual = format_decimal(number, locale=locale, numbering_system=numbers.system(locale))
            assert numbers.whole(number, locale) == numbers.in_digits(usual, locale)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("0", 0), ("7", 7), ("007", 7), ("100", 100), ("101", None), ("", None), (" 7", None)),
        *(("-7", None), ("+7", None), ("7.0", None), ("1_0", None), ("٧", None), ("²", None)),
        *(("7\n", None), ("9" * 5000, None)),
    ],
)
def test_a_whole_number_is_digits_alone(text: str, number: int | None) -> None:
    """Caught: isdigit alone, which ² passes; int of what was never measured."""
    assert numbers.whole_number(text, 100) == number


def test_no_percentage_is_rounded_away() -> None:
    """Caught: 0.29 * 100 cut to 28."""
    shown = [numbers.percent(number, Locale("en")) for number in range(1, 101)]
    assert shown == [f"{number}%" for number in range(1, 101)]


@pytest.mark.parametrize(
    ("locale", "more", "less"),
    [
        ("en", "+5.0%", "−3.4%"),
        ("tr", "+%5,0", "−%3,4"),
        ("de", "+5,0\u00a0%", "−3,4\u00a0%"),
        ("ar", "\u200e+5.0\u200e%\u200e", "\u200e−3.4\u200e%\u200e"),
        ("ar_EG", "\u061c+٥٫٠٪\u061c", "\u061c−٣٫٤٪\u061c"),
        ("fa", "\u200e+۵٫۰٪", "\u200e−۳٫۴٪"),
    ],
)
def test_percent_change(locale: str, more: str, less: str) -> None:
    assert numbers.percent_change(1990, 2089, Locale.parse(locale)) == more
    assert numbers.percent_change(2089, 2018, Locale.parse(locale)) == less


def test_signed_numbers() -> None:
    english, egyptian = Locale.parse("en"), Locale.parse("ar_EG")
    assert [numbers.signed(n, english) for n in (1050, 0, -1050)] == ["+1,050", "0", "−1,050"]
    assert [numbers.signed(n, egyptian) for n in (5, -5)] == ["\u061c+٥", "\u061c−٥"]


def test_percent_change_is_rounded_half_up_and_silent_without_a_change() -> None:
    """Caught: a division by zero for a package that was free; "100.0%" with something left."""
    said = [
        numbers.percent_change(old, new, Locale("en"))
        for old, new in ((2000, 2001), (100, 12445), (100, 0), (9999, 1), (5, 5), (0, 5), (0, 0))
    ]
    assert said == ["+0.1%", "+12,345.0%", "−100.0%", "−99.9%", "", "", ""]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("100", 100), (" 1,000 ", 1000), ("1.000", 1000), ("1\u202f000", 1000), ("1'000", 1000)),
        *(("1,00,000", 100000), ("1.000.000", 1000000), ("١٢٠", 120), ("١٬٢٠٠", 1200), ("0", 0)),
    ],
)
def test_a_whole_number_is_taken_in_any_habit(text: str, number: int) -> None:
    assert numbers.parse_whole(text) == number


@pytest.mark.parametrize("text", ["", "1.5", "1,00", "1e3", "-1", "+1", "1_000", "x", "9" * 33])
def test_no_other_whole_number_is_taken(text: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        numbers.parse_whole(text)


def test_a_change_is_taken_with_either_sign() -> None:
    for text, change in (
        *(("50", 50), ("+50", 50), ("-20", -20), ("−20", -20), (" − 1,000 ", -1000), ("＋5", 5)),
        *(("\u061c-٢٠", -20), ("−٢٠", -20), ("-0", 0)),
    ):
        assert (text, numbers.parse_change(text)) == (text, change)
    for text in ("", "-", "+", "--20", "+-20", "20-", "-1.5", "1e3", "–20", "x", "-" + "9" * 33):
        with pytest.raises(ValueError, match="no number"):
            numbers.parse_change(text)


def test_a_percentage_is_taken_in_any_habit() -> None:
    for text, points in (("19.5", 1950), ("19,5 %", 1950), ("%20", 2000), ("٧٫٢٥٪", 725), ("0", 0)):
        assert numbers.parse_percent(text) == points
    for text in ("", "19.5555", "-1", "1e1", "x"):
        with pytest.raises(ValueError, match="no number"):
            numbers.parse_percent(text)


def test_percentages_are_averaged_exactly() -> None:
    """Caught: the change of the sums."""
    english, turkish = Locale("en"), Locale("tr")
    assert numbers.average_change([(100, 110), (1000, 1000)], english) == "+5.0%"
    assert numbers.average_change([(100, 110), (1000, 900), (0, 5)], english) == "0.0%"
    assert numbers.average_change([(3, 2), (3, 4), (300, 290)], turkish) == "−%1,1"
    assert numbers.average_change([(0, 5)], english) == ""
    assert numbers.average_change([], english) == ""

"""What may be said of a customer, and of credits given by hand."""

from datetime import date

import pytest

from domain.customers.errors import UnfitChoice, UnfitDay, UnfitReason
from domain.customers.rules import (
    check_country,
    check_language,
    check_last_day,
    clean_reason,
    clean_tag,
)

TODAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("  The call \n dropped ", "The call dropped"),
        ("Çağrı kesildi", "Çağrı kesildi"),
        ("سقطت المكالمة", "سقطت المكالمة"),
        ("می‌خواهم", "می‌خواهم"),
        ("Sorry 👩‍💻", "Sorry 👩‍💻"),
        ("a" * 200, "a" * 200),
        ("=1+1", "=1+1"),
    ],
)
def test_a_reason_is_one_line_in_any_script(typed: str, reason: str) -> None:
    assert clean_reason(typed) == reason


@pytest.mark.parametrize("typed", ["", " \n ", "a" * 201, "a\u202eb", "a\0b", "a\u200bb", "a\x07"])
def test_no_other_reason_is_taken(typed: str) -> None:
    with pytest.raises(UnfitReason):
        clean_reason(typed)


def test_a_tag_may_join_letters_as_persian_does() -> None:
    assert clean_tag(" می‌خواهم ") == "می‌خواهم"


def test_languages_and_countries_are_those_to_choose_from() -> None:
    """Caught: a country of two letters that is none, which the database takes."""
    for language, country in (("tr", "TR"), ("ar", "")):
        check_language(language)
        check_country(country)
    for language, country in (("fr", "XX"), ("", "tr")):
        with pytest.raises(UnfitChoice):
            check_language(language)
        with pytest.raises(UnfitChoice):
            check_country(country)


def test_a_last_day_is_today_or_in_the_next_hundred_years() -> None:
    for day in (TODAY, date(2026, 12, 31), date(2126, 11, 5)):
        check_last_day(day, TODAY)
    for day in (date(2026, 11, 28), date(2127, 1, 1), date.max):
        with pytest.raises(UnfitDay):
            check_last_day(day, TODAY)

"""What may be typed as the reason and the last day of credits given by hand."""

from datetime import date

import pytest

from domain.customers.errors import UnfitDay, UnfitReason
from domain.customers.rules import check_last_day, clean_reason

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


def test_a_last_day_is_today_or_in_the_next_hundred_years() -> None:
    for day in (TODAY, date(2026, 12, 31), date(2126, 11, 5)):
        check_last_day(day, TODAY)
    for day in (date(2026, 11, 28), date(2127, 1, 1), date.max):
        with pytest.raises(UnfitDay):
            check_last_day(day, TODAY)

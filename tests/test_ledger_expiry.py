"""When credits end: months of the calendar, days of a zone, and clocks that change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from domain.ledger.errors import NotEnough
from domain.ledger.validity import end_of_validity, last_usable_day
from tests.clock import Clock
from tests.wallets import new_wallet

SECOND = timedelta(seconds=1)
# When they were bought, by the zone's clocks; for how long; the last usable day; the end in UTC.
ENDS = {
    "Europe/Istanbul": [  # UTC+3 all year
        ("2024-01-31 10:00", "1 month", "2024-02-29", "2024-02-29 21:00"),
        ("2023-01-31 23:59", "1 month", "2023-02-28", "2023-02-28 21:00"),
        ("2024-02-29 12:00", "12 months", "2025-02-28", "2025-02-28 21:00"),
        ("2023-11-30 00:00", "3 months", "2024-02-29", "2024-02-29 21:00"),
        ("2024-12-31 00:00", "60 days", "2025-03-01", "2025-03-01 21:00"),
        ("2024-05-05 12:00", "0 days", "2024-05-05", "2024-05-05 21:00"),
    ],
    "Europe/Berlin": [  # on at 31 March, off at 27 October
        ("2024-02-29 23:30", "1 month", "2024-03-29", "2024-03-29 23:00"),
        ("2024-03-01 12:00", "30 days", "2024-03-31", "2024-03-31 22:00"),
        ("2024-03-31 00:30", "1 month", "2024-04-30", "2024-04-30 22:00"),
        ("2024-08-31 12:00", "1 month", "2024-09-30", "2024-09-30 22:00"),
        ("2024-09-27 10:00", "1 month", "2024-10-27", "2024-10-27 23:00"),
        ("2024-10-27 02:30", "1 day", "2024-10-28", "2024-10-28 23:00"),
    ],
    "America/New_York": [  # on at 10 March, off at 3 November
        ("2023-12-31 23:59", "2 months", "2024-02-29", "2024-03-01 05:00"),
        ("2024-02-10 12:00", "1 month", "2024-03-10", "2024-03-11 04:00"),
        ("2024-10-03 20:00", "1 month", "2024-11-03", "2024-11-04 05:00"),
        ("2024-10-31 20:00", "1 month", "2024-11-30", "2024-12-01 05:00"),
    ],
    "Africa/Cairo": [  # on at 26 April, which begins at 01:00; off at the end of 31 October
        ("2024-03-25 12:00", "1 month", "2024-04-25", "2024-04-25 22:00"),
        ("2024-03-26 12:00", "1 month", "2024-04-26", "2024-04-26 21:00"),
        ("2024-09-30 12:00", "1 month", "2024-10-30", "2024-10-30 21:00"),
        ("2024-10-01 12:00", "30 days", "2024-10-31", "2024-10-31 22:00"),
    ],
    "America/Havana": [  # on at 10 March, which begins at 01:00; 3 November begins twice
        ("2024-02-09 12:00", "1 month", "2024-03-09", "2024-03-10 05:00"),
        ("2024-01-31 12:00", "1 month", "2024-02-29", "2024-03-01 05:00"),
        ("2024-10-02 12:00", "1 month", "2024-11-02", "2024-11-03 04:00"),
        ("2024-10-03 12:00", "1 month", "2024-11-03", "2024-11-04 05:00"),
    ],
    "Pacific/Auckland": [  # off at 7 April, on at 29 September
        ("2024-01-31 01:00", "1 month", "2024-02-29", "2024-02-29 11:00"),
        ("2024-03-07 12:00", "1 month", "2024-04-07", "2024-04-07 12:00"),
        ("2024-08-29 12:00", "1 month", "2024-09-29", "2024-09-29 11:00"),
        ("2024-08-31 12:00", "6 months", "2025-02-28", "2025-02-28 11:00"),
    ],
}
CASES = [(ZoneInfo(name), *row) for name, rows in ENDS.items() for row in rows]


def end_after(bought: str, length: str, zone: ZoneInfo) -> datetime:
    number, unit = length.split()
    start = datetime.fromisoformat(bought).replace(tzinfo=zone).astimezone(UTC)
    if unit.startswith("month"):
        return end_of_validity(start, zone, months=int(number))
    return end_of_validity(start, zone, days=int(number))


@pytest.mark.parametrize(("zone", "bought", "length", "day", "end"), CASES)
def test_credits_are_good_until_a_day_of_the_zone_ends(
    zone: ZoneInfo, bought: str, length: str, day: str, end: str
) -> None:
    """Caught: the day taken in UTC; 30 days for a month; 31 January and a month in March; so many
    times 24 hours; the second of two midnights."""
    found = end_after(bought, length, zone)
    assert f"{found:%Y-%m-%d %H:%M}" == end
    assert found.tzinfo is UTC
    assert last_usable_day(found, zone) == date.fromisoformat(day)


@pytest.mark.parametrize("name", ENDS)
def test_the_day_named_on_screen_is_the_last_usable_one(name: str) -> None:
    """On each day of three years. Caught: the day of the end named."""
    zone, day = ZoneInfo(name), date(2023, 1, 1)
    while day.year < 2026:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
        end = end_of_validity(noon, zone)
        assert last_usable_day(end, zone) == day
        assert (end - SECOND).astimezone(zone).date() == day
        day += timedelta(days=1)
        assert end.astimezone(zone).date() == day


def test_credits_are_spent_a_second_before_the_end_and_refused_at_it(
    session: Session, clock: Clock
) -> None:
    """No worker runs. Caught: no settling first; `<` for `<=` where a lot ends."""
    for zone, bought, length, _, end in CASES[::2]:
        clock.set(datetime.fromisoformat(bought).replace(tzinfo=zone).astimezone(UTC))
        wallet = new_wallet(session)
        wallet.gift(10, end_after(bought, length, zone))
        clock.set(datetime.fromisoformat(end).replace(tzinfo=UTC) - SECOND)
        assert wallet.spend(4).free == 6
        clock.go_on(seconds=1)
        assert wallet.spend(4) == NotEnough(needed=4, free=0, held=0)

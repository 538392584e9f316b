"""What clocks show, and when."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain import times


@pytest.mark.parametrize(
    ("clock", "zone", "moment"),
    [
        ("2026-11-20 09:15", "Europe/Istanbul", "2026-11-20 06:15"),
        # Left out in spring, twice in autumn.
        ("2026-03-29 02:30", "Europe/Berlin", "2026-03-29 01:30"),
        ("2026-10-25 02:30", "Europe/Berlin", "2026-10-25 00:30"),
        ("2026-03-29 03:00", "Europe/Berlin", "2026-03-29 01:00"),
    ],
)
def test_when_clocks_show_a_time(clock: str, zone: str, moment: str) -> None:
    found = times.moment_at(datetime.fromisoformat(clock), ZoneInfo(zone))
    assert found == datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert found.utcoffset() == timedelta(0)


def test_offsets() -> None:
    at = datetime(2026, 1, 15, tzinfo=UTC)
    said = {
        "UTC": "UTC+0",
        "Asia/Kolkata": "UTC+5:30",
        "America/St_Johns": "UTC−3:30",
        "America/New_York": "UTC−5",
    }
    assert {name: times.offset(at.astimezone(ZoneInfo(name))) for name in said} == said


def test_days_are_read_as_browsers_send_them() -> None:
    for text in ("2026-12-31", " ٢٠٢٦-١٢-٣١ "):
        assert times.parse_day(text) == date(2026, 12, 31)
    for text in ("", "2026-02-30", "20261231", "2026-W53-4", "31.12.2026", "2026-12-31\0"):
        assert times.parse_day(text) is None


def test_only_known_zones() -> None:
    for name in ("", "../etc/passwd", "Europe/Atlantis", "/UTC", "UTC\0"):
        assert times.known_zone(name) is None
    assert times.known_zone("Asia/Calcutta") == ZoneInfo("Asia/Calcutta")

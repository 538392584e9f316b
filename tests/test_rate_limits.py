"""Pauses that grow. What is counted is tested with those who count."""

from datetime import timedelta

import pytest

from domain.rate_limits import Backoff


@pytest.mark.parametrize(
    ("count", "minutes"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (9, 15), (999, 15)]
)
def test_pauses_grow_up_to_a_quarter_of_an_hour(count: int, minutes: int) -> None:
    """Caught: `<=`, which gave a sixth for free; pauses doubled for ever."""
    backoff = Backoff(5, timedelta(days=1))
    assert backoff.after(count) == timedelta(minutes=minutes)

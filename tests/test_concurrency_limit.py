"""Who gets a slot, and when."""

import pytest

from blueprints import concurrency_limit
from blueprints.concurrency_limit import BUDGET_SECONDS, Slots, find_slot
from domain.time_budget import TimeBudget


def test_a_slot_goes_to_who_has_waited_for_longest() -> None:
    """Caught: a queue asked again and again, from which who has just come took the slot too."""
    slots = Slots(1)
    first, second, third = (slots.stand_in_line() for _ in range(3))
    assert first.acquire(blocking=False)
    slots.release()
    late = slots.stand_in_line()
    assert [turn.acquire(blocking=False) for turn in (late, third, second)] == [False, False, True]


def test_who_leaves_the_line_takes_no_slot_along() -> None:
    """Caught: a slot given to somebody who had left."""
    slots = Slots(1)
    first, second, third = (slots.stand_in_line() for _ in range(3))
    assert first.acquire(blocking=False)
    assert slots.leave_line(second)
    slots.release()
    assert not slots.leave_line(third)  # it has the slot
    assert third.acquire(blocking=False)
    slots.release()
    assert slots.stand_in_line().acquire(blocking=False)


def test_a_slot_that_comes_as_somebody_gives_up_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caught: given up for good; the slot was nobody's from then on."""
    slots = Slots(1)
    assert find_slot(slots, TimeBudget(BUDGET_SECONDS))

    def hangs() -> bool:
        slots.release()
        return True

    monkeypatch.setattr(concurrency_limit, "is_any_hanging", hangs)
    assert find_slot(slots, TimeBudget(BUDGET_SECONDS))

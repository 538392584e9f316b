"""What acts do to lots, in tables that a person can check. See `tests/ledger_story.py`."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.ledger_story import Story

# Lots, and the order in which they pay.
ORDERS = {
    "the soonest end first": ("gift 1 Jul: 1; gift 1 May: 1; gift 1 Jun: 1", "2 3 1"),
    "what never ends last": ("gift: 1; bought 1 Jul: 1", "2 1"),
    "given before bought": ("bought 1 May: 1; gift 1 May: 1; bought: 1; gift: 1", "2 1 4 3"),
    "campaigns and corrections as gifts": ("bought: 1; campaign: 1; correction: 1", "2 3 1"),
    "a bought one that ends before a gift that does not": ("gift: 1; bought 1 May: 1", "2 1"),
    "of two alike the oldest": (
        "bought 1 May: 1; bought 1 May: 1; bought: 1; bought: 1",
        "1 2 3 4",
    ),
    "none without free credits": ("gift: 1 held; gift: 1; gift: 1 spent", "2"),
}
# Lots before, credits, which lot paid how many, lots after.
THREE = "gift 1 May: 5; bought 1 Jun: 9; bought: 4"
SPENDS = {
    "part of one": (THREE, 3, "1: 3", "gift 1 May: 2, 3 spent; bought 1 Jun: 9; bought: 4"),
    "all of one": (THREE, 5, "1: 5", "gift 1 May: 5 spent; bought 1 Jun: 9; bought: 4"),
    "part of two": (
        *(THREE, 7, "1: 5, 2: 2"),
        "gift 1 May: 5 spent; bought 1 Jun: 7, 2 spent; bought: 4",
    ),
    "all of two": (
        *(THREE, 14, "1: 5, 2: 9"),
        "gift 1 May: 5 spent; bought 1 Jun: 9 spent; bought: 4",
    ),
    "part of three": (
        *(THREE, 15, "1: 5, 2: 9, 3: 1"),
        "gift 1 May: 5 spent; bought 1 Jun: 9 spent; bought: 3, 1 spent",
    ),
    "all of three": (
        *(THREE, 18, "1: 5, 2: 9, 3: 4"),
        "gift 1 May: 5 spent; bought 1 Jun: 9 spent; bought: 4 spent",
    ),
    "more than there is": (THREE, 19, "not_enough", THREE),
    "what is held or frozen does not count": (
        *("gift: 5 held; bought: 5 frozen; gift: 2", 3, "not_enough"),
        "gift: 5 held; bought: 5 frozen; gift: 2",
    ),
}
# Lots before, steps with what they post, lots after.
Told = tuple[str, list[tuple[str, str]], str]
GIVING_BACK: dict[str, Told] = {
    "the last that paid is the first that comes back": (
        "gift 1 May: 3; bought 1 Jun: 3; bought: 3",
        [
            ("spend 8", "1: 3 free>spent, 2: 3 free>spent, 3: 2 free>spent"),
            ("reverse 4 customer", "3: 2 spent>free, 2: 2 spent>free"),
            ("reverse 3 customer", "2: 1 spent>free, 1: 2 spent>free"),
            ("reverse 2 customer", "nothing_left"),
            ("reverse all customer", "1: 1 spent>free"),
            ("reverse all provider", "nothing_left"),
        ],
        "gift 1 May: 3; bought 1 Jun: 3; bought: 3",
    ),
    "of a lot that ended, it lapses when the customer is the cause": (
        "gift 1 May: 3; bought: 3",
        [
            ("spend 4", "1: 3 free>spent, 2: 1 free>spent"),
            ("on 2 May", ""),
            ("reverse all customer", "2: 1 spent>free, 1: 3 spent>free, 1: 3 free>expired"),
        ],
        "gift 1 May: 3 expired; bought: 3",
    ),
    "of a lot that ended, it lives for two weeks more when the provider is the cause": (
        "gift 1 May: 3; bought: 3",
        [
            ("spend 4", "1: 3 free>spent, 2: 1 free>spent"),
            ("on 2 May", ""),
            (
                "reverse 3 provider",
                "2: 1 spent>free, 1: 2 spent>free, 1: 2 free>carried, 3: 2 outside>free",
            ),
            ("on 15 May", ""),
            ("on 16 May", "3: 2 free>expired"),
        ],
        "gift 1 May: 1 spent, 2 carried; bought: 3; gift 16 May: 2 expired",
    ),
    "a correction takes free ones as they pay": (
        "bought: 3; gift 1 May: 2",
        [
            ("take 4", "2: 2 free>revoked, 1: 2 free>revoked"),
            ("take 2", "not_enough"),
        ],
        "bought: 1, 2 revoked; gift 1 May: 2 revoked",
    ),
}
HOLDS: dict[str, Told] = {
    "captured in parts in the order it was held, the rest in reverse": (
        "gift 1 May: 3; bought: 9",
        [
            ("hold 5", "1: 3 free>held, 2: 2 free>held"),
            ("extend 4", "2: 4 free>held"),
            ("capture 4", "1: 3 held>spent, 2: 1 held>spent"),
            ("capture 6", "more_than_held"),
            ("capture 2", "2: 1 held>spent, 2: 1 held>spent"),
            ("last 1", "2: 1 held>spent, 2: 2 held>free"),
            ("last 2", "hold_closed"),
            ("void customer", "hold_closed"),
            ("extend 2", "hold_closed"),
        ],
        "gift 1 May: 3 spent; bought: 5, 4 spent",
    ),
    "all but one captured: what was held last is free again": (
        "gift 1 May: 2; bought: 2",
        [
            ("hold 4", "1: 2 free>held, 2: 2 free>held"),
            ("last 3", "1: 2 held>spent, 2: 1 held>spent, 2: 1 held>free"),
            ("reverse all customer", "2: 1 spent>free, 1: 2 spent>free"),
        ],
        "gift 1 May: 2; bought: 2",
    ),
    "a part that is all of it closes": (
        "gift: 2",
        [
            ("hold 2", "1: 2 free>held"),
            ("capture 2", "1: 2 held>spent"),
            ("last 1", "hold_closed"),
        ],
        "gift: 2 spent",
    ),
    "what is held outlives its lot": (
        "gift 1 May: 5; bought: 2",
        [
            ("hold 4", "1: 4 free>held"),
            ("on 2 May", "1: 1 free>expired"),
            ("capture 3", "1: 3 held>spent"),
            ("void customer", "1: 1 held>free, 1: 1 free>expired"),
        ],
        "gift 1 May: 3 spent, 2 expired; bought: 2",
    ),
    "the provider gives back after a lot ended": (
        "gift 1 May: 5; bought: 2",
        [
            ("hold 6", "1: 5 free>held, 2: 1 free>held"),
            ("on 2 May", ""),
            (
                "void provider",
                "2: 1 held>free, 1: 5 held>free, 1: 5 free>carried, 3: 5 outside>free",
            ),
        ],
        "gift 1 May: 5 carried; bought: 2; gift 16 May: 5",
    ),
    "the customer gives back before the lot ended": (
        "gift 1 May: 5",
        [
            ("hold 5", "1: 5 free>held"),
            ("on 30 Apr", ""),
            ("void customer", "1: 5 held>free"),
        ],
        "gift 1 May: 5",
    ),
    "a hold times out after its lot ended, at its own time": (
        "gift 1 May: 5; bought: 2",
        [
            ("hold 6 40", "1: 5 free>held, 2: 1 free>held"),
            ("on 12 May", "2: 1 held>free, 1: 5 held>free, 1: 5 free>carried, 3: 5 outside>free"),
            ("on 24 May", ""),
            ("on 25 May", "3: 5 free>expired"),
        ],
        "gift 1 May: 5 carried; bought: 2; gift 25 May: 5 expired",
    ),
    "a gift that was carried before lapses when a hold times out again": (
        "gift 1 May: 5",
        [
            ("hold 5 40", "1: 5 free>held"),
            ("on 12 May", "1: 5 held>free, 1: 5 free>carried, 2: 5 outside>free"),
            ("hold 5 40", "2: 5 free>held"),
            ("on 22 Jun", "2: 5 held>free, 2: 5 free>expired"),
        ],
        "gift 1 May: 5 carried; gift 25 May: 5 expired",
    ),
    "a hold that times out as its lot ends comes first": (
        "gift 1 May: 5",
        [
            ("hold 3 30", "1: 3 free>held"),
            ("on 1 May", "1: 3 held>free, 1: 3 free>carried, 2: 3 outside>free, 1: 2 free>expired"),
        ],
        "gift 1 May: 2 expired, 3 carried; gift 15 May: 3",
    ),
    "a hold times out before its lot ends": (
        "gift 1 May: 5",
        [
            ("hold 3 10", "1: 3 free>held"),
            ("on 2 May", "1: 3 held>free, 1: 5 free>expired"),
        ],
        "gift 1 May: 5 expired",
    ),
    "an extension that lasts past the lot's end": (
        "gift 1 May: 5",
        [
            ("hold 3 10", "1: 3 free>held"),
            ("extend 1 60", "1: 1 free>held"),
            ("on 2 May", "1: 1 free>expired"),
            ("last 4", "1: 3 held>spent, 1: 1 held>spent"),
        ],
        "gift 1 May: 4 spent, 1 expired",
    ),
}
UNITS: dict[str, Told] = {
    "reported units are captured when it times out, the rest is free": (
        "bought: 12",
        [
            ("hold 10 30 2", "1: 10 free>held"),
            ("report 3", ""),
            ("report 3", ""),
            ("report 6", "more_than_held"),
            ("report 2", "less_than_before"),
            ("on 1 May", "1: 6 held>spent, 1: 4 held>free"),
        ],
        "bought: 6, 6 spent",
    ),
    "what was captured already is not captured again": (
        "bought: 12",
        [
            ("hold 10 30 2", "1: 10 free>held"),
            ("capture 4 2", "1: 4 held>spent"),
            ("report 1", "less_than_before"),
            ("report 4", ""),
            ("on 1 May", "1: 4 held>spent, 1: 2 held>free"),
        ],
        "bought: 4, 8 spent",
    ),
    "an extension makes room for more units": (
        "bought: 12",
        [
            ("hold 4 30 2", "1: 4 free>held"),
            ("report 3", "more_than_held"),
            ("extend 4", "1: 4 free>held"),
            ("report 3", ""),
            ("on 1 May", "1: 4 held>spent, 1: 2 held>spent, 1: 2 held>free"),
        ],
        "bought: 6, 6 spent",
    ),
    "no unit reported: all is given back": (
        "gift: 4",
        [
            ("hold 4 30 2", "1: 4 free>held"),
            ("on 1 May", "1: 4 held>free"),
        ],
        "gift: 4",
    ),
}
DEBTS: dict[str, Told] = {
    "other lots pay at once": (
        "bought 1 May: 5; gift: 9",
        [
            ("spend 5", "1: 5 free>spent"),
            ("revoke 5 1", "1: 5 spent>owed, 2: 5 free>spent, 1: 5 owed>revoked"),
            ("reverse all customer", "2: 5 spent>free"),
        ],
        "bought 1 May: 5 revoked; gift: 9",
    ),
    "the next grant pays first": (
        "bought: 5",
        [
            ("spend 5", "1: 5 free>spent"),
            ("revoke 5 1", "1: 5 spent>owed"),
            ("spend 1", "in_debt"),
            ("hold 1", "in_debt"),
            ("grant 2", "2: 2 outside>free, 2: 2 free>spent, 1: 2 owed>revoked"),
            ("grant 8", "3: 8 outside>free, 3: 3 free>spent, 1: 3 owed>revoked"),
            ("spend 1", "3: 1 free>spent"),
        ],
        "bought: 5 revoked; gift: 2 spent; gift: 4, 4 spent",
    ),
    "frozen ones go first, then free ones, then spent ones": (
        "bought: 2, 3 frozen, 4 spent",
        [
            ("revoke 7 1", "1: 3 frozen>revoked, 1: 2 free>revoked, 1: 2 spent>owed"),
        ],
        "bought: 2 spent, 5 revoked, 2 owed",
    ),
    "no debt is made without leave": (
        "bought: 2, 3 frozen, 4 spent",
        [
            ("refund 6 1", "nothing_left"),
            ("refund 5 1", "1: 3 frozen>revoked, 1: 2 free>revoked"),
        ],
        "bought: 4 spent, 5 revoked",
    ),
    "held ones stay for their hold": (
        "bought: 5",
        [
            ("hold 3", "1: 3 free>held"),
            ("revoke 5 1", "1: 2 free>revoked"),
            ("last 3", "1: 3 held>spent"),
        ],
        "bought: 3 spent, 2 revoked",
    ),
    "a spend that is owed is taken back": (
        "bought: 5",
        [
            ("spend 5", "1: 5 free>spent"),
            ("revoke 5 1", "1: 5 spent>owed"),
            ("reverse all provider", "1: 5 owed>revoked"),
            ("spend 1", "not_enough"),
        ],
        "bought: 5 revoked",
    ),
    "partly spent still, partly owed, partly paid by another lot": (
        "bought 1 May: 6; gift: 2",
        [
            ("spend 6", "1: 6 free>spent"),
            ("revoke 4 1", "1: 4 spent>owed, 2: 2 free>spent, 1: 2 owed>revoked"),
            ("reverse 5 provider", "1: 2 spent>free, 1: 2 owed>revoked, 2: 1 spent>free"),
        ],
        "bought 1 May: 2, 4 revoked; gift: 1, 1 spent",
    ),
    "what a hold gives back pays": (
        "bought 1 Jun: 5; gift: 3",
        [
            ("spend 5", "1: 5 free>spent"),
            ("hold 3", "2: 3 free>held"),
            ("revoke 5 1", "1: 5 spent>owed"),
            ("extend 1", "in_debt"),
            ("void customer", "2: 3 held>free, 2: 3 free>spent, 1: 3 owed>revoked"),
        ],
        "bought 1 Jun: 3 revoked, 2 owed; gift: 3 spent",
    ),
    "what is taken back pays the debt of another purchase": (
        "bought 1 May: 3; bought 1 Jun: 4",
        [
            ("spend 3", "1: 3 free>spent"),
            ("spend 4", "2: 4 free>spent"),
            ("revoke 3 1", "1: 3 spent>owed"),
            ("reverse all customer", "2: 4 spent>free, 2: 3 free>spent, 1: 3 owed>revoked"),
        ],
        "bought 1 May: 3 revoked; bought 1 Jun: 1, 3 spent",
    ),
    "forgiven": (
        "bought: 5",
        [
            ("spend 5", "1: 5 free>spent"),
            ("revoke 5 1", "1: 5 spent>owed"),
            ("forgive 3", "1: 3 owed>spent"),
            ("forgive 3", "nothing_left"),
            ("forgive 2", "1: 2 owed>spent"),
        ],
        "bought: 5 spent",
    ),
}
FREEZES: dict[str, Told] = {
    "a lot that ends lives longer by the time it was frozen": (
        "bought 1 May: 5; gift: 1",
        [
            ("freeze 9 1", "1: 5 free>frozen"),
            ("on 11 Apr", ""),
            ("unfreeze", "1: 5 frozen>free, 1: 5 free>carried, 3: 5 outside>free"),
            ("unfreeze", "nothing_left"),
        ],
        "bought 1 May: 5 carried; gift: 1; bought 11 May: 5",
    ),
    "also when it would have ended meanwhile": (
        "bought 1 May: 5",
        [
            ("freeze 5 1", "1: 5 free>frozen"),
            ("on 11 May", ""),
            ("unfreeze", "1: 5 frozen>free, 1: 5 free>carried, 2: 5 outside>free"),
        ],
        "bought 1 May: 5 carried; bought 10 Jun: 5",
    ),
    "a lot without an end is as it was": (
        "bought: 5",
        [
            ("freeze 3 1", "1: 3 free>frozen"),
            ("on 1 Jul", ""),
            ("unfreeze", "1: 3 frozen>free"),
        ],
        "bought: 5",
    ),
    "lost in part": (
        "bought: 5",
        [
            ("freeze 5 1", "1: 5 free>frozen"),
            ("revoke 3 1", "1: 3 frozen>revoked"),
            ("unfreeze", "1: 2 frozen>free"),
        ],
        "bought: 2, 3 revoked",
    ),
    "freed ones pay debts": (
        "bought: 5; bought 1 Jul: 3",
        [
            ("spend 3", "2: 3 free>spent"),
            ("freeze 5 1", "1: 5 free>frozen"),
            ("revoke 3 2", "2: 3 spent>owed"),
            ("unfreeze", "1: 5 frozen>free, 1: 3 free>spent, 2: 3 owed>revoked"),
        ],
        "bought: 2, 3 spent; bought 1 Jul: 3 revoked",
    ),
    "what was carried on is revoked with its purchase": (
        "bought 1 May: 5",
        [
            ("freeze 5 1", "1: 5 free>frozen"),
            ("on 11 Apr", ""),
            ("unfreeze", "1: 5 frozen>free, 1: 5 free>carried, 2: 5 outside>free"),
            ("spend 2", "2: 2 free>spent"),
            ("revoke 5 1", "2: 3 free>revoked, 2: 2 spent>owed"),
        ],
        "bought 1 May: 5 carried; bought 11 May: 3 revoked, 2 owed",
    ),
}
STORIES = GIVING_BACK | HOLDS | UNITS | DEBTS | FREEZES


@pytest.mark.parametrize("name", ORDERS)
def test_lots_pay_in_their_order(name: str) -> None:
    """Caught: bought before given; no end sorted first; the newest first."""
    lots, order = ORDERS[name]
    paying = Story(lots).wallet.paying()
    assert " ".join(str(one.number) for one in paying) == order


@pytest.mark.parametrize("name", SPENDS)
def test_a_spend_is_paid_by(name: str) -> None:
    lots, credits, paid, after = SPENDS[name]
    story = Story(lots)
    assert story.do(f"spend {credits}").replace(" free>spent", "") == paid
    assert story.lots == after


@pytest.mark.parametrize("name", STORIES)
def test_credits_go_where_they_should(name: str) -> None:
    """Caught: slices given back in the order they were taken; a capture after a void; owed credits
    ignored by a spend; `<` for `<=` where a lot ends; the causes of a void mixed up; 28 days of
    grace; captured units captured again at the time-out."""
    lots, steps, after = STORIES[name]
    story = Story(lots)
    assert [(step, story.do(step)) for step, _ in steps] == steps
    assert story.lots == after


ENDS = ["", " 1 May", " 1 Jun"]
LOTS = st.lists(
    st.builds(
        "{}{}: {}".format,
        st.sampled_from(["gift", "bought", "campaign"]),
        st.sampled_from(ENDS),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=4,
).map("; ".join)
PARTS = st.lists(st.integers(1, 9), min_size=1, max_size=3)


@given(lots=LOTS, held=PARTS, data=st.data())
def test_capturing_a_part_of_a_hold_is_spending_that_part(
    lots: str, held: list[int], data: st.DataObject
) -> None:
    """Caught: slices captured in reverse; what was captured given back."""
    holding, spending = Story(lots), Story(lots)
    assume(sum(held) <= holding.wallet.free)
    captured = data.draw(st.integers(1, sum(held)))
    first = data.draw(st.integers(0, captured - 1))
    for verb, credits in zip(["hold", "extend", "extend"], held, strict=False):
        holding.do(f"{verb} {credits}")
    holding.do(f"capture {first}")
    holding.do(f"last {captured - first}")
    spending.do(f"spend {captured}")
    assert holding.lots == spending.lots


@given(lots=LOTS, parts=PARTS)
def test_what_is_taken_back_is_as_if_it_never_was(lots: str, parts: list[int]) -> None:
    """Caught: the first that paid given back first."""
    story = Story(lots)
    assume(sum(parts) <= story.wallet.free)
    story.do(f"spend {sum(parts)}")
    for place, credits in enumerate(parts, start=1):
        story.do(f"reverse {credits} customer")
        left = sum(parts[place:])
        if left:
            without = Story(lots)
            without.do(f"spend {left}")
            assert story.lots == without.lots
    assert story.lots == lots

"""Sparse ranks behind an order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.changes import ranks
from domain.catalogue.changes.ranks import RANK_GAP, fresh_ranks, neighbours, rank_between


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[int], dict[int, int]]:
    """An order, and ranks that some of it has, which rise with it; narrow and wide gaps."""
    order = draw(st.lists(st.integers(1, 99), unique=True, max_size=9))
    ranked = [id for id in order if draw(st.booleans())]
    steps = st.integers(1, 9) | st.integers(1, 3 * RANK_GAP)
    rank, given = draw(st.integers(-(2**40), 2**40)), {}
    for id in ranked:
        rank += draw(steps)
        given[id] = rank
    return order, given


@given(orders())
def test_ranks_keep_the_order_and_leave_alone_what_has_one(
    some: tuple[list[int], dict[int, int]],
) -> None:
    """Caught: a step of 0 taken for room, so that neighbours shared a rank; the gap before the
    first one forgotten; fresh ranks for the newcomers alone."""
    order, given = some
    found = rank_between(order, given)
    if found is None:
        found = fresh_ranks(order)
    else:
        assert found.keys() == set(order) - given.keys()
    after = {**given, **found}
    assert sorted(order, key=after.__getitem__) == order
    assert len({after[id] for id in order}) == len(order)


@given(orders())
def test_neighbours_are_all_that_matters(some: tuple[list[int], dict[int, int]]) -> None:
    """Caught: the one behind left out, so that the last of several ended beyond it."""
    order, given = some
    near = neighbours(order, set(order) - given.keys())
    assert near == [id for id in order if id in near]
    assert rank_between(near, {id: given[id] for id in near if id in given}) == rank_between(
        order, given
    )


@given(orders())
def test_fresh_ranks_only_where_a_gap_is_used_up(some: tuple[list[int], dict[int, int]]) -> None:
    """Caught: respacing whenever something new comes, which would write the whole country."""
    order, given = some
    found = rank_between(order, given)
    waiting, low, is_full = 0, None, False
    for id in order:
        if id not in given:
            waiting += 1
            continue
        if low is not None and given[id] - low <= waiting:
            is_full = True
        waiting, low = 0, given[id]
    assert (found is None) == is_full


def test_new_ones_leave_room_on_both_sides() -> None:
    assert rank_between([1, 2], {}) == {1: RANK_GAP, 2: 2 * RANK_GAP}
    assert rank_between([1, 2, 3], {1: 0, 3: 8}) == {2: 4}
    assert rank_between([1, 2], {2: 0}) == {1: -RANK_GAP}
    assert rank_between([1, 2], {1: 0}) == {2: RANK_GAP}
    assert rank_between([], {}) == {}


def test_twenty_in_one_gap_before_it_is_used_up() -> None:
    """What the width of a gap promises."""
    given = {1: 0, 2: RANK_GAP}
    for new in range(3, 23):
        found = rank_between([1, new, 2], given)
        assert found
        given = {1: 0, 2: found[new]}
    assert rank_between([1, 99, 2], given) is None


@pytest.mark.parametrize("gap", [1, 2, 3])
def test_narrow_gaps_are_used_up_sooner(monkeypatch: pytest.MonkeyPatch, gap: int) -> None:
    """What other tests rely on that make the room small."""
    monkeypatch.setattr(ranks, "RANK_GAP", gap)
    assert fresh_ranks([7, 8]) == {7: gap, 8: 2 * gap}
    assert (rank_between([7, 9, 8], fresh_ranks([7, 8])) is None) == (gap == 1)

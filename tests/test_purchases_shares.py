"""How many credits go with money, without a database."""

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.purchases.shares import Back, Sold
from tests.purchases import dispute, refund

MOST = 10**9
SOLD = st.builds(Sold, st.integers(1, MOST), st.integers(1, MOST), st.just("USD"))


@given(SOLD, st.lists(st.integers(0, 10**6), max_size=20), st.randoms())
def test_parts_in_any_order_add_up_to_exactly_all(it: Sold, cuts: list[int], dice: Random) -> None:
    """Caught: the share rounded for each part."""
    edges = sorted({0, it.price_minor, *(cut % (it.price_minor + 1) for cut in cuts)})
    parts = [after - before for before, after in pairwise(edges)]
    dice.shuffle(parts)
    back = taken = 0
    for part in parts:
        taken += it.share_between(back, back + part)
        back += part
        assert taken == it.share_of(back)
        assert it.credits * back <= taken * it.price_minor < it.credits * back + it.price_minor
    assert taken == it.credits


@given(SOLD, st.integers(0, MOST), st.integers(0, MOST))
def test_the_most_money_for_credits_takes_no_more_than_these(
    it: Sold, back: int, unspent: int
) -> None:
    """And a coin more would. Caught: rounded up."""
    back %= it.price_minor + 1
    most = it.most_for(back, unspent)
    assert 0 <= most <= it.price_minor - back
    if most:
        assert it.share_between(back, back + most) <= unspent
    if back + most < it.price_minor:
        assert it.share_between(back, back + most + 1) > unspent


def test_what_is_gone_and_what_may_go() -> None:
    it = Sold(100, 1999, "USD")
    assert it.add_up([]) == Back(0, 0)
    assert it.add_up([refund("failed"), refund("canceled"), dispute("won")]) == Back(0, 0)
    assert it.add_up([refund(amount_minor=500), dispute("lost", 700)]) == Back(1200, 0)
    assert it.add_up([refund("pending", 500), dispute("unknown", 700)]) == Back(0, 1200)
    assert it.add_up([refund(amount_minor=1500), dispute()]) == Back(1500, 499)
    foreign = dispute("lost", 3)._replace(currency="EUR")
    assert it.add_up([foreign]) == Back(1999, 0), "nobody knows the rate"

"""What differs between two catalogues, in the fewest words."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.changes.diff import (
    Change,
    Kind,
    PositionedPackage,
    compare,
    compare_settings,
    kept_in_order,
)
from domain.catalogue.rules import PackageValues, SettingsValues

VALUES = PackageValues("Starter", 100, 1999, "USD", "US")


def listed(*ids: int, country: str = "US", **values: object) -> dict[int, PositionedPackage]:
    """Packages with these ids, in this order."""

    some = VALUES._replace(country=country, **values)  # type: ignore[arg-type]
    return {id: PositionedPackage(id, some, place) for place, id in enumerate(ids, start=1)}


def moved(changes: list[Change]) -> set[int | None]:
    return {change.package_id for change in changes if change.kind == Kind.MOVED}


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    ids = draw(st.lists(st.integers(1, 40), unique=True, max_size=9))
    return ids, draw(st.permutations(ids))


def is_increasing(order: list[int], before: list[int]) -> bool:
    places = [before.index(id) for id in order]
    return places == sorted(places)


def longest_by_trying_all(before: list[int], after: list[int]) -> int:
    return max(
        size
        for size in range(len(after) + 1)
        for chosen in combinations(after, size)
        if is_increasing(list(chosen), before)
    )


@given(orders())
def test_kept_packages_are_in_order_and_as_many_as_can_be(
    order: tuple[list[int], list[int]],
) -> None:
    """Caught: `<` for `<=` in the Fenwick walk, and a greedy choice of the longest."""
    before, after = order
    kept = kept_in_order(before, after)
    assert is_increasing([id for id in after if id in kept], before)
    assert len(kept) == longest_by_trying_all(before, after)


@given(orders(), st.sets(st.integers(1, 40)))
def test_among_the_longest_it_keeps_what_nobody_moved(
    order: tuple[list[int], list[int]], by_hand: set[int]
) -> None:
    before, after = order
    kept = kept_in_order(before, after, by_hand)

    def worth(chosen: set[int]) -> tuple[int, int]:
        return sum(before.index(id) == after.index(id) for id in chosen), len(chosen - by_hand)

    best = max(
        worth(set(chosen))
        for chosen in combinations(after, len(kept))
        if is_increasing(list(chosen), before)
    )
    assert worth(kept) == best


def test_a_package_that_kept_its_place_is_not_named() -> None:
    """Caught: comparing without places: "2nd to 2nd" was named, and the one that rose was not."""
    changes = compare(listed(1, 2, 3), listed(3, 2, 1), {1, 2})
    assert moved(changes) == {1, 3}


@given(st.permutations(range(1, 8)), st.integers(0, 6), st.integers(0, 6))
def test_the_one_that_somebody_moved_is_named(before: list[int], source: int, target: int) -> None:
    """Caught: leaving `untouched` out of the chain: of two neighbours the wrong one is named."""
    after = list(before)
    after.insert(target, after.pop(source))
    by_hand = {before[source]} if after != before else set()
    assert set(before) - kept_in_order(before, after, by_hand) == by_hand


def test_the_same_order_needs_no_move() -> None:
    assert kept_in_order([3, 1, 2], [3, 1, 2]) == {1, 2, 3}


def test_ties_are_broken_the_same_way_every_time() -> None:
    assert kept_in_order([1, 2], [2, 1]) == {1}


def test_moving_one_of_fifty_is_one_move() -> None:
    ids = list(range(1, 51))
    changes = compare(listed(*ids), listed(50, *ids[:-1]), {50})
    assert [(c.kind, c.package_id) for c in changes] == [(Kind.MOVED, 50)]
    assert (changes[0].before.position, changes[0].after.position) == (50, 1)  # type: ignore[union-attr]


def test_a_new_package_moves_nobody() -> None:
    changes = compare(listed(1, 2), listed(3, 1, 2))
    assert [(c.kind, c.package_id) for c in changes] == [(Kind.ADDED, 3)]


def test_a_removed_package_moves_nobody() -> None:
    changes = compare(listed(1, 2, 3), listed(2, 3))
    assert [(c.kind, c.package_id) for c in changes] == [(Kind.REMOVED, 1)]


def test_an_edit_names_its_fields() -> None:
    (change,) = compare(listed(1), listed(1, price_minor=2999, name="Start"))
    assert (change.kind, change.fields) == (Kind.EDITED, ("name", "price_minor"))


def test_edited_and_moved_are_two_changes() -> None:
    after = {**listed(2, 1), 2: PositionedPackage(2, listed(2, name="New")[2].values, 1)}
    kinds = [(c.kind, c.package_id) for c in compare(listed(1, 2), after, {2})]
    assert kinds == [(Kind.EDITED, 2), (Kind.MOVED, 2)]


def test_another_country_is_an_edit_not_a_move() -> None:
    before = {**listed(1, 2, 3), **listed(9, country="TR")}
    after = {**listed(2, 3), **listed(1, 9, country="TR")}
    changes = compare(before, after, {1})
    assert [(c.kind, c.package_id, c.fields) for c in changes] == [(Kind.EDITED, 1, ("country",))]


def test_moves_are_counted_in_each_country_by_itself() -> None:
    before = {**listed(1, 2), **listed(3, 4, country="TR")}
    after = {**listed(2, 1), **listed(4, 3, country="TR")}
    assert moved(compare(before, after, {2, 3})) == {2, 3}


@given(st.permutations(range(1, 8)), st.permutations(range(3, 10)))
def test_applying_the_changes_leaves_nothing_to_change(before: list[int], after: list[int]) -> None:
    old, new = listed(*before), listed(*after)
    changes = compare(old, new)
    named = {c.package_id for c in changes}
    kept = [id for id in before if id not in named]
    for change in sorted(changes, key=lambda c: c.after.position if c.after else 0):  # type: ignore[union-attr]
        if isinstance(change.after, PositionedPackage):
            kept.insert(change.after.position - 1, change.after.id)
    assert kept == after


def test_settings_are_one_change_whatever_differs() -> None:
    old, new = SettingsValues("A", "US", ""), SettingsValues("B", "TR", "")
    (change,) = compare_settings(old, new)
    assert (change.kind, change.package_id) == (Kind.SETTINGS, None)
    assert change.fields == ("platform_name", "default_country")
    assert compare_settings(old, old) == []

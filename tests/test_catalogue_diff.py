"""What differs between two catalogues, in the fewest words."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.changes.diff import (
    Change,
    ItemKey,
    ItemState,
    Kind,
    compare,
    find_recorded_moves,
    kept_in_order,
    read_key,
    reverse,
)
from domain.catalogue.markets.rules import MarketValues
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.settings.rules import SettingsValues

VALUES = PackageValues("Starter", 100, 1999, "USD", "US")


def listed(
    *ids: int, country: str = "US", type: str = "package", **values: object
) -> dict[ItemKey, ItemState]:
    """Packages with these ids, in this order."""

    some = VALUES._replace(country=country, **values)  # type: ignore[arg-type]
    keys = [ItemKey(type, id) for id in ids]
    return {key: ItemState(key, some, country, place) for place, key in enumerate(keys, start=1)}


def one(item: ItemKey, values: object, group: str = "") -> dict[ItemKey, ItemState]:
    """An item without a place in any order."""
    return {item: ItemState(item, values, group)}


def packages(*ids: int) -> set[ItemKey]:
    return {ItemKey("package", id) for id in ids}


def moved(changes: list[Change]) -> set[int]:
    return {change.item.id for change in changes if change.kind == Kind.MOVED}


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
    changes = compare(listed(1, 2, 3), listed(3, 2, 1), packages(1, 2))
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
    changes = compare(listed(*ids), listed(50, *ids[:-1]), packages(50))
    assert [(c.kind, c.item.id) for c in changes] == [(Kind.MOVED, 50)]
    assert (changes[0].before.position, changes[0].after.position) == (50, 1)  # type: ignore[union-attr]


def test_a_new_package_moves_nobody() -> None:
    changes = compare(listed(1, 2), listed(3, 1, 2))
    assert [(c.kind, c.item.id) for c in changes] == [(Kind.ADDED, 3)]


def test_a_removed_package_moves_nobody() -> None:
    changes = compare(listed(1, 2, 3), listed(2, 3))
    assert [(c.kind, c.item.id) for c in changes] == [(Kind.REMOVED, 1)]


def test_an_edit_names_its_fields() -> None:
    (change,) = compare(listed(1), listed(1, price_minor=2999, name="Start"))
    assert (change.kind, change.fields) == (Kind.EDITED, ("name", "price_minor"))


def test_edited_and_moved_are_two_changes() -> None:
    after = {**listed(2, 1), **listed(2, name="New")}
    kinds = [(c.kind, c.item.id) for c in compare(listed(1, 2), after, packages(2))]
    assert kinds == [(Kind.EDITED, 2), (Kind.MOVED, 2)]


def test_another_country_is_an_edit_not_a_move() -> None:
    before = {**listed(1, 2, 3), **listed(9, country="TR")}
    after = {**listed(2, 3), **listed(1, 9, country="TR")}
    changes = compare(before, after, packages(1))
    assert [(c.kind, c.item.id, c.fields) for c in changes] == [(Kind.EDITED, 1, ("country",))]


def test_moves_are_counted_in_each_country_by_itself() -> None:
    before = {**listed(1, 2), **listed(3, 4, country="TR")}
    after = {**listed(2, 1), **listed(4, 3, country="TR")}
    assert moved(compare(before, after, packages(2, 3))) == {2, 3}


def test_moves_are_counted_in_each_type_by_itself() -> None:
    """Caught: one order for all that belongs to a country."""
    before = {**listed(1, 2), **listed(1, 2, type="other")}
    after = {**listed(2, 1), **listed(1, 2, type="other")}
    (change,) = compare(before, after, {ItemKey("other", 1), ItemKey("package", 2)})
    assert change.key == "package-2-moved"


@given(st.permutations(range(1, 8)), st.permutations(range(3, 10)))
def test_applying_the_changes_leaves_nothing_to_change(before: list[int], after: list[int]) -> None:
    old, new = listed(*before), listed(*after)
    changes = compare(old, new)
    named = {c.item.id for c in changes}
    kept = [id for id in before if id not in named]
    for change in sorted(changes, key=lambda c: c.after.position if c.after else 0):
        if change.after:
            kept.insert(change.after.position - 1, change.after.item.id)
    assert kept == after


def test_settings_are_one_change_whatever_differs() -> None:
    item = ItemKey("settings", 1)
    old, new = SettingsValues("A", "US"), SettingsValues("B", "TR", intro_tr="Merhaba")
    (change,) = compare(one(item, old), one(item, new))
    assert (change.kind, change.item, change.key) == (Kind.EDITED, item, "settings-1-edited")
    assert change.fields == ("platform_name", "default_country", "intro_tr")
    assert (change.groups, change.places) == (set(), False)
    assert compare(one(item, old), one(item, old)) == []


def test_a_market_is_compared_without_a_place() -> None:
    item, other = ItemKey("market", 1), ItemKey("market", 2)
    old = {**one(item, MarketValues("nothing"), "US"), **one(other, MarketValues("nothing"), "US")}
    new = {**one(other, MarketValues("nothing"), "US"), **one(item, MarketValues("included"), "US")}
    (change,) = compare(old, new)
    assert (change.key, change.fields, change.groups) == ("market-1-edited", ("tax",), {"US"})


@given(st.sampled_from(["package", "market", "settings"]), st.integers(1, 2**62))
def test_a_key_is_read_as_it_was_written(type: str, id: int) -> None:
    item = ItemKey(type, id)
    assert ItemKey.read(str(item)) == item
    for kind in Kind:
        key = Change(kind, ItemState(item, None), ItemState(item, None)).key
        assert (key, read_key(key)) == (f"{type}-{id}-{kind.value}", (item, kind))


def test_who_gives_an_item_a_place() -> None:
    """Adding, moving, and another country do; what goes or is edited where it is does not."""
    before, after = listed(1, 2, 3, 4), {**listed(4, 3, 5, name="New"), **listed(1, country="TR")}
    places = {change.key: change.places for change in compare(before, after, packages(4))}
    assert places == {
        "package-1-edited": True,
        "package-2-removed": False,
        "package-3-edited": False,
        "package-4-edited": False,
        "package-4-moved": True,
        "package-5-added": True,
    }


@given(orders(), st.data())
def test_a_comparison_the_other_way_is_its_reverse(
    order: tuple[list[int], list[int]], data: st.DataObject
) -> None:
    gone, new = (data.draw(st.sets(st.sampled_from(range(1, 41)))) for _ in range(2))
    before = listed(*(id for id in order[0] if id not in new))
    after = listed(*(id for id in order[1] if id not in gone), name="New")
    there, back = compare(before, after), compare(after, before)
    assert {reverse(c).key for c in there if c.kind != Kind.MOVED} == {
        c.key for c in back if c.kind != Kind.MOVED
    }
    assert [reverse(reverse(change)) for change in there] == there


def test_moves_as_recorded_need_not_be_the_fewest() -> None:
    before, after = [1, 2, 3, 4], [3, 4, 1, 2]
    assert find_recorded_moves(before, after, {1, 2, 3}) == {1, 2, 3}
    assert find_recorded_moves(before, after, {1, 2, 9}) == {1, 2}
    assert len(find_recorded_moves(before, after, {1})) == 2

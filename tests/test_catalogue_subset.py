"""What a catalogue would be with some of the changes only."""

from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.changes.diff import ItemKey, ItemState, States, compare
from domain.catalogue.changes.subset import apply_subset
from domain.catalogue.markets.rules import MarketValues
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.settings.rules import SettingsValues

VALUES = PackageValues("P", 100, 1999, "USD", "US")
TAXES = st.sampled_from(["nothing", "included"])


Items = dict[ItemKey, ItemState]


def package(id: int) -> ItemKey:
    return ItemKey("package", id)


def catalogue(**countries: list[int]) -> Items:
    """The packages of each country in this order; what is listed twice counts once."""
    return {
        package(id): ItemState(package(id), VALUES._replace(country=country), country, place)
        for country, ids in countries.items()
        for place, id in enumerate(ids, start=1)
    }


def ids(items: States, country: str = "US") -> list[int]:
    there = [s for s in items.values() if s.group == country and s.item.type == "package"]
    return [state.item.id for state in sorted(there, key=lambda state: state.position)]


@st.composite
def catalogues(draw: st.DrawFn) -> Items:
    """Packages, and beside them a market and the settings, which are always there."""
    order = draw(st.lists(st.integers(1, 9), unique=True))
    cut = draw(st.integers(0, len(order)))
    found = {
        item: state._replace(values=state.values._replace(credits=draw(st.integers(1, 2))))
        for item, state in catalogue(US=order[:cut], TR=order[cut:]).items()
    }
    market, settings = ItemKey("market", 1), ItemKey("settings", 1)
    found[market] = ItemState(market, MarketValues(draw(TAXES)), "US")
    found[settings] = ItemState(settings, SettingsValues(draw(st.sampled_from("AB")), "US"))
    return found


@given(catalogues(), catalogues())
def test_all_changes_give_the_new_catalogue(before: Items, after: Items) -> None:
    changes = compare(before, after)
    assert apply_subset(before, after, changes, {c.key for c in changes}) == after


@given(catalogues(), catalogues())
def test_no_changes_give_the_old_catalogue(before: Items, after: Items) -> None:
    """Caught: inserting what stays in the order of ids."""
    assert apply_subset(before, after, compare(before, after), ()) == before


@given(catalogues(), catalogues(), st.data())
def test_a_part_has_every_place_once(before: Items, after: Items, data: st.DataObject) -> None:
    changes = compare(before, after)
    keys = [c.key for c in changes]
    chosen = set(data.draw(st.lists(st.sampled_from(keys), unique=True))) if keys else set()
    picked = apply_subset(before, after, changes, chosen)
    for country in ("US", "TR"):
        listed = [s for s in picked.values() if s.group == country and s.item.type == "package"]
        places = sorted(state.position for state in listed)
        assert places == list(range(1, len(places) + 1))
        assert {state.values.country for state in listed} <= {country}
    for change in changes:
        id = change.item
        if change.kind == "added":
            assert (id in picked) == (change.key in chosen)
        if change.kind == "removed":
            assert (id not in picked) == (change.key in chosen)
        if change.kind == "edited":
            wanted = after if change.key in chosen else before
            assert picked[id].values == wanted[id].values


@given(catalogues(), catalogues(), st.sets(st.integers(1, 9)), st.data())
def test_a_part_moves_no_more_than_was_chosen(
    before: Items,
    after: Items,
    by_hand: set[int],
    data: st.DataObject,
) -> None:
    """Caught: leaving what was not chosen behind a predecessor that itself moves: the colleague's
    move went live without its tick."""
    changes = compare(before, after, {package(id) for id in by_hand})
    moves = {c.key: c for c in changes if c.kind == "moved"}
    chosen = (
        set(data.draw(st.lists(st.sampled_from([c.key for c in changes])))) if changes else set()
    )
    picked = apply_subset(before, after, changes, chosen)
    named = {c.item for c in moves.values()}
    done = [c for c in compare(before, picked, named) if c.kind == "moved"]
    left = [c for c in compare(picked, after, named) if c.kind == "moved"]
    assert len(done) <= len(moves.keys() & chosen)
    assert len(left) <= len(moves.keys() - chosen)
    for key in moves.keys() & chosen:
        to = moves[key].after
        if to and to.position == 1:
            assert picked[to.item].position == 1


def test_mine_alone_leaves_a_colleagues_move_behind() -> None:
    """Two moves that cross: Q3 to the top is mine, Q4 to second place is not."""
    before, after = catalogue(US=[1, 2, 3, 4]), catalogue(US=[3, 4, 1, 2])
    changes = compare(before, after, {package(3), package(4)})
    assert {c.key for c in changes} == {"package-3-moved", "package-4-moved"}
    assert ids(apply_subset(before, after, changes, {"package-3-moved"})) == [3, 1, 2, 4]


def test_a_move_alone() -> None:
    before, after = catalogue(US=[1, 2, 3, 4, 5]), catalogue(US=[5, 3, 1, 2, 4])
    changes = compare(before, after)
    assert {c.key for c in changes} == {"package-5-moved", "package-3-moved"}
    assert ids(apply_subset(before, after, changes, {"package-5-moved"})) == [5, 1, 2, 3, 4]
    assert ids(apply_subset(before, after, changes, {"package-3-moved"})) == [3, 1, 2, 4, 5]


def test_a_new_package_alone_comes_where_it_was_put() -> None:
    before, after = catalogue(US=[1, 2, 3]), catalogue(US=[3, 9, 1, 2])
    changes = compare(before, after, {package(3)})
    assert ids(apply_subset(before, after, changes, {"package-9-added"})) == [9, 1, 2, 3]


def test_a_change_of_country_alone() -> None:
    before, after = catalogue(US=[1, 2], TR=[5]), catalogue(US=[2], TR=[1, 5])
    changes = compare(before, after)
    assert ids(apply_subset(before, after, changes, ())) == [1, 2]
    assert ids(apply_subset(before, after, changes, {"package-1-edited"}), "TR") == [1, 5]

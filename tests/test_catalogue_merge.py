"""Two admins, one draft."""

from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.changes.merge import merge
from domain.catalogue.item_types import ITEM_TYPES, MARKET, PACKAGE
from domain.catalogue.markets.rules import TAX_FIELDS, MarketValues
from domain.catalogue.packages.rules import PACKAGE_FIELDS, PRICE, PackageValues

some = st.builds(
    PackageValues,
    name=st.sampled_from("AB"),
    credits=st.integers(1, 2),
    price_minor=st.integers(1, 3),
    currency=st.just("USD"),
    country=st.just("US"),
)


@given(some, some)
def test_what_only_one_changed_is_taken(base: PackageValues, changed: PackageValues) -> None:
    assert merge(base, changed, base) == merge(base, base, changed)
    assert merge(base, changed, base).values == changed


@given(some, some)
def test_the_same_change_is_no_conflict(base: PackageValues, changed: PackageValues) -> None:
    assert merge(base, changed, changed).conflicts == ()


@given(some, some, some)
def test_each_field_is_decided_by_itself(
    base: PackageValues, mine: PackageValues, theirs: PackageValues
) -> None:
    """Caught: `their != was` alone, which calls agreement a conflict."""
    merged = merge(base, mine, theirs)
    for field in PACKAGE_FIELDS:
        was, my, their = (getattr(side, field) for side in (base, mine, theirs))
        assert (field in merged.conflicts) == (was not in (my, their) and my != their)
        expected = their if my == was else my
        assert getattr(merged.values, field) == expected


def test_an_amount_is_never_taken_without_its_currency() -> None:
    """Caught: my new amount saved in the currency that somebody else chose."""
    base = PackageValues("A", 1, 1999, "USD", "US")
    mine = PackageValues("A", 1, 2499, "USD", "US")
    theirs = PackageValues("A", 1, 1999, "EUR", "US", "New")
    merged = merge(base, mine, theirs, PACKAGE.decided_together)
    assert merged.conflicts == ("price_minor", "currency")
    assert merged.values == PackageValues("A", 1, 2499, "USD", "US", "New")


markets = st.builds(
    MarketValues,
    tax=st.sampled_from(["nothing", "included", "when_used"]),
    tax_basis_points=st.sampled_from([0, 1900, 2000]),
    note_en=st.sampled_from(["", "x"]),
    note_de=st.sampled_from(["", "x"]),
)


@given(markets, markets, markets)
def test_a_rate_is_never_taken_without_what_is_said_of_it(
    base: MarketValues, mine: MarketValues, theirs: MarketValues
) -> None:
    """Caught: field by field, which saved a rate with "prices do not include tax"."""
    merged = merge(base, mine, theirs, MARKET.decided_together)
    was, my, their, found = (
        tuple(getattr(side, name) for name in TAX_FIELDS)
        for side in (base, mine, theirs, merged.values)
    )
    assert found == (their if my == was else my)
    is_conflict = not set(merged.conflicts).isdisjoint(TAX_FIELDS)
    assert is_conflict == (was not in (my, their) and my != their)


def test_notes_in_different_languages_merge_and_the_same_one_conflicts() -> None:
    base = MarketValues("nothing")
    mine, theirs = base._replace(note_en="Hello"), base._replace(note_de="Hallo")
    merged = merge(base, mine, theirs, MARKET.decided_together)
    assert merged == merge(base, theirs, mine, MARKET.decided_together)
    assert (merged.values, merged.conflicts) == (
        base._replace(note_en="Hello", note_de="Hallo"),
        (),
    )
    other = base._replace(note_en="Hi", note_de="Hallo")
    assert merge(base, mine, other, MARKET.decided_together).conflicts == ("note_en",)


def test_what_is_decided_together_are_fields_of_its_type() -> None:
    assert PACKAGE.decided_together == (PRICE,)
    assert MARKET.decided_together == (TAX_FIELDS,)
    for each in ITEM_TYPES.values():
        for names in each.decided_together:
            assert set(names) <= set(each.fields)
            assert all(each.decided_with(name) == names for name in names)
        alone = set(each.fields) - {n for names in each.decided_together for n in names}
        assert all(each.decided_with(name) == (name,) for name in alone)

"""Two admins, one draft."""

from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.changes.merge import merge
from domain.catalogue.rules import PACKAGE_FIELDS, PackageValues

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
    merged = merge(base, mine, theirs)
    assert merged.conflicts == ("price_minor", "currency")
    assert merged.values == PackageValues("A", 1, 2499, "USD", "US", "New")

"""What a buyer compares: each rule by example, then all of them over catalogues made at random."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from domain import money
from domain.catalogue.packages.rules import CREDITS_LIMIT, PRICE_LIMIT, PackageValues
from domain.catalogue.storefront.offers import Offer, list_offers


@dataclass(frozen=True)
class Package:
    package_id: int
    position: int
    values: PackageValues


def offers(*rows: tuple[int, int] | tuple[int, int, str]) -> list[Offer]:
    """What is offered when packages 11, 12, … have these (credits, price[, currency])."""
    packages = []
    for position, row in enumerate(rows, start=1):
        currency = row[2] if len(row) == 3 else "USD"
        values = PackageValues("Any", row[0], row[1], currency, "US")
        packages.append(Package(10 + position, position, values))
    return list_offers(packages)


def best(found: Iterable[Offer]) -> list[int]:
    return [offer.package_id for offer in found if offer.is_best_value]


def savings(found: Iterable[Offer]) -> list[tuple[int, int] | None]:
    """(percent, credits of the package compared with) of each offer."""
    return [
        (offer.saving.percent, offer.saving.than.credits) if offer.saving else None
        for offer in found
    ]


def shown_per_credit(offer: Offer) -> Fraction:
    return Fraction(offer.unit.minor, offer.unit.per)


def per_credit(offer: Offer) -> Fraction:
    return Fraction(offer.values.price_minor, offer.values.credits)


def test_nothing_on_offer() -> None:
    assert list_offers([]) == []


def test_an_offer_is_the_package_and_its_unit_price() -> None:
    (offer,) = offers((1000, 8999))
    assert (offer.package_id, offer.position, offer.values.credits) == (11, 1, 1000)
    assert offer.unit == money.UnitPrice(9, 1)


def test_the_best_value_is_the_lowest_price_of_a_credit() -> None:
    assert best(offers((100, 1000), (200, 1800), (500, 4000))) == [13]


def test_the_price_of_a_credit_is_compared_whatever_number_it_is_shown_for() -> None:
    """Caught: comparing 50 (for a hundred) with 1 (for one) as they stand."""
    assert best(offers((100, 100), (1000, 500))) == [12]


def test_no_best_value_on_a_tie() -> None:
    assert best(offers((100, 1000), (200, 1800), (300, 2700))) == []


def test_no_best_value_on_a_tie_that_only_rounding_makes() -> None:
    """Caught: comparing exact prices. 8.98 and 9.00 are shown as 9 both; a buyer sees a tie."""
    assert best(offers((1000, 8980), (100, 900), (10, 100))) == []


def test_no_best_value_for_a_package_alone_in_its_currency() -> None:
    assert best(offers((100, 1000))) == []
    assert best(offers((100, 1000), (200, 1800), (100, 900, "EUR"))) == [12]


def test_free_packages_are_left_out() -> None:
    """Caught: a free package as best value, and as the basis of every saving."""
    found = offers((10, 0), (100, 1000), (200, 1600))
    assert best(found) == [13]
    assert savings(found) == [None, None, (20, 100)]
    assert best(offers((10, 0), (100, 1000))) == []


def test_savings_are_rounded_down_and_name_their_basis() -> None:
    assert savings(offers((100, 1999), (500, 8999))) == [None, (9, 100)]


def test_below_one_percent_nothing_is_saved() -> None:
    assert savings(offers((100, 10000), (200, 19801))) == [None, None]
    assert savings(offers((100, 10000), (200, 19800))) == [None, (1, 100)]


def test_a_dearer_package_saves_nothing() -> None:
    assert savings(offers((100, 1000), (200, 2400))) == [None, None]


def test_savings_stay_within_a_currency() -> None:
    found = offers((100, 1000), (50, 100, "EUR"), (200, 1000), (100, 100, "EUR"))
    assert savings(found) == [None, None, (50, 100), (50, 50)]


def test_of_two_smallest_packages_the_cheaper_is_the_basis() -> None:
    """Caught: the dearer one as basis: a claim that is false of the other 100 pack."""
    assert savings(offers((100, 2000), (100, 1000), (200, 1800))) == [None, None, (10, 100)]


packages = st.builds(
    PackageValues,
    name=st.just("Any"),
    credits=st.one_of(st.integers(1, 50), st.integers(1, CREDITS_LIMIT)),
    price_minor=st.one_of(st.integers(0, 50), st.integers(0, PRICE_LIMIT)),
    currency=st.sampled_from(("USD", "JPY", "KWD")),
    country=st.just("US"),
)
catalogues = st.lists(packages, max_size=8).map(
    lambda rows: list_offers(Package(100 + n, n, values) for n, values in enumerate(rows, 1))
)


@given(catalogues)
def test_order_and_values_stay_as_they_are(found: list[Offer]) -> None:
    assert [offer.position for offer in found] == list(range(1, len(found) + 1))
    for offer in found:
        assert offer.unit == money.unit_price(offer.values.price_minor, offer.values.credits)


@given(catalogues)
def test_a_best_value_beats_every_other_as_shown_and_exactly(found: list[Offer]) -> None:
    for offer in found:
        others = [
            other
            for other in found
            if other is not offer
            and other.values.price_minor
            and other.values.currency == offer.values.currency
        ]
        beats_all = all(shown_per_credit(offer) < shown_per_credit(other) for other in others)
        assert offer.is_best_value == bool(offer.values.price_minor and others and beats_all)
        if offer.is_best_value:
            assert all(per_credit(offer) < per_credit(other) for other in others)


@given(catalogues)
def test_a_saving_is_true_of_every_package_it_may_mean(found: list[Offer]) -> None:
    for offer in found:
        if offer.saving is None:
            continue
        assert 1 <= offer.saving.percent <= 99
        paid = [
            other
            for other in found
            if other.values.price_minor and other.values.currency == offer.values.currency
        ]
        assert offer.saving.than.credits == min(other.values.credits for other in paid)
        for other in paid:
            if other.values.credits == offer.saving.than.credits:
                claimed = per_credit(other) * Fraction(100 - offer.saving.percent, 100)
                assert per_credit(offer) <= claimed


@given(catalogues)
def test_no_saving_is_kept_quiet(found: list[Offer]) -> None:
    for offer in found:
        paid = [
            other
            for other in found
            if other.values.price_minor and other.values.currency == offer.values.currency
        ]
        if offer.saving is None and offer.values.price_minor:
            smallest = min(paid, key=lambda o: (o.values.credits, o.values.price_minor))
            assert per_credit(offer) > per_credit(smallest) * Fraction(99, 100)

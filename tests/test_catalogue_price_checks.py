"""The checks of prices that are about to go live: one test for each rule."""

from domain.catalogue.price_checks.country_checks import check_prices
from domain.catalogue.price_checks.findings import Finding, Priced


def packages(
    *rows: tuple[str, int, int], country: str = "US", currency: str = "USD"
) -> dict[int, Priced]:
    """(name, credits, price in minor units) of packages 1, 2, 3 ... in this order."""
    return {
        id: Priced(id, name, credits, price, currency, country, position=id)
        for id, (name, credits, price) in enumerate(rows, start=1)
    }


def rules(found: list[Finding]) -> list[tuple[str, tuple[int, ...]]]:
    return [(finding.rule, tuple(item.id for item in finding.items)) for finding in found]


FAIR = packages(("S", 100, 1000), ("M", 200, 1800), ("L", 500, 4000))


def test_a_fair_catalogue_has_no_findings() -> None:
    assert check_prices({}, FAIR) == []
    assert check_prices(FAIR, FAIR) == []


def test_a_bigger_pack_that_costs_more_per_credit() -> None:
    dear = packages(("S", 100, 1000), ("M", 200, 2100), ("L", 500, 4000))
    assert rules(check_prices({}, dear)) == [("dearer in bulk", (2, 1))]


def test_what_is_dearer_is_said_in_prices_that_differ() -> None:
    """Caught: "dearer per credit" without a price; a line for each cent of rounding."""
    for price, said in (
        (4101, ["Dearer per credit than the smaller S: $0.21, not $0.20"]),
        (3999, []),
    ):
        found = check_prices({}, packages(("S", 100, 1999), ("M", 200, price)))
        assert [finding.message for finding in found] == said


def test_much_dearer_is_said_though_one_credit_is_shown_at_the_same_price() -> None:
    """Caught: ¥1 that stands for ¥1.00 and for ¥1.45."""
    for dear, said in (
        ((200, 290), ["Dearer per 100 credits than the smaller S: ¥145, not ¥100"]),
        ((200, 208), []),
        ((1000, 1600), ["Dearer per credit than the smaller S: ¥2, not ¥1"]),
    ):
        yen = packages(("S", 100, 100), ("M", *dear), country="JP", currency="JPY")
        assert [finding.message for finding in check_prices({}, yen)] == said
    cents = packages(("S", 1000, 400), ("M", 2000, 1200))
    assert [finding.message for finding in check_prices({}, cents)] == [
        "Dearer per 100 credits than the smaller S: $0.60, not $0.40"
    ]


def test_a_bigger_pack_is_compared_with_the_best_smaller_one() -> None:
    """Caught: comparing neighbours only."""
    dear = packages(("S", 100, 1000), ("M", 200, 6000), ("L", 500, 6000))
    assert rules(check_prices({}, dear)) == [("dearer in bulk", (2, 1)), ("dearer in bulk", (3, 1))]


def test_free_packs_and_other_currencies_are_not_compared() -> None:
    other = packages(("X", 900, 90000), currency="EUR")[1]
    mixed = packages(("Free", 10, 0), ("S", 100, 1000)) | {9: other._replace(id=9)}
    assert "dearer in bulk" not in dict(rules(check_prices({}, mixed)))


def test_a_price_that_changed_much_either_way() -> None:
    for price, expected in ((1301, True), (1300, False), (699, True), (700, False)):
        after = packages(("S", 100, price), ("M", 200, 1800), ("L", 500, 4000))
        found = dict(rules(check_prices(FAIR, after)))
        assert ("price changed" in found) == expected, price


def test_a_slip_by_ten_either_way() -> None:
    for price in (10000, 9990, 100, 99):
        after = packages(("S", 100, price), ("M", 200, 1800), ("L", 500, 4000))
        found = dict(rules(check_prices(FAIR, after)))
        assert found["tenfold"] == (1,)
        assert "price changed" not in found


def test_another_currency_asks_for_a_look_at_the_amount() -> None:
    """Caught: 2,980 yen that became 2,980 euros unsaid."""
    yen = Priced(1, "S", 100, 2980, "JPY", "JP", position=1)
    euro = Priced(1, "S", 100, 298000, "EUR", "DE", position=1)
    found = check_prices({1: yen}, {1: euro})
    assert ("currency changed", (1,)) in rules(found)
    assert "The currency changes from JPY to EUR." in [f.message for f in found]
    free = check_prices({1: yen}, {1: euro._replace(price_minor=0)})
    assert "currency changed" not in dict(rules(free))


def test_other_credits_for_the_same_price() -> None:
    """Caught: 1,000 credits for the price of 100, of which nothing was said."""
    for credits, rule in ((1000, "tenfold"), (10, "tenfold"), (131, "credits changed")):
        after = packages(("S", credits, 1000), ("M", 2000, 9000), ("L", 5000, 20000))
        before = packages(("S", 100, 1000), ("M", 2000, 9000), ("L", 5000, 20000))
        assert (rule, (1,)) in rules(check_prices(before, after)), credits
    for same in (packages(("S", 130, 1000)), packages(("S", 200, 2000))):
        assert "credits changed" not in dict(rules(check_prices(packages(("S", 100, 1000)), same)))


def test_changes_are_said_in_numbers() -> None:
    """Caught: "100 % fewer" of 2,000 that became 10."""
    for before, after, said in (
        ((2000, 1000), (10, 1000), "99.5% fewer credits for the same price: 2,000 → 10"),
        ((10, 1000), (2000, 1000), "19,900.0% more credits for the same price: 10 → 2,000"),
        ((9, 1000), (90, 1000), "Ten times the credits for the same price: 9 → 90"),
        ((90, 1000), (9, 1000), "A tenth of the credits for the same price: 90 → 9"),
        ((9, 16900), (9, 169000), "Price is ten times the live price: $169.00 → $1,690.00"),
        ((9, 169000), (9, 16900), "Price is a tenth of the live price: $1,690.00 → $169.00"),
        ((9, 1000), (9, 9990), "Price goes up by 899.0%: $10.00 → $99.90"),
        ((9, 1000000), (9, 1), "Price goes down by 99.9%: $10,000.00 → $0.01"),
    ):
        found = check_prices(packages(("S", *before)), packages(("S", *after)))
        assert [finding.message for finding in found] == [said]


def test_the_same_offer_under_one_name_twice_is_an_error() -> None:
    twice = packages(("S", 100, 1000), ("S", 100, 1000))
    first = check_prices({}, twice)[0]
    assert (first.rule, first.is_error) == ("twice in a country", True)
    assert first.message == (
        "Two packages named S in United States offer the same. Change or remove one."
    )


def test_one_more_of_the_same_offer_under_another_name_is_a_warning_beside() -> None:
    found = check_prices({}, packages(("T", 9, 100), ("S", 9, 100), ("S", 9, 100), ("S", 9, 100)))
    assert [(f.is_error, tuple(item.id for item in f.items), f.message) for f in found] == [
        (
            True,
            (2, 3, 4),
            "3 packages named S in United States offer the same. Keep only one as it is.",
        ),
        (False, (1, 2), "The same offer as S."),
    ]


def test_the_same_offer_or_the_same_name_is_a_warning() -> None:
    for twice in (
        packages(("S", 100, 1000), ("T", 100, 1000)),
        packages(("S", 100, 1000), ("s", 300, 2000)),
    ):
        assert [(f.rule, f.is_error) for f in check_prices({}, twice)] == [
            ("twice in a country", False)
        ]


def test_a_country_without_packages() -> None:
    assert [(f.rule, f.country) for f in check_prices(FAIR, {})] == [("empty country", "US")]


def test_what_becomes_free_or_comes_free() -> None:
    """Caught: a price of 0 left out of the comparison, and nothing said instead."""
    free = packages(("S", 100, 0))
    assert rules(check_prices(packages(("S", 100, 1000)), free)) == [("free", (1,))]
    assert rules(check_prices({}, free)) == [("free", (1,))]
    assert check_prices(free, free) == []


def test_a_currency_unusual_for_its_country() -> None:
    assert rules(check_prices({}, packages(("S", 100, 1000), currency="JPY"))) == [
        ("unusual currency", (1,))
    ]
    assert check_prices({}, packages(("S", 100, 1000), country="DE", currency="EUR")) == []


def test_what_is_live_already_is_not_said_again() -> None:
    odd = packages(("S", 100, 1000), currency="JPY")
    assert check_prices(odd, odd) == []


def test_fewer_of_the_same_are_not_said_again() -> None:
    """Caught: comparing findings as pairs, so that removing one of three named the other two."""
    three = packages(("S", 100, 1000), ("T", 100, 1000), ("U", 100, 1000))
    two = {id: listed for id, listed in three.items() if id != 1}
    assert check_prices(three, two) == []

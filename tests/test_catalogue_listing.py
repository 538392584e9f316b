"""The drafts as the list shows them, and what buyers see."""

import pytest
from sqlalchemy.orm import Session

from domain.catalogue import sample
from domain.catalogue.drafts import listing
from domain.catalogue.drafts.drafts import add_package, get_package, remove_package
from domain.catalogue.drafts.listing import Selection, Sort
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.storefront import live
from domain.database import writing
from tests.page_helpers import apply_all


def add(session: Session, *names: str, country: str = "US") -> list[int]:
    with writing(session):
        return [
            add_package(
                session, PackageValues(name, 10, 100, "USD", country, "Für Gäste"), author="a"
            ).id
            for name in names
        ]


def names(session: Session, country: str = "US", page: int = 1, search: str = "") -> list[str]:
    placed = listing.list_drafts(session, [country], page=page, selection=Selection(search=search))[
        country
    ]
    return [p.values.name for p in placed]


def test_a_page_holds_a_hundred_rows(session: Session) -> None:
    add(session, *(f"P{i:03}" for i in range(1, 204)))
    assert names(session)[0::99] == ["P001", "P100"]
    assert names(session, page=2)[0::99] == ["P101", "P200"]
    assert names(session, page=3) == ["P201", "P202", "P203"]
    assert names(session, page=4) == []


def test_page_of_a_package(session: Session) -> None:
    ids = add(session, *(f"P{i:03}" for i in range(1, 103)))
    assert listing.page_of(session, get_package(session, ids[99])) == 1
    assert listing.page_of(session, get_package(session, ids[100])) == 2


def test_positions_count_on_over_pages_and_matches(session: Session) -> None:
    """Caught: counting places among the matches of a search."""
    add(session, "A", "B", "C")
    placed = listing.list_drafts(session, ["US"], selection=Selection(search="c"))["US"]
    assert [(p.values.name, p.position) for p in placed] == [("C", 3)]


def add_values(session: Session, *values: PackageValues) -> None:
    with writing(session):
        for each in values:
            add_package(session, each, author="a")


def selected(session: Session, selection: Selection) -> list[tuple[str, int | None]]:
    placed = listing.list_drafts(session, ["US"], selection=selection)["US"]
    return [(p.values.name, p.position) for p in placed]


def test_drafts_are_sorted_and_keep_their_positions(session: Session) -> None:
    """Caught: positions numbered in the order of the sort."""
    prices = (("A", 500, 5000), ("B", 100, 900), ("C", 10, 130))
    add_values(session, *(PackageValues(n, c, p, "USD", "US", "") for n, c, p in prices))
    by_credits = selected(session, Selection(sort=Sort.CREDITS))
    by_unit_price = selected(session, Selection(sort=Sort.UNIT_PRICE))
    assert by_credits == [("C", 3), ("B", 2), ("A", 1)]
    assert by_unit_price == [("B", 2), ("A", 1), ("C", 3)]


def test_drafts_of_a_currency_or_with_some_ids_are_selected(session: Session) -> None:
    """Caught: a currency without its HAVING left countries of others with a count of 0."""
    add_values(
        session,
        PackageValues("A", 1, 100, "USD", "US", ""),
        PackageValues("B", 1, 100, "EUR", "US", ""),
        PackageValues("C", 1, 100, "TRY", "TR", ""),
    )
    in_euros = Selection(currency="EUR")
    assert selected(session, in_euros) == [("B", 2)]
    counts, currencies = listing.count_selected(session, in_euros)
    assert counts == {"US": listing.Count(shown=1, staying=2)}
    assert currencies == {"USD", "EUR", "TRY"}
    assert selected(session, Selection(ids=[1])) == [("A", 1)]
    assert selected(session, Selection(ids=[])) == []


def test_removed_drafts_are_selected_also_where_buyers_never_saw_them(session: Session) -> None:
    first, _second = add(session, "A", "B")
    apply_all(session, "a")
    (never_live,) = add(session, "C")
    with writing(session):
        remove_package(session, first, version=1, author="a")
        remove_package(session, never_live, version=1, author="a")
    assert selected(session, Selection(only_removed=True)) == [("A", None), ("C", None)]


@pytest.mark.parametrize("search", ["gaste", "GÄSTE", "für", "Yoga", "yOGA"])
def test_search_looks_at_name_and_short_info(session: Session, search: str) -> None:
    add(session, "Yoga")
    assert names(session, search=search) == ["Yoga"]


@pytest.mark.parametrize("search", ["%", "_", "\\", "'; --", "zzz"])
def test_search_takes_every_character_as_itself(session: Session, search: str) -> None:
    add(session, "Yoga")
    assert names(session, search=search) == []


def test_counts_tell_who_is_shown_and_who_stays(session: Session) -> None:
    first, second = add(session, "A", "B")
    add(session, "T", country="TR")
    apply_all(session, "a")
    (never_live,) = add(session, "C")
    with writing(session):
        remove_package(session, first, version=1, author="a")
        remove_package(session, never_live, version=1, author="a")
    assert listing.count_by_country(session) == {
        "US": listing.Count(shown=2, staying=1),
        "TR": listing.Count(shown=1, staying=1),
    }
    assert listing.is_on_list(session, get_package(session, first))
    assert not listing.is_on_list(session, get_package(session, never_live))
    assert listing.is_on_list(session, get_package(session, second))


def test_the_sample_is_live_in_five_countries(session: Session) -> None:
    assert sample.is_empty(session)
    with writing(session):
        sample.load(session, author="a")
    release = live.live_release(session)
    assert not sample.is_empty(session)
    assert release.settings == sample.SETTINGS
    assert live.count_by_country(session, release) == {"TR": 4, "DE": 3, "GB": 2, "US": 3, "JP": 2}
    assert [c.values.name for c in live.list_cards(session, release, "DE")] == [
        "Start",
        "Plus",
        "Profi",
    ]
    assert pending_changes(session).changes == ()

"""The drafts as the list shows them, and what buyers see."""

import pytest
from sqlalchemy.orm import Session

from domain.catalogue import sample
from domain.catalogue.drafts import listing
from domain.catalogue.drafts.drafts import add_package, get_package, remove_package
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
    placed = listing.list_drafts(session, [country], page=page, search=search)[country]
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
    placed = listing.list_drafts(session, ["US"], search="c")["US"]
    assert [(p.values.name, p.position) for p in placed] == [("C", 3)]


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

"""Discarding, restoring, undoing, and applying a part."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.drafts import add_package, edit_package, move_package, remove_package
from domain.catalogue.drafts.ordering import Place, Step
from domain.catalogue.errors import (
    NothingChosen,
    NothingToDiscard,
    ReleaseNotFound,
    StaleReview,
)
from domain.catalogue.markets.rules import INITIAL_MARKET, MarketValues
from domain.catalogue.models import DraftBatch
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.authorship import find_authorship
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.releases import history
from domain.catalogue.settings.rules import INITIAL_SETTINGS, SettingsValues
from domain.catalogue.storefront import live
from domain.database import writing
from tests.page_helpers import apply_acknowledged, discard, discard_field, restore

ANA, BEN = "ana@example.com", "ben@example.com"


def values(name: str, country: str = "US", **others: object) -> PackageValues:
    fields = {"name": name, "credits": 100, "price_minor": 1999, "currency": "USD"}
    return PackageValues(**fields | {"country": country} | others)  # type: ignore[arg-type]


def package(id: int) -> ItemKey:
    return ItemKey("package", id)


def apply(session: Session, chosen: set[str] | None = None, author: str = ANA) -> int:
    return apply_acknowledged(session, author=author, chosen=chosen).number


def keys(session: Session) -> set[str]:
    return {change.key for change in pending_changes(session).changes}


def drafted(session: Session) -> dict[str, list[str]]:
    """Names of the drafts that stay, in order, by country."""
    countries: dict[str, list[str]] = {}
    states = history.drafted_items(session).values()
    for listed in sorted(states, key=lambda state: state.position):
        if listed.item.type == "package":
            countries.setdefault(listed.group, []).append(listed.values.name)
    return countries


def cards(session: Session, country: str = "US") -> list[str]:
    return [c.values.name for c in live.list_cards(session, live.live_release(session), country)]


@pytest.fixture
def session(session: Session) -> Iterator[Session]:
    """Release 1 sells A, B, C, D in the US; then each kind of change is drafted."""
    with writing(session):
        for name in "ABCD":
            add_package(session, values(name), author=ANA)
        apply(session)
        edit_package(session, 1, values("A2", credits=7), version=1, author=ANA)
        remove_package(session, 2, version=1, author=ANA)
        move_package(session, 4, Place(1), country="US", author=BEN)
        add_package(session, values("E"), author=BEN)
        drafts.edit_settings(session, SettingsValues("Lotus", "TR"), version=1, author=BEN)
        yield session


ALL = {
    "package-1-edited",
    "package-2-removed",
    "package-4-moved",
    "package-5-added",
    "settings-1-edited",
}


def test_the_scene(session: Session) -> None:
    assert keys(session) == ALL
    assert drafted(session) == {"US": ["D", "A2", "C", "E"]}


@pytest.mark.parametrize("key", sorted(ALL))
def test_applying_one_change_leaves_the_others_pending(session: Session, key: str) -> None:
    """Caught: releasing all drafts whatever was chosen."""
    apply(session, {key})
    assert keys(session) == ALL - {key}
    expected = {
        "package-1-edited": ["A2", "B", "C", "D"],
        "package-2-removed": ["A", "C", "D"],
        "package-4-moved": ["D", "A", "B", "C"],
        "package-5-added": ["A", "B", "C", "E", "D"],
        "settings-1-edited": ["A", "B", "C", "D"],
    }
    assert cards(session) == expected[key]
    assert live.live_release(session).settings.platform_name == (
        "Lotus" if key == "settings-1-edited" else "Our platform"
    )


def test_a_part_counts_its_changes(session: Session) -> None:
    number = apply(session, {"package-1-edited", "package-5-added"})
    assert history.get_release(session, number).change_count == 2


def test_the_rest_keeps_its_authors_after_a_part_was_applied(session: Session) -> None:
    apply(session, {"package-1-edited"})
    found = find_authorship(session, pending_changes(session))
    assert found["package-4-moved"].authors == (BEN,)


def test_a_left_out_order_stays_pending_when_what_hid_it_is_kept(session: Session) -> None:
    """Caught: left-out packages released with their drafts' ranks, but for moves: nothing was
    pending though the orders differed, and the next apply would have published it unseen."""
    names = ("A", "X", "B", "C")
    _a, x, _b, c = (add_package(session, values(n, "DE"), author=ANA).id for n in names)
    apply(session)
    remove_package(session, x, version=1, author=BEN)
    move_package(session, c, Place(2), country="DE", author=ANA)
    assert keys(session) == {f"package-{x}-removed", f"package-{c}-moved"}
    apply(session, {f"package-{c}-moved"})
    drafts.keep_package(session, x, version=2, author=BEN)
    assert cards(session, "DE") == ["A", "C", "X", "B"]
    assert drafted(session)["DE"] == ["A", "X", "C", "B"]
    assert len(keys(session)) == 1


def test_applying_none_is_refused(session: Session) -> None:
    with pytest.raises(NothingChosen):
        apply(session, set())


def test_part_by_part_ends_like_all_at_once(session: Session) -> None:
    for key in sorted(ALL):
        apply(session, {key})
    assert keys(session) == set()
    assert cards(session) == ["D", "A2", "C", "E"]


def test_discard_everything(session: Session) -> None:
    discard(session, pending_changes(session).token, author=ANA)
    assert keys(session) == set()
    assert drafted(session) == {"US": ["A", "B", "C", "D"]}


@pytest.mark.parametrize("key", sorted(ALL))
def test_discard_one_change(session: Session, key: str) -> None:
    discard(session, pending_changes(session).token, keys={key}, author=ANA)
    assert keys(session) == ALL - {key}


def test_discard_one_field(session: Session) -> None:
    """Caught: a colleague's newer value thrown away unseen."""
    seen = pending_changes(session).token
    discard_field(session, seen, package(1), "credits", author=ANA)
    (edited,) = [c for c in pending_changes(session).changes if c.key == "package-1-edited"]
    assert edited.fields == ("name",)
    with pytest.raises(StaleReview):
        discard_field(session, seen, package(1), "name", author=ANA)


@pytest.mark.parametrize("field", ["tax", "tax_basis_points"])
def test_discard_one_field_takes_along_what_is_decided_with_it(
    session: Session, field: str
) -> None:
    """Caught: one field alone: a rate of 20 % stayed under "no tax"."""
    new = MarketValues("included", 2000, "Incl. VAT")
    market = drafts.edit_market(session, "TR", new, version=1, author=ANA)
    seen = pending_changes(session).token
    discard_field(session, seen, ItemKey("market", market.id), field, author=ANA)
    assert market.values == MarketValues("nothing", note_en="Incl. VAT")
    assert f"market-{market.id}-edited" in keys(session)


def test_discard_how_packages_are_bought_takes_the_link_along(session: Session) -> None:
    """Caught: one field alone, which the database refuses."""
    link = {"buying": "link", "buying_link": "https://shop.example/{id}"}
    settings = drafts.get_settings(session)
    before, version = settings.values, settings.version
    drafts.edit_settings(session, before._replace(**link), version=version, author=ANA)
    seen = pending_changes(session).token
    discard_field(session, seen, ItemKey("settings", 1), "buying", author=ANA)
    assert drafts.get_settings(session).values == before


def test_discard_one_field_of_the_settings(session: Session) -> None:
    item = ItemKey("settings", 1)

    def discard_one(field: str) -> None:
        discard_field(session, pending_changes(session).token, item, field, author=ANA)

    discard_one("platform_name")
    assert drafts.get_settings(session).values == INITIAL_SETTINGS._replace(default_country="TR")
    discard_one("default_country")
    assert keys(session) == ALL - {"settings-1-edited"}
    with pytest.raises(NothingToDiscard):
        discard_one("default_country")


def test_restore_brings_markets_and_settings_back(session: Session) -> None:
    """Caught: a market of which that release said nothing kept as it was."""
    said = MarketValues("included", 2000, "Incl. VAT")
    apply(session)
    drafts.edit_market(session, "TR", said, version=1, author=ANA)
    apply(session, author=BEN)
    restore(session, 1, pending_changes(session).token, author=ANA)
    market = drafts.find_market(session, "TR")
    assert market
    assert market.values == INITIAL_MARKET
    assert drafts.get_settings(session).values == INITIAL_SETTINGS
    apply(session)
    assert live.find_market(session, live.live_release(session), "TR") == INITIAL_MARKET
    restore(session, 3, pending_changes(session).token, author=ANA)
    assert market.values == said
    assert drafts.get_settings(session).platform_name == "Lotus"


def test_restore_needs_no_more_than_the_drafts_that_were_seen(session: Session) -> None:
    """A release of them in between changes no draft."""
    token = pending_changes(session).token
    apply(session)
    restore(session, 1, token, author=ANA)
    assert drafted(session) == {"US": ["A", "B", "C", "D"]}
    for token in ("", "x", f"x{pending_changes(session).token}"):
        with pytest.raises(StaleReview):
            restore(session, 2, token, author=ANA)


def test_discard_of_a_changed_country_goes_back_to_its_place(session: Session) -> None:
    discard(session, pending_changes(session).token, author=ANA)
    version = drafts.get_package(session, 2).version
    edit_package(session, 2, values("B", "TR"), version=version, author=ANA)
    discard(session, pending_changes(session).token, keys={"package-2-edited"}, author=ANA)
    assert drafted(session) == {"US": ["A", "B", "C", "D"]}


def test_discard_of_what_was_not_seen_is_refused(session: Session) -> None:
    """Caught: discarding without the token."""
    token = pending_changes(session).token
    add_package(session, values("F"), author=BEN)
    with pytest.raises(StaleReview):
        discard(session, token, author=ANA)
    assert "F" in drafted(session)["US"]


def test_discard_of_nothing_is_refused(session: Session) -> None:
    discard(session, pending_changes(session).token, author=ANA)
    with pytest.raises(NothingToDiscard):
        discard(session, pending_changes(session).token, author=ANA)


def test_restore_makes_the_drafts_an_old_release(session: Session) -> None:
    apply(session)
    assert cards(session) == ["D", "A2", "C", "E"]
    token = pending_changes(session).token
    batch = restore(session, 1, token, author=ANA)
    assert drafted(session) == {"US": ["A", "B", "C", "D"]}
    assert history.compare_drafts_to(session, 1) == []
    assert cards(session) == ["D", "A2", "C", "E"]
    apply(session)
    assert cards(session) == ["A", "B", "C", "D"]
    assert history.count_releases(session) == 3
    assert session.get_one(DraftBatch, batch).action == "restore"


def test_restore_asks_for_the_plan_that_was_seen(session: Session) -> None:
    token = pending_changes(session).token
    add_package(session, values("F"), author=BEN)
    with pytest.raises(StaleReview):
        restore(session, 1, token, author=ANA)
    with pytest.raises(ReleaseNotFound):
        restore(session, 9, token, author=ANA)


def test_history_compares_any_two_releases(session: Session) -> None:
    apply(session)
    assert {c.key for c in history.compare_releases(session, 1, 2)} == ALL
    assert {c.key for c in history.compare_releases(session, 0, 1)} == {
        f"package-{id}-added" for id in range(1, 5)
    }
    assert [r.number for r in history.list_releases(session)] == [2, 1]


def test_history_names_the_move_that_was_made(session: Session) -> None:
    """Of two neighbours that changed places, either may be said to have moved.

    Caught: comparing without what the release says was moved.
    """
    apply(session)
    reviews = {}
    for number, mover in enumerate((5, 3), start=3):
        move_package(session, mover, Step.UP, country="US", author=ANA)
        reviews[number] = [change.key for change in pending_changes(session).changes]
        apply(session)
        assert reviews[number] == [f"package-{mover}-moved"]
    for number, keys in reviews.items():
        assert [c.key for c in history.compare_releases(session, number - 1, number)] == keys
        assert [c.key for c in history.compare_releases(session, number, number - 1)] == keys


def test_history_tells_the_moves_of_a_part(session: Session) -> None:
    """Caught: the fewest moves told, among them one that was neither made nor ticked."""
    ids = [add_package(session, values(name, "GB"), author=ANA).id for name in "ABCD"]
    apply(session)
    for place, id in enumerate(reversed(ids[1:]), start=1):
        move_package(session, id, Place(place), country="GB", author=ANA)
    assert keys(session) == {f"package-{id}-moved" for id in ids[1:]}
    chosen = {f"package-{id}-moved" for id in ids[1:3]}
    number = apply(session, chosen)
    assert {c.key for c in history.compare_releases(session, number - 1, number)} == chosen


def test_history_knows_what_was_live_at_a_moment(session: Session) -> None:
    first = history.get_release(session, 1)
    assert history.release_at(session, first.live_from - timedelta(seconds=1)) is None
    found = history.release_at(session, first.live_from)
    assert found is not None
    assert found.number == 1

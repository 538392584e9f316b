"""What a release leaves out stays pending, as the same change by the same authors, until it is
applied or taken back; whoever releases what in between."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from domain.catalogue.changes.diff import compare
from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.drafts import (
    add_package,
    edit_package,
    keep_package,
    move_package,
    remove_package,
)
from domain.catalogue.drafts.ordering import Before, Place
from domain.catalogue.markets.rules import MarketValues
from domain.catalogue.models import Release
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.authorship import find_authorship
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.releases.history import drafted_items, live_items
from domain.catalogue.settings.rules import INITIAL_SETTINGS
from domain.catalogue.storefront import live
from domain.database import writing
from tests.page_helpers import apply_acknowledged, discard

pytestmark = pytest.mark.long

ANA, BEN, CAT = "ana@example.com", "ben@example.com", "cat@example.com"
LEFT = {
    "package-1-edited",
    "package-2-removed",
    "package-4-moved",
    "package-5-added",
    "settings-1-edited",
    "market-1-edited",
}


def values(name: str, country: str = "US", **others: object) -> PackageValues:
    fields = {"name": name, "credits": 100, "price_minor": 1900 + ord(name[0]), "currency": "USD"}
    return PackageValues(**fields | {"country": country} | others)  # type: ignore[arg-type]


@pytest.fixture
def session(session: Session) -> Iterator[Session]:
    """A (1), B (2), C (3) and D (4) are live in the US; Ben has drafted one change of each kind,
    and Cat has worked on two of them too."""
    with writing(session):
        for name in "ABCD":
            add_package(session, values(name), author=ANA)
        apply(session, ANA)
        edit_package(session, 1, values("A", short_info="x"), version=1, author=BEN)
        edit_package(session, 1, values("A", short_info="x", credits=7), version=2, author=CAT)
        remove_package(session, 2, version=1, author=BEN)
        move_package(session, 4, Place(1), country="US", author=BEN)
        add_package(session, values("E"), author=BEN)
        new = INITIAL_SETTINGS._replace(intro_tr="x")
        drafts.edit_settings(session, new, version=1, author=BEN)
        drafts.edit_market(session, "US", MarketValues("when_used"), version=1, author=BEN)
        said = MarketValues("when_used", note_en="x")
        drafts.edit_market(session, "US", said, version=2, author=CAT)
        yield session


def apply(session: Session, author: str, chosen: set[str] | None = None) -> Release:
    number = apply_acknowledged(session, author=author, chosen=chosen).number
    return session.get_one(Release, number)


def keys(session: Session) -> set[str]:
    return {change.key for change in pending_changes(session).changes}


def authors(session: Session) -> dict[str, tuple[str, ...]]:
    found = find_authorship(session, pending_changes(session))
    return {key: authorship.authors for key, authorship in found.items()}


def release_something_else(session: Session, author: str, number: int) -> None:
    """Of another country, or of a package that nobody has touched."""
    if number % 2:
        add_package(session, values(f"N{number}", "TR", credits=number), author=author)
    else:
        now = drafts.get_package(session, 3)
        new = now.values._replace(short_info=f"{number}")
        edit_package(session, 3, new, version=now.version, author=author)
    apply(session, author, keys(session) - LEFT)


def test_it_stays_over_several_releases(session: Session) -> None:
    """Caught: `left_out` with what that release left out alone, so that the next one lost what
    had been left out before; and the revision since which a change was made taken from the
    release that left it out, so that its authors were unknown."""
    before = authors(session)
    assert keys(session) == before.keys() == LEFT
    assert before["package-1-edited"] == before["market-1-edited"] == (BEN, CAT)
    for number in range(4):
        release_something_else(session, (ANA, CAT)[number % 2], number)
        assert keys(session) == LEFT
        assert authors(session) == before
        whole = compare(live_items(session), drafted_items(session))
        assert {change.key for change in whole} == LEFT


@pytest.mark.parametrize("key", sorted(LEFT))
def test_one_after_the_other_goes_live(session: Session, key: str) -> None:
    """Caught: what is applied kept in `left_out`; what is not, dropped from it."""
    before = authors(session)
    for number in range(2):
        release_something_else(session, ANA, number)
    release = apply(session, BEN, {key})
    assert release.left_out.keys() == LEFT - {key}
    assert release.change_count == 1
    assert authors(session) == {k: before[k] for k in LEFT - {key}}
    last = apply(session, BEN)
    assert (last.left_out, keys(session)) == ({}, set())
    assert live_items(session) == drafted_items(session)


def test_all_of_it_applied_piece_by_piece_is_all_of_it(session: Session) -> None:
    for key in sorted(LEFT):
        apply(session, ANA, {key})
    assert (keys(session), live_items(session)) == (set(), drafted_items(session))


def test_it_can_be_discarded_after_a_later_release(session: Session) -> None:
    for number in range(2):
        release_something_else(session, ANA, number)
    for key in sorted(LEFT):
        discard(session, pending_changes(session).token, author=ANA, keys={key})
        assert key not in keys(session)
    assert (keys(session), live_items(session)) == (set(), drafted_items(session))


def test_it_can_be_taken_back_by_hand(session: Session) -> None:
    release_something_else(session, ANA, 1)
    version = drafts.get_package(session, 1).version
    edit_package(session, 1, values("A"), version=version, author=CAT)
    move_package(session, 4, Place(4), country="US", author=CAT)
    keep_package(session, 2, version=2, author=CAT)
    assert keys(session) == LEFT - {"package-1-edited", "package-2-removed", "package-4-moved"}


def test_it_goes_on_by_others_with_all_their_names(session: Session) -> None:
    """Caught: only who wrote since the release named: Ben's part went live without its tick."""
    release_something_else(session, ANA, 1)
    now = drafts.get_package(session, 1)
    new = now.values._replace(price_minor=1)
    edit_package(session, 1, new, version=now.version, author=ANA)
    assert authors(session)["package-1-edited"] == (BEN, CAT, ANA)


def test_a_field_that_was_live_before_it_was_left_out(session: Session) -> None:
    """A later release applies the same item's next change, and a part is left out again."""
    apply(session, BEN, {"package-1-edited", "package-4-moved"})
    now = drafts.get_package(session, 1)
    new = now.values._replace(credits=8)
    edit_package(session, 1, new, version=now.version, author=ANA)
    move_package(session, 1, Place(3), country="US", author=CAT)
    moves = {key for key in keys(session) if key.endswith("-moved")}
    assert moves
    apply(session, CAT, moves)
    assert authors(session)["package-1-edited"] == (ANA,)
    apply(session, ANA)
    assert live_items(session) == drafted_items(session)


def test_a_kept_package_whose_removal_was_left_out_shows_its_order(session: Session) -> None:
    """Caught: only what was moved itself taken for elsewhere: buyers saw another order than the
    drafts, nothing was pending, and no Apply would ever have mended it."""
    apply(session, ANA, LEFT - {"package-2-removed"})
    move_package(session, 5, Before(3), country="US", author=ANA)
    apply(session, ANA, {"package-5-moved"})
    assert keys(session) == {"package-2-removed"}
    keep_package(session, 2, version=2, author=ANA)
    (key,) = keys(session)
    assert key in ("package-2-moved", "package-5-moved")
    apply(session, ANA)
    assert live_items(session) == drafted_items(session)


def test_the_order_of_what_is_left_out_is_kept_for_buyers(session: Session) -> None:
    apply(session, BEN, {"package-5-added"})
    release = live.live_release(session)
    names = [card.values.name for card in live.list_cards(session, release, "US")]
    assert names == ["A", "B", "C", "E", "D"]
    apply(session, BEN, {"package-4-moved"})
    release = live.live_release(session)
    names = [card.values.name for card in live.list_cards(session, release, "US")]
    assert names == ["D", "A", "B", "C", "E"]


def test_a_move_behind_a_removal_keeps_its_author(session: Session) -> None:
    """Caught: moves from before the release forgotten where only a removal was left out: Cat, who
    kept the package and moved another, made them all, and published Ben's without a tick."""
    apply(session, ANA)
    move_package(session, 1, Place(4), country="US", author=BEN)
    remove_package(session, 1, version=3, author=ANA)
    edit_package(session, 3, values("C", short_info="y"), version=1, author=CAT)
    apply(session, CAT, {"package-3-edited"})
    keep_package(session, 1, version=4, author=CAT)
    pending = pending_changes(session)
    moved = next(key for key in keys(session) if key.endswith("-moved"))
    assert BEN in find_authorship(session, pending)[moved].authors

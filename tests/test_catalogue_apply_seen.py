"""Apply what I saw: what was seen and is unchanged goes live, what others added since waits.

Ana looks, Ben does something, and Ana presses Apply with what she saw.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.drafts import (
    add_package,
    edit_package,
    keep_package,
    move_package,
    remove_package,
)
from domain.catalogue.drafts.ordering import Place
from domain.catalogue.errors import (
    AlreadyApplied,
    NeedsReview,
    NothingChosen,
    NothingPending,
    StaleReview,
)
from domain.catalogue.markets.rules import MarketValues
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.pending import Cursor, pending_changes
from domain.catalogue.pending.seen import find_unseen_since
from domain.catalogue.review.review import Applied, apply_reviewed
from domain.catalogue.storefront import live
from domain.database import writing
from tests.page_helpers import apply_acknowledged, discard, undo

pytestmark = pytest.mark.long

ANA, BEN, CAT = "ana@example.com", "ben@example.com", "cat@example.com"
CHOSEN = [None, {"package-1-edited"}]
BOTH = pytest.mark.parametrize("chosen", CHOSEN, ids=["all seen", "the edit"])


def values(name: str, country: str = "US", **others: object) -> PackageValues:
    """No two of one price, so that nothing is to be said of any."""
    fields = {"name": name, "credits": 100, "price_minor": 1900 + ord(name[0]), "currency": "USD"}
    return PackageValues(**fields | {"country": country} | others)  # type: ignore[arg-type]


@pytest.fixture
def session(session: Session) -> Iterator[Session]:
    """A (1), B (2), C (3) and D (4) are live in the US, T (5) and U (6) in Turkey; Ana has edited
    A."""
    with writing(session):
        for name, country in (*((n, "US") for n in "ABCD"), *((n, "TR") for n in "TU")):
            add_package(session, values(name, country), author=ANA)
        apply_acknowledged(session, author=ANA)
        edit(session, 1, ANA, short_info="Ana's")
        yield session


def edit(session: Session, id: int, author: str, **changes: object) -> None:
    now = drafts.get_package(session, id)
    new = now.values._replace(**changes)  # type: ignore[arg-type]
    edit_package(session, id, new, version=now.version, author=author)


def move(session: Session, id: int, place: int, author: str) -> None:
    country = drafts.get_package(session, id).country
    move_package(session, id, Place(place), country=country, author=author)


def remove(session: Session, id: int, author: str) -> None:
    version = drafts.get_package(session, id).version
    remove_package(session, id, version=version, author=author)


def keep(session: Session, id: int, author: str) -> None:
    version = drafts.get_package(session, id).version
    keep_package(session, id, version=version, author=author)


def settle(session: Session, author: str, **changes: object) -> None:
    now = drafts.get_settings(session)
    new = now.values._replace(**changes)  # type: ignore[arg-type]
    drafts.edit_settings(session, new, version=now.version, author=author)


def say(session: Session, country: str, note: str, author: str) -> None:
    now = drafts.find_market(session, country)
    new = MarketValues("nothing", note_en=note)
    drafts.edit_market(session, country, new, version=now.version if now else 1, author=author)


def see(session: Session) -> str:
    return pending_changes(session).token


def keys(session: Session) -> set[str]:
    return {change.key for change in pending_changes(session).changes}


def press(session: Session, token: str, chosen: set[str] | None, author: str = ANA) -> Applied:
    return apply_reviewed(session, token, author=author, chosen=chosen)


def refuses(session: Session, token: str, chosen: set[str] | None) -> None:
    """And nothing went live."""
    before = keys(session)
    with pytest.raises(StaleReview):
        press(session, token, chosen)
    assert live.live_release(session).number == 1
    assert keys(session) == before


def infos(session: Session, country: str = "US") -> dict[str, str]:
    """Short info by name, in listing order, as buyers see it."""
    cards = live.list_cards(session, live.live_release(session), country)
    return {card.values.name: card.values.short_info for card in cards}


@BOTH
def test_an_edit_of_another_package_waits(session: Session, chosen: set[str] | None) -> None:
    """Caught: the token compared as a whole; everything pending applied when nothing is chosen."""
    token = see(session)
    edit(session, 2, BEN, short_info="Ben's")
    applied = press(session, token, chosen)
    assert (applied.number, applied.unseen) == (2, {BEN: 1})
    assert infos(session) == {"A": "Ana's", "B": "", "C": "", "D": ""}
    assert keys(session) == {"package-2-edited"}


@BOTH
def test_what_is_added_waits(session: Session, chosen: set[str] | None) -> None:
    token = see(session)
    id = add_package(session, values("E"), author=BEN).id
    assert press(session, token, chosen).unseen == {BEN: 1}
    assert list(infos(session)) == ["A", "B", "C", "D"]
    assert keys(session) == {f"package-{id}-added"}


@BOTH
def test_settings_and_what_is_said_of_a_country_wait(
    session: Session, chosen: set[str] | None
) -> None:
    token = see(session)
    settle(session, BEN, platform_name="Ben's")
    say(session, "US", "Ben's", BEN)
    assert press(session, token, chosen).unseen == {BEN: 2}
    release = live.live_release(session)
    assert release.settings.platform_name == "Our platform"
    assert live.find_market(session, release, "US").note_en == ""
    assert keys(session) == {"settings-1-edited", "market-1-edited"}


@BOTH
def test_a_removal_in_the_same_country_waits(session: Session, chosen: set[str] | None) -> None:
    token = see(session)
    remove(session, 2, BEN)
    assert press(session, token, chosen).unseen == {BEN: 1}
    assert infos(session) == {"A": "Ana's", "B": "", "C": "", "D": ""}
    assert keys(session) == {"package-2-removed"}


@BOTH
def test_another_field_of_the_same_package_is_another_change(
    session: Session, chosen: set[str] | None
) -> None:
    """Caught: changes told apart by their keys alone: Ben's price went live unseen."""
    token = see(session)
    edit(session, 1, BEN, price_minor=1)
    refuses(session, token, chosen)


@BOTH
def test_another_field_of_the_settings_is_another_change(
    session: Session, chosen: set[str] | None
) -> None:
    settle(session, ANA, intro_tr="Ana's")
    token = see(session)
    settle(session, BEN, intro_en="Ben's")
    refuses(session, token, chosen and {"settings-1-edited"})
    if chosen:
        assert press(session, token, chosen).unseen == {BEN: 1}


def test_the_same_draft_by_another_author_is_no_other_change(session: Session) -> None:
    """What goes live is what was seen, but who made it asks for its tick as ever."""
    token = see(session)
    edit(session, 1, BEN, short_info="")
    edit(session, 1, BEN, short_info="Ana's")
    with pytest.raises(NeedsReview):
        press(session, token, None)
    applied = apply_acknowledged(session, token, author=ANA)
    assert (applied.number, applied.unseen) == (2, {})


@BOTH
def test_another_package_edited_there_and_back(session: Session, chosen: set[str] | None) -> None:
    token = see(session)
    edit(session, 2, BEN, short_info="Ben's")
    edit(session, 2, BEN, short_info="")
    assert press(session, token, chosen).unseen == {}
    assert keys(session) == set()


@pytest.mark.parametrize("is_all", [True, False])
def test_a_new_package_changed_there_and_back(session: Session, is_all: bool) -> None:
    """Caught: its place taken for a part of what it was: it has one now, and none in the past."""
    id = add_package(session, values("E"), author=ANA).id
    token = see(session)
    edit(session, id, ANA, name="F")
    edit(session, id, ANA, name="E")
    applied = press(session, token, None if is_all else {f"package-{id}-added"})
    assert (applied.number, applied.unseen) == (2, {})
    assert list(infos(session)) == ["A", "B", "C", "D", "E"]


@BOTH
def test_a_move_in_another_country_waits(session: Session, chosen: set[str] | None) -> None:
    """Caught: a move anywhere makes all that was seen stale."""
    token = see(session)
    move(session, 6, 1, BEN)
    assert press(session, token, chosen).unseen == {BEN: 1}
    assert list(infos(session, "TR")) == ["T", "U"]
    assert len(keys(session)) == 1


@BOTH
def test_a_move_in_the_same_country_waits_for_edits(
    session: Session, chosen: set[str] | None
) -> None:
    token = see(session)
    move(session, 4, 1, BEN)
    assert press(session, token, chosen).unseen == {BEN: 1}
    assert infos(session) == {"A": "Ana's", "B": "", "C": "", "D": ""}
    assert keys(session) == {"package-4-moved"}


@pytest.mark.parametrize("chosen", [None, {"package-3-moved"}], ids=["all seen", "the move"])
@pytest.mark.parametrize("id", [2, 3, 4])
def test_a_move_in_the_same_country_as_a_chosen_move(
    session: Session, chosen: set[str] | None, id: int
) -> None:
    """Caught: moves compared by their keys: Ana's went live to where Ben's brought it."""
    move(session, 3, 1, ANA)
    token = see(session)
    move(session, id, 2, BEN)
    refuses(session, token, chosen)
    press(session, token, {"package-1-edited"})
    assert infos(session) == {"A": "Ana's", "B": "", "C": "", "D": ""}


@pytest.mark.parametrize("chosen", [None, {"package-3-moved"}], ids=["all seen", "the move"])
def test_a_chosen_move_goes_live_beside_one_in_another_country(
    session: Session, chosen: set[str] | None
) -> None:
    move(session, 3, 1, ANA)
    token = see(session)
    move(session, 6, 1, BEN)
    assert press(session, token, chosen).unseen == {BEN: 1}
    assert list(infos(session)) == ["C", "A", "B", "D"]
    assert list(infos(session, "TR")) == ["T", "U"]


@pytest.mark.parametrize("chosen", [None, {"package-3-moved"}], ids=["all seen", "the move"])
def test_a_chosen_move_goes_live_beside_edits_and_additions(
    session: Session, chosen: set[str] | None
) -> None:
    move(session, 3, 1, ANA)
    token = see(session)
    edit(session, 4, BEN, short_info="Ben's")
    add_package(session, values("E"), author=BEN)
    assert press(session, token, chosen).unseen == {BEN: 2}
    assert list(infos(session)) == ["C", "A", "B", "D"]
    assert infos(session)["D"] == ""


@pytest.mark.parametrize("chosen", [None, {"package-3-moved"}], ids=["all seen", "the move"])
def test_who_takes_a_package_out_of_an_order_moves_there(
    session: Session, chosen: set[str] | None
) -> None:
    """Caught: only moves looked at; there and back is last, which is a move."""
    move(session, 3, 1, ANA)
    token = see(session)
    edit(session, 1, BEN, country="DE")
    edit(session, 1, BEN, country="US")
    refuses(session, token, chosen)


@pytest.mark.parametrize("chosen", [None, {"package-4-moved"}], ids=["all seen", "the move"])
def test_who_removes_or_keeps_changes_what_moves_mean(
    session: Session, chosen: set[str] | None
) -> None:
    """Caught: removals taken for no matter of the order: D, A, B, C went live, which is neither
    what was live nor what Ana saw, D, C, B, A."""
    for id, place in ((4, 1), (3, 2), (2, 3)):
        move(session, id, place, ANA)
    token = see(session)
    remove(session, 3, BEN)
    refuses(session, token, chosen)
    keep(session, 3, BEN)
    refuses(session, token, chosen)
    press(session, token, {"package-1-edited"})


@pytest.mark.parametrize("way", ["moves", "removes"])
@BOTH
def test_a_place_between_others_is_part_of_what_was_seen(
    session: Session, chosen: set[str] | None, way: str
) -> None:
    """Caught: only moves held against what was seen, so that a new package came elsewhere."""
    id = add_package(session, values("E"), author=ANA, position=3).id
    token = see(session)
    if way == "moves":
        move(session, 2, 4, BEN)
    else:
        remove(session, 2, BEN)
    refuses(session, token, None if chosen is None else chosen | {f"package-{id}-added"})
    press(session, token, {"package-1-edited"})


@pytest.mark.parametrize("way", ["moved back", "out of the order"])
def test_a_move_that_is_none_any_more(session: Session, way: str) -> None:
    """Caught: only moves that are still pending looked at: Ana's was left out without a word."""
    move(session, 2, 1, ANA)
    token = see(session)
    if way == "moved back":
        move(session, 2, 2, BEN)
    else:
        edit(session, 2, BEN, country="DE")
    assert not [key for key in keys(session) if key.endswith("-moved")]
    refuses(session, token, None)
    refuses(session, token, {"package-2-moved"})
    press(session, token, {"package-1-edited"})


def test_a_new_package_that_was_moved_is_another_change(session: Session) -> None:
    """Caught: places of new packages left out of the comparison."""
    id = add_package(session, values("E"), author=ANA).id
    token = see(session)
    move(session, id, 1, BEN)
    for chosen in (None, {f"package-{id}-added"}):
        refuses(session, token, chosen)
    press(session, token, {"package-1-edited"})


@BOTH
def test_a_colleague_discarded_what_was_seen(session: Session, chosen: set[str] | None) -> None:
    """Caught: a key that names nothing any more left out without a word."""
    remove(session, 2, ANA)
    token = see(session)
    discard(session, token, author=BEN, keys={"package-1-edited"})
    refuses(session, token, chosen)
    assert press(session, token, {"package-2-removed"}).unseen == {}
    assert infos(session) == {"A": "", "C": "", "D": ""}


@BOTH
def test_discarded_and_undone_is_what_was_seen(session: Session, chosen: set[str] | None) -> None:
    token = see(session)
    batch = discard(session, token, author=BEN, keys={"package-1-edited"})
    undo(session, batch, author=BEN)
    applied = apply_acknowledged(session, token, author=ANA, chosen=chosen)
    assert (applied.number, applied.unseen) == (2, {})
    assert infos(session)["A"] == "Ana's"


@BOTH
def test_a_colleague_applied_meanwhile(session: Session, chosen: set[str] | None) -> None:
    """Caught: a release in between taken for a change of the drafts."""
    token = see(session)
    apply_acknowledged(session, see(session), author=BEN)
    with pytest.raises(AlreadyApplied, match=BEN):
        press(session, token, chosen)
    edit(session, 2, BEN, short_info="Ben's")
    with pytest.raises(AlreadyApplied, match=BEN):
        press(session, token, chosen)
    assert live.live_release(session).number == 2


def test_a_colleague_applied_a_part_of_it(session: Session) -> None:
    edit(session, 2, ANA, short_info="Ana's")
    token = see(session)
    apply_acknowledged(session, see(session), author=BEN, chosen={"package-2-edited"})
    with pytest.raises(AlreadyApplied, match=BEN):
        press(session, token, {"package-1-edited"})
    press(session, see(session), {"package-1-edited"})


def forged(session: Session) -> list[str]:
    now = pending_changes(session).cursor
    return [
        *("", "x", "-", "5", "5-", "-5", "5-1-1", "5-0123456789abcdef0123456789abcdef"),
        *("٥-١", " 7-1", "7-1\n", "9" * 19 + "-1", "1-" + "9" * 10, "-1-1", "0x7-1", "7.0-1"),
        str(Cursor(now.revision_id + 1, now.release_number)),  # does not exist yet
        str(Cursor(10**17, now.release_number)),
        str(Cursor(now.revision_id, now.release_number + 1)),
    ]


@BOTH
def test_a_forged_token_applies_nothing(session: Session, chosen: set[str] | None) -> None:
    """Caught: a token of writes to come, which takes everything for seen."""
    for token in forged(session):
        refuses(session, token, chosen)


def test_a_forged_token_discards_nothing(session: Session) -> None:
    for token in forged(session):
        with pytest.raises(StaleReview):
            discard(session, token, author=ANA)
    assert keys(session) == {"package-1-edited"}


def test_a_token_of_before_all_writes_has_seen_nothing(session: Session) -> None:
    refuses(session, "0-1", None)
    refuses(session, "0-1", {"package-1-edited"})


@BOTH
def test_what_was_chosen_was_not_there_to_be_seen(
    session: Session, chosen: set[str] | None
) -> None:
    """Caught: keys taken from a form without a look at the token: an unseen change was applied."""
    token = see(session)
    edit(session, 2, BEN, short_info="Ben's")
    refuses(session, token, {*(chosen or ()), "package-2-edited"})


def test_nothing_is_left_of_what_was_seen(session: Session) -> None:
    """Everything that is pending was added since: nothing of it is applied."""
    discard(session, see(session), author=ANA)
    token = see(session)
    edit(session, 2, BEN, short_info="Ben's")
    refuses(session, token, None)
    with pytest.raises(NothingChosen):
        press(session, token, set())
    discard(session, see(session), author=BEN)
    with pytest.raises(NothingPending):
        press(session, token, None)


def test_what_waits_is_counted_by_who_made_it(session: Session) -> None:
    """Caught: all of it said to be of whoever wrote last."""
    token = see(session)
    edit(session, 2, BEN, short_info="Ben's")
    edit(session, 3, CAT, short_info="Cat's")
    edit(session, 4, BEN, short_info="Ben's")
    edit(session, 4, CAT, price_minor=1)
    add_package(session, values("E"), author=ANA)
    assert press(session, token, None).unseen == {BEN: 1, CAT: 2, ANA: 1}


@pytest.mark.parametrize("is_all", [True, False])
def test_discard_goes_by_the_same_rule(session: Session, is_all: bool) -> None:
    """Caught: all that is pending discarded with the token of a part of it."""
    token = see(session)
    edit(session, 2, BEN, short_info="Ben's")
    if is_all:
        with pytest.raises(StaleReview):
            discard(session, token, author=ANA)
        assert keys(session) == {"package-1-edited", "package-2-edited"}
        return
    discard(session, token, author=ANA, keys={"package-1-edited"})
    assert keys(session) == {"package-2-edited"}


def test_discard_of_what_became_another_change(session: Session) -> None:
    token = see(session)
    edit(session, 1, BEN, price_minor=1)
    with pytest.raises(StaleReview):
        discard(session, token, author=ANA, keys={"package-1-edited"})
    assert drafts.get_package(session, 1).price_minor == 1


def test_discard_of_a_move_after_another_one_there(session: Session) -> None:
    move(session, 3, 1, ANA)
    token = see(session)
    move(session, 4, 2, BEN)
    with pytest.raises(StaleReview):
        discard(session, token, author=ANA, keys={"package-3-moved"})
    discard(session, token, author=ANA, keys={"package-1-edited"})
    move(session, 6, 1, BEN)
    discard(session, see(session), author=ANA, keys={"package-3-moved"})


def test_discard_after_a_colleague_applied(session: Session) -> None:
    token = see(session)
    edit(session, 2, BEN, short_info="Ben's")
    apply_acknowledged(session, see(session), author=BEN, chosen={"package-2-edited"})
    with pytest.raises(AlreadyApplied):
        discard(session, token, author=ANA, keys={"package-1-edited"})


def test_what_was_seen_tells_new_from_altered(session: Session) -> None:
    remove(session, 3, ANA)
    move(session, 4, 1, ANA)
    seen = pending_changes(session).cursor
    edit(session, 1, BEN, price_minor=1)
    edit(session, 2, BEN, short_info="Ben's")
    keep(session, 3, BEN)
    move(session, 6, 1, BEN)
    found = find_unseen_since(session, pending_changes(session), seen)
    assert found.altered == {"package-1-edited", "package-3-removed", "package-4-moved"}
    (moved,) = found.new - {"package-2-edited"}
    assert moved.endswith("-moved")
    now = pending_changes(session)
    assert find_unseen_since(session, now, now.cursor).keys == frozenset()

"""Who made a pending change: whoever gave what differs the state it has now."""

import pytest
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.pending.authorship import find_authorship
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.settings.rules import SettingsValues
from domain.database import writing
from tests.conftest import ADMIN
from tests.page_helpers import BOB, add, apply_all, discard, edit, move, remove, undo

CAT = "cat@example.com"


@pytest.fixture
def ids(session: Session) -> list[int]:
    ids = add(session, "A", "B", "C", "D")
    apply_all(session)
    return ids


def authors(session: Session) -> dict[str, tuple[str, ...]]:
    session.rollback()
    found = find_authorship(session, pending_changes(session))
    return {key: authorship.authors for key, authorship in found.items()}


def discard_all(session: Session, author: str) -> int:
    with writing(session):
        return discard(session, pending_changes(session).token, author=author)


def test_each_kind_of_change_has_its_author(session: Session, ids: list[int]) -> None:
    edit(session, ids[0], name="A2", author=ADMIN)
    remove(session, ids[1], author=BOB)
    move(session, ids[3], 1, author=CAT)
    (new,) = add(session, "E")
    with writing(session):
        drafts.edit_settings(session, SettingsValues("Lotus", "TR"), version=1, author=BOB)
    assert authors(session) == {
        f"package-{ids[0]}-edited": (ADMIN,),
        f"package-{ids[1]}-removed": (BOB,),
        f"package-{ids[3]}-moved": (CAT,),
        f"package-{new}-added": (ADMIN,),
        "settings-1-edited": (BOB,),
    }


def test_all_whose_values_are_there_are_named_the_latest_last(
    session: Session, ids: list[int]
) -> None:
    edit(session, ids[0], name="A2", author=CAT)
    edit(session, ids[0], credits=7, author=BOB)
    assert authors(session) == {f"package-{ids[0]}-edited": (CAT, BOB)}


def test_whose_value_was_replaced_is_not_named(session: Session, ids: list[int]) -> None:
    edit(session, ids[0], name="A2", author=BOB)
    edit(session, ids[0], name="A3", author=CAT)
    assert authors(session) == {f"package-{ids[0]}-edited": (CAT,)}


def test_who_only_edited_did_not_remove(session: Session, ids: list[int]) -> None:
    """Caught: everybody who wrote to the package since the release."""
    edit(session, ids[0], name="A2", author=BOB)
    discard_all(session, BOB)
    remove(session, ids[0], author=CAT)
    assert authors(session) == {f"package-{ids[0]}-removed": (CAT,)}


def test_who_added_and_who_edited_a_new_package(session: Session) -> None:
    (new,) = add(session, "A")
    edit(session, new, credits=7, author=BOB)
    assert authors(session) == {f"package-{new}-added": (ADMIN, BOB)}


def test_an_undo_gives_the_work_back_to_who_did_it(session: Session, ids: list[int]) -> None:
    """Caught: naming who pressed Undo."""
    edit(session, ids[0], name="A2", author=CAT)
    move(session, ids[3], 1, author=CAT)
    before = authors(session)
    batch = discard_all(session, BOB)
    with writing(session):
        undo(session, batch, author=BOB)
    assert (
        authors(session)
        == before
        == {f"package-{ids[0]}-edited": (CAT,), f"package-{ids[3]}-moved": (CAT,)}
    )


def test_what_comes_back_from_before_a_release_is_of_who_undid(
    session: Session, ids: list[int]
) -> None:
    """Caught: an undo is nobody's work; what a colleague's brought back went live without a tick
    along with one's own."""
    edit(session, ids[0], name="A2", author=CAT)
    move(session, ids[3], 1, author=CAT)
    batch = discard_all(session, CAT)
    edit(session, ids[1], name="B2", author=CAT)
    apply_all(session)
    edit(session, ids[0], short_info="new", author=CAT)
    move(session, ids[2], 2, author=CAT)
    with writing(session):
        undo(session, batch, author=BOB)
    edit(session, ids[0], credits=7, author=CAT)
    found = authors(session)
    assert set(found.pop(f"package-{ids[0]}-edited")) == {BOB, CAT}
    assert found
    assert all(set(names) == {BOB, CAT} for names in found.values())


def test_an_undo_is_own_work_as_soon_as_a_part_is_older_than_the_release(
    session: Session, ids: list[int]
) -> None:
    """Caught: an undo told by any field that somebody wrote to since the release, not by all."""
    edit(session, ids[0], name="A2", credits=5, author=CAT)
    batch = discard_all(session, CAT)
    edit(session, ids[1], name="B2", author=CAT)
    apply_all(session)
    edit(session, ids[0], credits=7, author=CAT)
    edit(session, ids[0], credits=100, short_info="new", author=CAT)
    with writing(session):
        undo(session, batch, author=BOB)
    assert authors(session) == {f"package-{ids[0]}-edited": (CAT, BOB)}


def test_a_removal_stays_its_authors_through_discard_and_undo(
    session: Session, ids: list[int]
) -> None:
    """Caught: whoever undid the discard; a colleague's removal then went live without a tick."""
    remove(session, ids[1], author=BOB)
    batch = discard_all(session, ADMIN)
    with writing(session):
        undo(session, batch, author=ADMIN)
    assert authors(session) == {f"package-{ids[1]}-removed": (BOB,)}


def test_an_order_has_all_who_made_it(session: Session) -> None:
    """Caught: only the movers of the packages that are named: a colleague's order went live
    without a tick."""
    a, b, c = add(session, "A", "B", "C")
    apply_all(session)
    move(session, a, 3, author=BOB)
    move(session, b, 2, author=CAT)
    assert authors(session) == {f"package-{c}-moved": (BOB, CAT), f"package-{a}-moved": (BOB, CAT)}


def test_an_order_is_also_the_work_of_who_took_a_package_away_and_back(session: Session) -> None:
    """Caught: "by an unknown author"."""
    a, _b, _c = add(session, "A", "B", "C")
    apply_all(session)
    edit(session, a, country="DE", author=BOB)
    edit(session, a, country="US", author=CAT)
    assert authors(session) == {f"package-{a}-moved": (BOB, CAT)}

"""Drafts and their order. `order` tells a country's package names as the list shows them."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.catalogue.changes.ranks import RANK_GAP
from domain.catalogue.drafts import drafts, ordering
from domain.catalogue.drafts.drafts import (
    add_package,
    edit_package,
    keep_package,
    move_package,
    remove_package,
)
from domain.catalogue.drafts.listing import list_drafts
from domain.catalogue.drafts.ordering import LAST, After, Before, Place, Step
from domain.catalogue.errors import (
    EditConflict,
    InvalidValues,
    PackageElsewhere,
    PackageNotFound,
    PackageRemoved,
    StaleVersion,
)
from domain.catalogue.markets.rules import MarketValues
from domain.catalogue.models import DraftRevision
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.settings.rules import INITIAL_SETTINGS, SettingsValues
from domain.database import writing

ANA, BEN = "ana@example.com", "ben@example.com"


def values(name: str = "Starter", country: str = "US", **others: object) -> PackageValues:
    return PackageValues(
        **{  # type: ignore[arg-type]
            "name": name,
            "credits": 100,
            "price_minor": 1999,
            "currency": "USD",
            "country": country,
        }
        | others
    )


def add(session: Session, *names: str, country: str = "US") -> dict[str, int]:
    """Drafts with these names in this order; their ids by name."""
    return {name: add_package(session, values(name, country), author=ANA).id for name in names}


def order(session: Session, country: str = "US") -> str:
    placed = list_drafts(session, [country])[country]
    assert [p.position for p in placed if p.position] == list(
        range(1, 1 + sum(p.position is not None for p in placed))
    )
    return " ".join(p.values.name if p.position else f"({p.values.name})" for p in placed)


def revisions(session: Session) -> list[DraftRevision]:
    return list(session.scalars(select(DraftRevision).order_by(DraftRevision.id)))


@pytest.fixture
def session(session: Session) -> Iterator[Session]:
    with writing(session):
        yield session


def test_add_puts_the_package_last(session: Session) -> None:
    add(session, "A", "B", "C")
    assert order(session) == "A B C"


@pytest.mark.parametrize(
    ("position", "expected"),
    [(1, "X A B"), (2, "A X B"), (3, "A B X"), (99, "A B X"), (LAST, "A B X")],
)
def test_add_at_a_position(session: Session, position: int, expected: str) -> None:
    add(session, "A", "B")
    add_package(session, values("X"), author=ANA, position=position)
    assert order(session) == expected


def test_add_records_who_and_what(session: Session) -> None:
    package = add_package(session, values("A"), author=ANA)
    (revision,) = revisions(session)
    assert (revision.item_type, revision.item_id) == ("package", package.id)
    assert (revision.action, revision.author) == ("added", ANA)
    assert revision.new["price_minor"] == 1999
    assert package.version == 1


def test_add_refuses_invalid_values(session: Session) -> None:
    with pytest.raises(InvalidValues) as refused:
        add_package(session, values(" ", credits=0), author=ANA)
    assert set(refused.value.problems) == {"name", "credits"}


def test_edit_changes_fields_and_version(session: Session) -> None:
    ids = add(session, "A")
    package = edit_package(session, ids["A"], values("A", credits=7), version=1, author=ANA)
    assert (package.credits, package.version) == (7, 2)
    assert (revisions(session)[-1].old, revisions(session)[-1].new) == (
        {"credits": 100},
        {"credits": 7},
    )


def test_edit_that_changes_nothing_is_no_revision(session: Session) -> None:
    ids = add(session, "A")
    package = edit_package(session, ids["A"], values("A"), version=1, author=ANA)
    assert package.version == 1
    assert len(revisions(session)) == 1


def test_edit_of_a_stale_version_changes_nothing(session: Session) -> None:
    """Caught: leaving out _of_version."""
    ids = add(session, "A")
    edit_package(session, ids["A"], values("B"), version=1, author=ANA)
    with pytest.raises(StaleVersion):
        edit_package(session, ids["A"], values("C"), version=1, author=ANA)
    assert order(session) == "B"


def test_edit_moves_when_a_position_is_given(session: Session) -> None:
    ids = add(session, "A", "B", "C")
    edit_package(session, ids["C"], values("C"), version=1, position=1, author=ANA)
    assert order(session) == "C A B"
    assert [r.action for r in revisions(session)][-1] == "moved"


def test_edit_into_another_country_is_last_there(session: Session) -> None:
    ids = add(session, "A", "B")
    add(session, "T1", "T2", country="TR")
    edit_package(session, ids["A"], values("A", "TR"), version=1, author=ANA)
    assert (order(session), order(session, "TR")) == ("B", "T1 T2 A")


def test_edit_into_another_country_at_a_position(session: Session) -> None:
    ids = add(session, "A")
    add(session, "T1", "T2", country="TR")
    edit_package(session, ids["A"], values("A", "TR"), version=1, position=2, author=ANA)
    assert order(session, "TR") == "T1 A T2"


def test_edit_of_an_unknown_package(session: Session) -> None:
    with pytest.raises(PackageNotFound):
        edit_package(session, 99, values(), version=1, author=ANA)


def test_remove_hides_what_was_never_live(session: Session) -> None:
    ids = add(session, "A", "B")
    remove_package(session, ids["A"], version=1, author=ANA)
    assert order(session) == "B"


def test_keep_brings_it_back_to_its_place(session: Session) -> None:
    ids = add(session, "A", "B")
    removed = remove_package(session, ids["A"], version=1, author=ANA)
    keep_package(session, ids["A"], version=removed.version, author=ANA)
    assert order(session) == "A B"
    assert [r.action for r in revisions(session)][-2:] == ["removed", "kept"]


def test_remove_and_keep_ask_for_the_version(session: Session) -> None:
    ids = add(session, "A")
    with pytest.raises(StaleVersion):
        remove_package(session, ids["A"], version=2, author=ANA)
    with pytest.raises(StaleVersion):
        keep_package(session, ids["A"], version=2, author=ANA)


def test_a_removed_package_is_not_edited_or_moved(session: Session) -> None:
    ids = add(session, "A", "B")
    removed = remove_package(session, ids["A"], version=1, author=ANA)
    with pytest.raises(PackageRemoved):
        edit_package(session, ids["A"], values("X"), version=removed.version, author=ANA)
    with pytest.raises(PackageRemoved):
        move_package(session, ids["A"], Place(1), country="US", author=ANA)


@pytest.mark.parametrize(
    ("name", "to", "expected"),
    [
        ("D", Place(1), "D A B C"),
        ("A", Place(4), "B C D A"),
        ("A", Place(99), "B C D A"),
        ("B", Place(3), "A C B D"),
        ("B", Place(2), "A B C D"),
        ("A", Step.UP, "A B C D"),
        ("D", Step.DOWN, "A B C D"),
        ("C", Step.UP, "A C B D"),
        ("B", Step.DOWN, "A C B D"),
    ],
)
def test_move(session: Session, name: str, to: ordering.Destination, expected: str) -> None:
    ids = add(session, "A", "B", "C", "D")
    move_package(session, ids[name], to, country="US", author=ANA)
    assert order(session) == expected


@pytest.mark.parametrize("neighbour", "ABC")
@pytest.mark.parametrize("name", "ABC")
def test_move_beside_a_neighbour(session: Session, name: str, neighbour: str) -> None:
    ids = add(session, "A", "B", "C")
    others = [n for n in "ABC" if n != name]
    for to, offset in ((Before(ids[neighbour]), 0), (After(ids[neighbour]), 1)):
        move_package(session, ids[name], to, country="US", author=ANA)
        if name == neighbour:
            continue
        expected = list(others)
        expected.insert(others.index(neighbour) + offset, name)
        assert order(session) == " ".join(expected)


def test_move_to_where_it_is_writes_nothing(session: Session) -> None:
    ids = add(session, "A", "B", "C")
    before = len(revisions(session))
    for to in (Place(2), After(ids["A"]), Before(ids["C"]), Before(ids["B"])):
        move_package(session, ids["B"], to, country="US", author=ANA)
    assert len(revisions(session)) == before


def test_move_writes_one_row_and_no_version(session: Session) -> None:
    """Caught: renumbering the whole country at every move."""
    ids = add(session, "A", "B", "C")
    ranks = dict(session.execute(select(CreditPackage.id, CreditPackage.rank)).tuples().all())
    moved = move_package(session, ids["C"], Place(1), country="US", author=ANA)
    now = dict(session.execute(select(CreditPackage.id, CreditPackage.rank)).tuples().all())
    assert {id for id in now if now[id] != ranks[id]} == {ids["C"]}
    assert moved.version == 1


@pytest.mark.parametrize("gone", ["unknown", "elsewhere"])
def test_a_neighbour_that_is_gone_keeps_the_place(session: Session, gone: str) -> None:
    ids = add(session, "A", "B")
    neighbour = 99 if gone == "unknown" else add(session, "T", country="TR")["T"]
    move_package(session, ids["A"], After(neighbour), country="US", author=ANA)
    assert order(session) == "A B"


def test_a_move_in_another_country_is_refused(session: Session) -> None:
    ids = add(session, "A", "B")
    with pytest.raises(PackageElsewhere):
        move_package(session, ids["A"], Place(2), country="TR", author=ANA)


def test_a_used_up_gap_is_made_again(session: Session) -> None:
    """Caught: leaving out _respace: equal ranks, and the order falls back to ids."""
    ids = add(session, "A", "B", "C")
    expected = ["A", "B", "C"]
    for turn in range(60):
        name = expected[2] if turn % 2 else expected[1]
        expected.remove(name)
        expected.insert(1, name)
        move_package(session, ids[name], After(ids[expected[0]]), country="US", author=ANA)
        assert order(session) == " ".join(expected)
    ranks = session.scalars(select(CreditPackage.rank)).all()
    assert len(set(ranks)) == 3


def test_equal_ranks_are_mended_by_the_next_move(session: Session) -> None:
    ids = add(session, "A", "B", "C")
    session.execute(update(CreditPackage).values(rank=5))
    move_package(session, ids["C"], After(ids["A"]), country="US", author=ANA)
    assert order(session) == "A C B"


def test_fresh_ranks_do_not_hide_a_move(session: Session) -> None:
    """Caught: a bulk UPDATE in _respace, and nothing expired. C's old rank is the very one it
    needs afterwards, so SQLAlchemy saw no change and left C last."""
    ids = add(session, "A", "B", "C")
    for name, rank in {"A": 1, "B": 2, "C": RANK_GAP * 3 // 2}.items():
        session.get_one(CreditPackage, ids[name]).rank = rank
    session.flush()
    move_package(session, ids["C"], After(ids["A"]), country="US", author=ANA)
    assert order(session) == "A C B"


def test_positions_skip_packages_to_be_removed(session: Session) -> None:
    ids = add(session, "A", "B", "C")
    remove_package(session, ids["B"], version=1, author=ANA)
    package = drafts.get_package(session, ids["C"])
    assert drafts.position_of(session, package) == 2
    assert ordering.count_staying(session, "US") == 2


@pytest.mark.parametrize("beside", ["A", "B", "C", "D"])
@pytest.mark.parametrize("side", [Before, After])
def test_a_move_tells_both_places(
    session: Session, side: type[Before | After], beside: str
) -> None:
    """Caught: After a package to be removed counted that one too; so did the old place."""
    ids = add(session, "A", "B", "C", "D", "E")
    remove_package(session, ids["B"], version=1, author=ANA)
    moved = move_package(session, ids["E"], side(ids[beside]), country="US", author=ANA)
    told, is_there = revisions(session)[-1], (side, beside) == (After, "D")
    if not is_there:
        assert told.old == {"position": 4, "behind": ids["D"]}
        assert told.new == {"position": drafts.position_of(session, moved)}
    assert told.action == ("removed" if is_there else "moved")


def test_settings_are_edited_with_their_version(session: Session) -> None:
    drafts.edit_settings(session, SettingsValues("Lotus", "TR"), version=1, author=ANA)
    assert drafts.get_settings(session).values == SettingsValues("Lotus", "TR")
    told = revisions(session)[-1]
    assert (told.item_type, told.item_id, told.version) == ("settings", 1, 2)
    assert told.new == {"platform_name": "Lotus", "default_country": "TR"}
    with pytest.raises(EditConflict) as refused:
        drafts.edit_settings(session, SettingsValues("Rose", "US"), version=1, author=BEN)
    assert (refused.value.fields, refused.value.author) == (("platform_name",), ANA)


def test_edits_of_different_fields_merge(session: Session) -> None:
    """Caught: taking all values of whoever saves last."""
    ids = add(session, "A")
    edit_package(session, ids["A"], values("A", credits=7), version=1, author=BEN)
    package = edit_package(session, ids["A"], values("Z"), version=1, author=ANA)
    assert package.values == values("Z", credits=7)
    assert package.version == 3


def test_edits_merge_over_several_versions(session: Session) -> None:
    ids = add(session, "A")
    for version, credits in ((1, 7), (2, 8)):
        edit_package(session, ids["A"], values("A", credits=credits), version=version, author=BEN)
    package = edit_package(session, ids["A"], values("A", short_info="x"), version=1, author=ANA)
    assert package.values == values("A", credits=8, short_info="x")


def test_the_same_edit_twice_is_no_conflict(session: Session) -> None:
    ids = add(session, "A")
    edit_package(session, ids["A"], values("B"), version=1, author=BEN)
    assert edit_package(session, ids["A"], values("B"), version=1, author=ANA).version == 2


def test_the_same_field_is_a_conflict_and_changes_nothing(session: Session) -> None:
    ids = add(session, "A")
    edit_package(session, ids["A"], values("B", credits=7), version=1, author=BEN)
    with pytest.raises(EditConflict) as refused:
        edit_package(session, ids["A"], values("C", short_info="x"), version=1, author=ANA)
    conflict = refused.value
    assert (conflict.fields, conflict.author, conflict.version) == (("name",), BEN, 2)
    assert drafts.get_package(session, ids["A"]).values == values("B", credits=7)


def test_settings_of_two_admins_merge(session: Session) -> None:
    drafts.edit_settings(session, SettingsValues("Lotus", "US"), version=1, author=ANA)
    drafts.edit_settings(session, SettingsValues("Our platform", "TR"), version=1, author=BEN)
    assert drafts.get_settings(session).values == SettingsValues("Lotus", "TR")


@pytest.mark.parametrize("version", [0, -1, 99])
def test_a_version_that_never_was_is_refused(session: Session, version: int) -> None:
    ids = add(session, "A")
    with pytest.raises(StaleVersion):
        edit_package(session, ids["A"], values("B"), version=version, author=ANA)


def test_settings_refuse_invalid_values(session: Session) -> None:
    with pytest.raises(InvalidValues):
        drafts.edit_settings(session, SettingsValues("", "XX"), version=1, author=ANA)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("main_language", "xx"), ("time_zone", "Mars/Base"), ("intro_ar", "a\tb"), ("intro_de", " x")],
)
def test_each_setting_is_judged(session: Session, field: str, wrong: str) -> None:
    new = INITIAL_SETTINGS._replace(**{field: wrong})
    with pytest.raises(InvalidValues) as refused:
        drafts.edit_settings(session, new, version=1, author=ANA)
    assert set(refused.value.problems) == {field}


def market(session: Session, country: str = "TR") -> MarketValues:
    found = drafts.find_market(session, country)
    assert found
    return found.values


def edit_market(
    session: Session, country: str = "TR", version: int = 1, author: str = ANA, **said: object
) -> None:
    new = MarketValues(**{"tax": "nothing", **said})  # type: ignore[arg-type]
    drafts.edit_market(session, country, new, version=version, author=author)


def test_a_market_is_there_once_something_is_said(session: Session) -> None:
    assert drafts.find_market(session, "TR") is None
    edit_market(session, tax="included", tax_basis_points=2000)
    assert market(session) == MarketValues("included", 2000)
    assert drafts.find_market(session, "DE") is None
    told = revisions(session)[-1]
    assert (told.item_type, told.action, told.version, told.author) == ("market", "edited", 2, ANA)
    assert told.old == {"tax": "nothing", "tax_basis_points": 0}
    assert told.new == {"tax": "included", "tax_basis_points": 2000}


def test_a_market_of_which_nothing_new_is_said_leaves_no_revision(session: Session) -> None:
    edit_market(session)
    assert revisions(session) == []
    edit_market(session, note_en="x", author=BEN)
    assert [revision.version for revision in revisions(session)] == [2]


def test_a_market_refuses_invalid_values(session: Session) -> None:
    for said, field in (
        ({"tax": "maybe"}, "tax"),
        ({"tax": "included", "tax_basis_points": 10_001}, "tax_basis_points"),
        ({"note_tr": " x"}, "note_tr"),
    ):
        with pytest.raises(InvalidValues) as refused:
            edit_market(session, **said)
        assert set(refused.value.problems) == {field}
    assert drafts.find_market(session, "TR") is None


def test_notes_of_two_admins_on_one_market_merge(session: Session) -> None:
    """Caught: a market made by the first one met with a second row by the other."""
    edit_market(session, note_en="Hello")
    edit_market(session, note_de="Hallo", author=BEN)
    assert market(session) == MarketValues("nothing", note_en="Hello", note_de="Hallo")
    edit_market(session, "DE", note_en="Hi", author=BEN)
    assert (market(session).note_en, market(session, "DE").note_en) == ("Hello", "Hi")


def test_the_same_note_of_two_admins_is_a_conflict(session: Session) -> None:
    edit_market(session, note_en="Hello")
    with pytest.raises(EditConflict) as refused:
        edit_market(session, note_en="Hi", note_de="Hallo", author=BEN)
    assert (refused.value.fields, refused.value.author) == (("note_en",), ANA)
    assert refused.value.merged == MarketValues("nothing", note_en="Hi", note_de="Hallo")
    assert market(session) == MarketValues("nothing", note_en="Hello")


def test_tax_and_its_rate_are_decided_together(session: Session) -> None:
    """Caught: field by field; my rate saved under what somebody else says of tax."""
    edit_market(session, tax="included", tax_basis_points=1900)
    edit_market(session, version=2, tax="when_used", author=BEN)
    with pytest.raises(EditConflict) as refused:
        edit_market(session, version=2, tax="included", tax_basis_points=2000)
    assert set(refused.value.fields) == {"tax", "tax_basis_points"}
    assert market(session) == MarketValues("when_used")


def test_settings_of_two_admins_merge_by_language(session: Session) -> None:
    for field, text in (
        ("intro_en", "Hello"),
        ("intro_tr", "Merhaba"),
        ("time_zone", "Asia/Tokyo"),
    ):
        new = INITIAL_SETTINGS._replace(**{field: text})
        drafts.edit_settings(session, new, version=1, author=BEN)
    assert drafts.get_settings(session).values == INITIAL_SETTINGS._replace(
        intro_en="Hello", intro_tr="Merhaba", time_zone="Asia/Tokyo"
    )

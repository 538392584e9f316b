"""Undo: everything comes back but what somebody else changed since, and that is said."""

import pytest
from sqlalchemy.orm import Session

from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.drafts import drafts
from domain.catalogue.errors import BatchNotFound, NothingToDiscard, NothingToUndo, TooOldToUndo
from domain.catalogue.markets.rules import INITIAL_MARKET, MarketValues
from domain.catalogue.models import DraftBatch
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.settings.rules import SettingsValues
from domain.catalogue.undo.batches import Contents, list_batches, name_contents
from domain.catalogue.undo.undo import LeftOut
from domain.database import writing
from tests.conftest import ADMIN
from tests.page_helpers import (
    add,
    apply_all,
    discard_all,
    draft,
    edit,
    long_ago,
    move,
    order,
    package_values,
    pending,
    remove,
    restore,
    undo,
)

BOB = "bob@example.com"


@pytest.fixture
def ids(session: Session) -> list[int]:
    """A, B, C, D are live in the US, at $19.99 for 100 credits."""
    ids = add(session, "A", "B", "C", "D")
    apply_all(session)
    return ids


def package(id: int) -> ItemKey:
    return ItemKey("package", id)


def undo_it(session: Session, batch_id: int) -> tuple[LeftOut, ...]:
    with writing(session):
        return undo(session, batch_id, author=ADMIN).left_out


def test_everything_comes_back(session: Session, ids: list[int]) -> None:
    edit(session, ids[0], name="A2", credits=7)
    remove(session, ids[1])
    move(session, ids[3], 1)
    add(session, "E")
    with writing(session):
        drafts.edit_settings(session, SettingsValues("Lotus", "TR"), version=1, author=ADMIN)
    before = pending(session), order(session)
    batch = discard_all(session)
    assert pending(session) == []
    assert undo_it(session, batch) == ()
    assert (pending(session), order(session)) == before


def test_what_stood_beside_a_new_package_stands_there_again(
    session: Session, ids: list[int]
) -> None:
    """Caught: going by positions, in which packages to be removed do not count."""
    move(session, ids[2], 1)
    with writing(session):
        drafts.add_package(session, package_values("N"), author=ADMIN, position=2)
    assert order(session) == ["C", "N", "A", "B", "D"]
    batch = discard_all(session)
    assert order(session) == ["A", "B", "C", "D"]
    assert undo_it(session, batch) == ()
    assert order(session) == ["C", "N", "A", "B", "D"]


def test_undo_of_an_undo(session: Session, ids: list[int]) -> None:
    edit(session, ids[0], name="A2")
    batch = discard_all(session)
    with writing(session):
        again = undo(session, batch, author=ADMIN).batch_id
    assert undo_it(session, again) == ()
    assert pending(session) == []


def test_what_a_colleague_changed_since_stays_and_is_named(
    session: Session, ids: list[int]
) -> None:
    """Caught: putting old values back without looking; keeping theirs without a word."""
    edit(session, ids[0], name="A2", credits=7)
    batch = discard_all(session)
    edit(session, ids[0], name="A9", author=BOB)
    assert undo_it(session, batch) == (LeftOut(package(ids[0]), "A9", BOB),)
    assert draft(session, ids[0]).values.credits == 7
    assert draft(session, ids[0]).name == "A9"


def test_an_amount_never_comes_back_in_another_currency(session: Session, ids: list[int]) -> None:
    """Caught: taking back field by field: 5,000 yen came back as 50 dollars."""
    edit(session, ids[0], price_minor=5000, currency="JPY")
    batch = discard_all(session)
    edit(session, ids[0], currency="EUR", author=BOB)
    with pytest.raises(NothingToUndo, match=BOB):
        undo_it(session, batch)
    values = draft(session, ids[0]).values
    assert (values.price_minor, values.currency) == (1999, "EUR")


def test_a_move_that_a_colleague_made_since_stays(session: Session, ids: list[int]) -> None:
    """Caught: moving back whoever moved last."""
    move(session, ids[3], 1)
    edit(session, ids[1], name="B2")
    batch = discard_all(session)
    move(session, ids[3], 2, author=BOB)
    assert undo_it(session, batch) == (LeftOut(package(ids[3]), "D", BOB),)
    assert order(session) == ["A", "D", "B2", "C"]


def test_an_edit_comes_back_though_a_colleague_moved_the_package(
    session: Session, ids: list[int]
) -> None:
    edit(session, ids[0], name="A2")
    batch = discard_all(session)
    move(session, ids[0], 4, author=BOB)
    assert undo_it(session, batch) == ()
    assert order(session) == ["B", "C", "D", "A2"]


def test_a_package_that_a_colleague_removed_since_stays_removed(
    session: Session, ids: list[int]
) -> None:
    edit(session, ids[0], name="A2")
    edit(session, ids[1], name="B2")
    batch = discard_all(session)
    remove(session, ids[0], author=BOB)
    assert undo_it(session, batch) == (LeftOut(package(ids[0]), "A", BOB),)
    assert order(session) == ["B2", "C", "D"]


def test_settings_that_a_colleague_changed_since_stay(session: Session) -> None:
    with writing(session):
        drafts.edit_settings(session, SettingsValues("Lotus", "TR"), version=1, author=ADMIN)
    batch = discard_all(session)
    with writing(session):
        version = drafts.get_settings(session).version
        drafts.edit_settings(session, SettingsValues("Rose", "US"), version=version, author=BOB)
    assert undo_it(session, batch) == (LeftOut(ItemKey("settings", 1), "", BOB),)
    settings = drafts.get_settings(session)
    assert (settings.platform_name, settings.default_country) == ("Rose", "TR")


def say(session: Session, country: str, *values: object, author: str = ADMIN) -> None:
    with writing(session):
        now = drafts.find_market(session, country)
        version = now.version if now else 1
        new = MarketValues(*values)  # type: ignore[arg-type]
        drafts.edit_market(session, country, new, version=version, author=author)


def said(session: Session, country: str) -> MarketValues:
    session.rollback()
    market = drafts.find_market(session, country)
    assert market
    return market.values


def test_what_was_said_of_a_country_comes_back(session: Session) -> None:
    say(session, "TR", "included", 2000, "Incl. VAT")
    say(session, "DE", "when_used")
    batch = discard_all(session)
    assert said(session, "TR") == said(session, "DE") == INITIAL_MARKET
    assert undo_it(session, batch) == ()
    assert said(session, "TR") == MarketValues("included", 2000, "Incl. VAT")
    assert said(session, "DE") == MarketValues("when_used")


def test_a_tax_rate_never_comes_back_under_another_tax(session: Session) -> None:
    """Caught: taking back field by field: 20 % came back under "no tax"."""
    say(session, "TR", "included", 2000, "Incl. VAT")
    batch = discard_all(session)
    say(session, "TR", "when_used", author=BOB)
    market = ItemKey("market", 1)
    assert undo_it(session, batch) == (LeftOut(market, "TR", BOB),)
    assert said(session, "TR") == MarketValues("when_used", 0, "Incl. VAT")


def test_a_colleagues_work_on_another_item_with_the_same_id_is_no_reason(session: Session) -> None:
    """Caught: what was written since looked up by id alone, so that package 1 kept settings 1."""
    with writing(session):
        drafts.edit_settings(session, SettingsValues("Lotus", "TR"), version=1, author=ADMIN)
    add(session, "A")
    batch = discard_all(session)
    say(session, "TR", "when_used", author=BOB)
    assert undo_it(session, batch) == ()
    assert drafts.get_settings(session).values == SettingsValues("Lotus", "TR")


def test_nothing_left_to_take_back(session: Session, ids: list[int]) -> None:
    edit(session, ids[0], name="A2")
    batch = discard_all(session)
    edit(session, ids[0], name="A2", author=BOB)
    with pytest.raises(NothingToDiscard):
        undo_it(session, batch)


def test_a_changed_country_finds_its_old_place(session: Session, ids: list[int]) -> None:
    edit(session, ids[1], country="TR")
    batch = discard_all(session)
    assert order(session) == ["A", "B", "C", "D"]
    undo_it(session, batch)
    assert (order(session), order(session, "TR")) == (["A", "C", "D"], ["B"])


def test_a_restore_is_taken_back_but_for_what_a_colleague_saved_since(
    session: Session, ids: list[int]
) -> None:
    edit(session, ids[0], price_minor=2999)
    edit(session, ids[1], price_minor=3999)
    apply_all(session)
    with writing(session):
        batch = restore(session, 1, pending_changes(session).token)
    edit(session, ids[0], price_minor=2500, author=BOB)
    assert undo_it(session, batch) == (LeftOut(package(ids[0]), "A", BOB),)
    prices = [draft(session, id).price_minor for id in ids[:2]]
    assert prices == [2500, 3999]


def test_undo_has_an_end(session: Session, ids: list[int]) -> None:
    edit(session, ids[0], name="A2")
    batch = session.get_one(DraftBatch, discard_all(session))
    with pytest.raises(TooOldToUndo):
        undo_it(session, long_ago(session, batch))
    with pytest.raises(BatchNotFound):
        undo_it(session, 99)


def test_the_list_says_what_each_was_about(session: Session, ids: list[int]) -> None:
    edit(session, ids[0], name="A2")
    remove(session, ids[1])
    batch = discard_all(session)
    assert name_contents(session, list_batches(session)) == {
        batch: Contents(2, [(package(ids[1]), "B"), (package(ids[0]), "A")])
    }
    assert name_contents(session, []) == {}

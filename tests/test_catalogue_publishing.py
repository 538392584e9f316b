"""From drafts to live: what is pending, and Apply Changes."""

import threading
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.orm import Session

from domain.catalogue.changes.diff import Change, ItemKey, ItemState, Kind, compare, read_key
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
    Blocked,
    Blocker,
    NothingPending,
    StaleReview,
)
from domain.catalogue.models import DraftRevision, Release
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.releases.history import drafted_items, live_items
from domain.catalogue.review import blockers, review
from domain.catalogue.review.review import apply_reviewed
from domain.catalogue.settings.rules import SettingsValues
from domain.catalogue.storefront import live
from domain.database import writing
from tests.conftest import only_postgres
from tests.page_helpers import apply_acknowledged

ANA, BEN = "ana@example.com", "ben@example.com"
LONG_ENOUGH = 0.3  # for another thread to reach the lock


def values(name: str, country: str = "US", **others: object) -> PackageValues:
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


def write(session: Session, *steps: Callable[[Session], object]) -> None:
    for step in steps:
        with writing(session):
            step(session)


def add_all(session: Session, *names: str, country: str = "US") -> dict[str, int]:
    with writing(session):
        return {name: add_package(session, values(name, country), author=ANA).id for name in names}


def apply(session: Session, author: str = ANA, chosen: Collection[str] | None = None) -> int:
    with writing(session):
        return apply_acknowledged(session, author=author, chosen=chosen).number


def kinds(session: Session) -> list[tuple[str, int]]:
    return [(change.kind.value, change.item.id) for change in pending_changes(session).changes]


def cards(session: Session, country: str = "US") -> list[str]:
    release = live.live_release(session)
    return [card.values.name for card in live.list_cards(session, release, country)]


def test_nothing_is_pending_in_the_beginning(session: Session) -> None:
    pending = pending_changes(session)
    assert (pending.changes, pending.live.number) == ((), 0)


def test_buyers_see_nothing_before_apply_and_all_after(session: Session) -> None:
    add_all(session, "A", "B")
    assert cards(session) == []
    assert apply(session) == 1
    assert cards(session) == ["A", "B"]
    assert kinds(session) == []


def test_each_kind_of_change_is_pending_then_live(session: Session) -> None:
    ids = add_all(session, "A", "B", "C", "D")
    apply(session)
    write(
        session,
        lambda s: edit_package(s, ids["A"], values("A2"), version=1, author=ANA),
        lambda s: move_package(s, ids["D"], Place(1), country="US", author=ANA),
        lambda s: remove_package(s, ids["B"], version=1, author=ANA),
        lambda s: add_package(s, values("E"), author=ANA),
        lambda s: drafts.edit_settings(s, SettingsValues("L", "TR"), version=1, author=ANA),
    )
    pending = pending_changes(session)
    assert pending.counts == {Kind.ADDED: 1, Kind.EDITED: 2, Kind.MOVED: 1, Kind.REMOVED: 1}
    (edit,) = pending.by_item[ItemKey("settings", 1)]
    (move,) = pending.by_item[ItemKey("package", ids["D"])]
    assert (edit.kind, move.kind) == (Kind.EDITED, Kind.MOVED)
    assert cards(session) == ["A", "B", "C", "D"]
    apply(session)
    assert cards(session) == ["D", "A2", "C", "E"]
    assert live.live_release(session).settings.platform_name == "L"
    assert kinds(session) == []


def test_a_field_set_back_is_no_change(session: Session) -> None:
    """Caught: counting revisions instead of comparing."""
    ids = add_all(session, "A")
    apply(session)
    write(session, lambda s: edit_package(s, ids["A"], values("B"), version=1, author=ANA))
    assert kinds(session) == [("edited", ids["A"])]
    write(session, lambda s: edit_package(s, ids["A"], values("A"), version=2, author=ANA))
    assert kinds(session) == []


def test_moved_away_and_back_is_no_change(session: Session) -> None:
    ids = add_all(session, "A", "B", "C")
    apply(session)
    write(session, lambda s: move_package(s, ids["A"], Place(3), country="US", author=ANA))
    assert kinds(session) == [("moved", ids["A"])]
    write(session, lambda s: move_package(s, ids["A"], Place(1), country="US", author=ANA))
    assert kinds(session) == []


def test_of_two_neighbours_the_one_that_was_moved_is_named(session: Session) -> None:
    ids = add_all(session, "A", "B")
    apply(session)
    write(session, lambda s: move_package(s, ids["A"], Place(2), country="US", author=ANA))
    assert kinds(session) == [("moved", ids["A"])]


def test_a_move_before_the_last_release_does_not_count_any_more(session: Session) -> None:
    """Caught: asking for moves of all times."""
    ids = add_all(session, "A", "B")
    apply(session)
    write(session, lambda s: move_package(s, ids["B"], Place(1), country="US", author=ANA))
    apply(session)
    write(session, lambda s: move_package(s, ids["A"], Place(1), country="US", author=ANA))
    assert kinds(session) == [("moved", ids["A"])]


def test_removed_and_never_live_is_no_change(session: Session) -> None:
    ids = add_all(session, "A")
    write(session, lambda s: remove_package(s, ids["A"], version=1, author=ANA))
    assert kinds(session) == []


def test_a_removal_taken_back_is_no_change(session: Session) -> None:
    ids = add_all(session, "A")
    apply(session)
    write(session, lambda s: remove_package(s, ids["A"], version=1, author=ANA))
    assert kinds(session) == [("removed", ids["A"])]
    write(session, lambda s: keep_package(s, ids["A"], version=2, author=ANA))
    assert kinds(session) == []


def test_a_removed_package_comes_back_as_a_new_one_after_its_release(session: Session) -> None:
    ids = add_all(session, "A", "B")
    apply(session)
    write(session, lambda s: remove_package(s, ids["A"], version=1, author=ANA))
    apply(session)
    write(session, lambda s: keep_package(s, ids["A"], version=2, author=ANA))
    assert kinds(session) == [("added", ids["A"])]


def test_a_move_left_out_stays_pending_though_nobody_made_it(session: Session) -> None:
    """Caught: looking only at packages with a revision, when others were moved around one."""
    ids = add_all(session, "P", "Q", "R", "X", "Y")
    apply(session)
    for name in "PQR":
        with writing(session):
            move_package(session, ids[name], Place(5), country="US", author=ANA)
    assert kinds(session) == [("moved", ids["X"]), ("moved", ids["Y"])]
    with writing(session):
        apply_reviewed(
            session,
            pending_changes(session).token,
            author=ANA,
            chosen={f"package-{ids['Y']}-moved"},
        )
    assert cards(session) == ["Y", "P", "Q", "R", "X"]
    assert kinds(session) == [("moved", ids["X"])]


def test_away_and_back_as_the_last_is_a_move(session: Session) -> None:
    """Caught: looking at an order only where somebody moved a package."""
    ids = add_all(session, "A", "B", "C")
    apply(session)
    for version, country in enumerate(("TR", "US"), start=1):
        with writing(session):
            new = values("A", country)
            edit_package(session, ids["A"], new, version=version, author=ANA)
    found = pending_changes(session)
    assert [change.key for change in found.changes] == [f"package-{ids['A']}-moved"]


def test_a_place_does_not_count_what_goes(session: Session) -> None:
    """Caught: the place that a package has live, where no order changed."""
    ids = add_all(session, "A", "B", "C")
    apply(session)
    write(
        session,
        lambda s: remove_package(s, ids["A"], version=1, author=ANA),
        lambda s: edit_package(s, ids["C"], values("C2"), version=1, author=ANA),
    )
    assert told(pending_changes(session).changes) == everything(session)


def test_another_country_is_another_place_at_the_same_rank(session: Session) -> None:
    """Caught: comparing ranks without their countries."""
    ids = add_all(session, "A", "B", "C", country="TR")
    add_all(session, "X")
    apply(session)
    write(session, lambda s: edit_package(s, ids["C"], values("C"), version=1, author=ANA))
    with writing(session):
        rank = "SELECT rank FROM live_package WHERE country = 'TR' ORDER BY rank DESC LIMIT 1"
        session.execute(text(f"UPDATE credit_package SET rank = ({rank}) WHERE name = 'C'"))  # noqa: S608
    assert told(pending_changes(session).changes) == everything(session)


def test_another_country_is_one_edit(session: Session) -> None:
    ids = add_all(session, "A", "B")
    add_all(session, "T", country="TR")
    apply(session)
    write(session, lambda s: edit_package(s, ids["A"], values("A", "TR"), version=1, author=ANA))
    assert kinds(session) == [("edited", ids["A"])]
    apply(session)
    assert (cards(session), cards(session, "TR")) == (["B"], ["T", "A"])


def test_a_clock_that_is_set_back_takes_nothing_away(session: Session) -> None:
    """Caught: asking for releases whose time has come."""
    add_all(session, "A")
    apply(session)
    with writing(session):
        later = datetime.now(UTC) + timedelta(hours=1)
        number = {"number": 2, "based_on": 1, "revision_id": 1, "author": ANA, "note": ""}
        session.add(Release(**number, live_from=later))
    assert live.live_release(session).number == 2
    assert cards(session) == ["A"]


def test_a_release_keeps_number_base_author_and_note(session: Session) -> None:
    add_all(session, "A")
    apply(session)
    add_all(session, "B")
    with writing(session):
        apply_acknowledged(session, author=BEN, note="Summer prices")
    release = session.get_one(Release, 2)
    assert (release.based_on, release.author, release.note) == (1, BEN, "Summer prices")
    assert session.get_one(Release, 1).based_on is None


def test_apply_never_touches_an_older_release(session: Session, engine: Engine) -> None:
    ids = add_all(session, "A", "B")
    apply(session)
    before = release_bytes(engine, 1)
    write(
        session,
        lambda s: edit_package(s, ids["A"], values("X"), version=1, author=ANA),
        lambda s: move_package(s, ids["B"], Place(1), country="US", author=ANA),
    )
    apply(session)
    assert release_bytes(engine, 1) == before


def release_bytes(engine: Engine, number: int) -> str:
    with engine.connect() as connection:
        return repr(
            [
                connection.execute(
                    text(f"SELECT * FROM {table} WHERE {column} = {number} ORDER BY 1")  # noqa: S608
                ).all()
                for table, column in (
                    ("release", "number"),
                    ("released_package", "release_number"),
                    ("released_market", "release_number"),
                    ("released_settings", "release_number"),
                    ("release_seal", "release_number"),
                )
            ]
        )


def test_apply_with_a_stale_token_changes_nothing(session: Session) -> None:
    """Caught: leaving out the comparison with what was seen."""
    ids = add_all(session, "A")
    token = pending_changes(session).token
    write(session, lambda s: edit_package(s, ids["A"], values("B"), version=1, author=BEN))
    with pytest.raises(StaleReview), writing(session):
        apply_reviewed(session, token, author=ANA)
    assert live.live_release(session).number == 0
    assert kinds(session) == [("added", ids["A"])]


@pytest.mark.parametrize("token", ["", "0", "0-", "-", "x", "9" * 5000 + "-a", "1-\0", "²-a"])
def test_apply_with_a_forged_token(session: Session, token: str) -> None:
    add_all(session, "A")
    with pytest.raises(StaleReview), writing(session):
        apply_reviewed(session, token, author=ANA)


def test_apply_twice_with_one_token_tells_who_was_first(session: Session) -> None:
    add_all(session, "A")
    token = pending_changes(session).token
    apply(session, author=BEN)
    with pytest.raises(AlreadyApplied, match="ben@example.com applied release"), writing(session):
        apply_reviewed(session, token, author=ANA)


def test_apply_of_nothing(session: Session) -> None:
    with pytest.raises(NothingPending), writing(session):
        apply_reviewed(session, pending_changes(session).token, author=ANA)


def test_apply_names_every_blocker_at_once(session: Session) -> None:
    """Caught: judging drafts when they are saved only."""
    ids = add_all(session, "A", "B", "C")
    apply(session)
    with writing(session):
        for name in "ABC":
            new = values(name, short_info="x")
            edit_package(session, ids[name], new, version=1, author=ANA)
        session.execute(text("UPDATE credit_package SET currency = 'XXX' WHERE name != 'C'"))
    with pytest.raises(Blocked) as refused, writing(session):
        apply_reviewed(session, pending_changes(session).token, author=ANA)
    named = {(b.item.id, b.name, b.field) for b in refused.value.blockers}
    assert named == {(ids["A"], "A", "currency"), (ids["B"], "B", "currency")}
    assert live.live_release(session).number == 1


WRITES = 5  # the release, the version of C, what is live without it and with it, the seal


@pytest.mark.parametrize("step", range(WRITES + 1))
def test_an_error_at_any_step_leaves_live_and_drafts_alone(
    session: Session, engine: Engine, step: int
) -> None:
    """Caught: a commit between the release and its packages, or before what is live follows."""
    add_all(session, "A", "B")
    apply(session)
    add_all(session, "C")
    before, pending = release_bytes(engine, 1), kinds(session)
    shown, writes, is_done = cards(session), 0, step == WRITES

    def fail(_c: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal writes
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            if writes == step:
                raise OSError("disk")
            writes += 1

    event.listen(engine, "before_cursor_execute", fail)
    try:
        with nullcontext() if is_done else pytest.raises(OSError, match="disk"):
            apply(session)
    finally:
        event.remove(engine, "before_cursor_execute", fail)
    if not is_done:
        assert (release_bytes(engine, 1), kinds(session)) == (before, pending)
    assert cards(session) == ([*shown, "C"] if is_done else shown)
    assert session.scalar(select(func.count()).select_from(Release)) == (2 if is_done else 1)
    assert writes == step


def test_of_many_parallel_applies_one_wins(session: Session, engine: Engine) -> None:
    """Caught: comparing the token before taking the lock."""
    add_all(session, "A")
    token = pending_changes(session).token
    outcomes: list[str] = []

    def press() -> None:
        try:
            with Session(engine) as own, writing(own):
                apply_reviewed(own, token, author=ANA)
            outcomes.append("applied")
        except AlreadyApplied:
            outcomes.append("late")

    threads = [threading.Thread(target=press) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["applied"] + ["late"] * 19
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Release)) == 1


def test_an_edit_saved_while_apply_waits_never_goes_live_unseen(
    session: Session, engine: Engine
) -> None:
    """Caught: the token compared before the lock, and writers in REPEATABLE READ, which go on
    with what they saw before they waited."""
    ids = add_all(session, "A")
    apply(session)
    write(session, lambda s: edit_package(s, ids["A"], values("B"), version=1, author=ANA))
    token = pending_changes(session).token
    session.rollback()
    outcomes: list[str] = []

    def press() -> None:
        try:
            with Session(engine) as own, writing(own):
                apply_reviewed(own, token, author=ANA)
            outcomes.append("applied")
        except StaleReview:
            outcomes.append("stale")

    pressed = threading.Thread(target=press)
    with Session(engine) as other, writing(other):
        edit_package(other, ids["A"], values("C"), version=2, author=BEN)
        pressed.start()
        time.sleep(LONG_ENOUGH)
    pressed.join()
    assert outcomes == ["stale"]
    assert cards(session) == ["A"]


def test_an_edit_during_apply_waits_until_it_is_done(
    session: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: Apply without the lock; the edit got in between the comparison and the copying."""
    ids = add_all(session, "A")

    def edit() -> None:
        with Session(engine) as other, writing(other):
            edit_package(other, ids["A"], values("B"), version=1, author=BEN)

    edited = threading.Thread(target=edit)
    judge = blockers.find_blockers

    def judge_slowly(changes: Collection[Change]) -> list[Blocker]:
        edited.start()
        time.sleep(LONG_ENOUGH)
        return judge(changes)

    monkeypatch.setattr(review, "find_blockers", judge_slowly)
    with writing(session):
        apply_reviewed(session, pending_changes(session).token, author=ANA)
    edited.join()
    session.rollback()
    assert cards(session) == ["A"]
    assert kinds(session) == [("edited", ids["A"])]


@only_postgres
def test_what_was_read_before_the_lock_is_read_again(session: Session, engine: Engine) -> None:
    """Caught: leaving out expire_all; the comparison saw the old rows, the copying the new."""
    ids = add_all(session, "A")
    token = pending_changes(session).token
    with pytest.raises(StaleReview), writing(session):
        kept = drafts.get_package(session, ids["A"])
        with Session(engine) as other, writing(other):
            edit_package(other, ids["A"], values("B"), version=1, author=BEN)
        apply_reviewed(session, token, author=ANA)
    assert kept.name == "B"


def test_parallel_moves_leave_every_package_in_its_own_place(
    session: Session, engine: Engine
) -> None:
    names = [f"P{i}" for i in range(10)]
    ids = list(add_all(session, *names).values())

    def move(package_id: int) -> None:
        for place in (1, 10, 5, 2, 7):
            with Session(engine) as own, writing(own):
                move_package(own, package_id, Place(place), country="US", author=ANA)

    threads = [threading.Thread(target=move, args=(id,)) for id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.rollback()
    ranks = session.scalars(select(CreditPackage.rank)).all()
    assert len(set(ranks)) == 10


def everything(session: Session) -> list[tuple[object, ...]]:
    """Pending by comparing both catalogues whole, without narrowing."""
    return told(compare(live_items(session), drafted_items(session), moved_by_hand(session)))


def moved_by_hand(session: Session) -> set[ItemKey]:
    """What was put elsewhere in an order since it was live, or so that this was left out."""
    live = pending_changes(session).live
    revisions = session.scalars(select(DraftRevision).where(DraftRevision.id > live.revision_id))
    found = {ItemKey(r.item_type, r.item_id) for r in revisions if "position" in r.old}
    left_out = (read_key(key) for key in live.left_out)
    return found | {item for item, kind in left_out if kind in (Kind.MOVED, Kind.REMOVED)}


def told(changes: Iterable[Change]) -> list[tuple[object, ...]]:
    """Each change in full; places only of what was placed anew, the others have none to tell."""

    def side(change: Change, state: ItemState | None) -> object:
        if state is None or change.kind == Kind.MOVED:
            return state
        return state._replace(position=0)

    return sorted(
        (change.key, change.fields, side(change, change.before), side(change, change.after))
        for change in changes
    )

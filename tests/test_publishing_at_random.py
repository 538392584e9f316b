"""Two admins at random: drafts, publishing, discard, undo, restore, against a plain model of it."""

import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from domain.catalogue.changes.diff import Kind, PositionedPackage
from domain.catalogue.drafts.drafts import position_of
from domain.catalogue.errors import Blocked, CatalogueError, NothingToDiscard, NothingToUndo
from domain.catalogue.models import CreditPackage, DraftBatch, Release
from domain.catalogue.pending.pending import Pending, pending_changes
from domain.catalogue.releases import history
from domain.catalogue.storefront import live
from domain.catalogue.undo import rollback, undo
from domain.catalogue.undo.undo import Undone
from tests.drafting import ADMINS, TYPED, Drafting
from tests.modelling import GROUPS, check_moves, difference, has_twins, picked
from tests.page_helpers import apply_acknowledged
from tests.postgres import Reused
from tests.replaying import FIELDS, Rows, read_drafts, read_release
from tests.soak import naming_seed

COUNTRIES = ("TR", "US")


@dataclass(frozen=True)
class Look:
    """What an admin saw, after so many writes."""

    pending: Pending
    rows: Rows
    writes: int

    @property
    def keys(self) -> list[str]:
        return [change.key for change in self.pending.changes]


class Publishing(Drafting):
    """What everybody wrote, saw and applied, beside what the database has of it.

    Caught: a save without merging; a move to its neighbour's rank; Apply and discard with another
    token; a discard that takes what was not chosen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.releases = [self.empty]  # by number; 0 is before the first
        self.looks: dict[str, Look] = {}
        self.before_batch: tuple[Look, int] | None = None

    def teardown(self) -> None:
        self.session.rollback()
        for number, rows in enumerate(self.releases[1:], start=1):
            assert read_release(self.session, number) == rows
        super().teardown()

    def see(self) -> Look:
        self.session.rollback()
        return Look(pending_changes(self.session), read_drafts(self.session), self.writes)

    def is_new(self, seen: Look) -> bool:
        """Whether nothing was written since, and there is something to apply or discard."""
        return self.writes == seen.writes and bool(seen.keys)

    @rule(by=ADMINS)
    def look(self, by: str) -> None:
        self.looks[by] = self.see()

    def seen(self, data: st.DataObject) -> Look:
        """What somebody saw now, or a while ago."""
        return data.draw(st.sampled_from([self.see(), *self.looks.values()]))

    @rule(by=ADMINS, data=st.data())
    def apply(self, by: str, data: st.DataObject) -> None:
        """What was seen goes live, or a chosen part of it, or nothing does."""
        seen = self.seen(data)
        keys = data.draw(some_of(seen.keys))
        done = self.attempt(
            lambda: (
                apply_acknowledged(self.session, seen.pending.token, author=by, chosen=keys).number
            )
        )
        wanted = self.part(seen, seen.keys if keys is None else keys)
        if isinstance(done, CatalogueError):
            refused = has_twins(wanted) if isinstance(done, Blocked) else not self.is_new(seen)
            assert refused, done
            return
        assert not has_twins(wanted)
        assert (seen.rows, seen.pending.live.number) == (self.model.rows, done - 1)
        self.session.rollback()
        released = read_release(self.session, done)
        assert released == wanted
        self.releases.append(released)
        told = history.compare_releases(self.session, done - 1, done)
        assert {change.key for change in told} == set(seen.keys if keys is None else keys)

    @rule(by=ADMINS, data=st.data())
    def discard(self, by: str, data: st.DataObject) -> None:
        seen, before = self.seen(data), self.see()
        keys = data.draw(some_of(seen.keys))
        done = self.attempt(
            lambda: rollback.discard(self.session, seen.pending.token, author=by, keys=keys)
        )
        if isinstance(done, CatalogueError):
            assert not self.is_new(seen), done
            return
        assert seen.rows == before.rows
        after = self.see()
        kept = set(seen.keys) - (set(seen.keys) if keys is None else keys)
        assert after.rows == self.part(seen, kept)
        assert kept or not after.keys
        self.become(before)

    def part(self, seen: Look, chosen: Collection[str]) -> Rows:
        """What is live with some of what was seen; all of it is what was seen."""
        left_out = set(seen.keys) - set(chosen)
        return picked(self.releases[-1], seen.rows, chosen, left_out) if left_out else seen.rows

    def become(self, before: Look) -> None:
        """The model follows what was rewritten, and remembers what was before."""
        self.model.become(self.see().rows)
        self.before_batch = before, self.writes

    @precondition(lambda self: self.before_batch and self.before_batch[1] == self.writes)
    @rule(by=ADMINS)
    def undo_at_once(self, by: str) -> None:
        """All that was pending before is pending again."""
        assert self.before_batch
        (wanted, _), before = self.before_batch, self.see()
        newest = self.session.scalar(select(func.max(DraftBatch.id))) or 0
        done = self.attempt(lambda: undo.undo(self.session, newest, author=by))
        assert isinstance(done, Undone)
        assert not done.left_out
        after = self.see()
        assert after.rows == wanted.rows
        assert after.pending.changes == wanted.pending.changes
        self.become(before)

    @precondition(lambda self: self.before_batch)
    @rule(by=ADMINS, data=st.data())
    def undo_later(self, by: str, data: st.DataObject) -> None:
        self.session.rollback()
        batches = self.session.scalars(select(DraftBatch.id).order_by(DraftBatch.id)).all()
        batch, before = data.draw(st.sampled_from(batches)), self.see()
        done = self.attempt(lambda: undo.undo(self.session, batch, author=by))
        assert isinstance(done, Undone | NothingToDiscard | NothingToUndo)
        if isinstance(done, Undone):
            self.become(before)

    @precondition(lambda self: len(self.releases) > 1)
    @rule(by=ADMINS, data=st.data())
    def restore(self, by: str, data: st.DataObject) -> None:
        number = data.draw(st.integers(1, len(self.releases) - 1))
        before = self.see()
        token = history.restore_token(self.session, number)
        done = self.attempt(lambda: rollback.restore(self.session, number, token, author=by))
        is_same = before.rows == self.releases[number]
        assert isinstance(done, NothingToDiscard if is_same else DraftBatch)
        assert self.see().rows == self.releases[number]
        if not is_same:
            self.become(before)

    @precondition(lambda self: self.staying())
    @rule(by=ADMINS, data=st.data(), field=st.sampled_from(sorted(TYPED)))
    def discard_field(self, by: str, data: st.DataObject, field: str) -> None:
        form, before = self.form(data), self.see()
        done = self.attempt(
            lambda: rollback.discard_field(
                self.session, form.id, field, version=form.version, author=by
            )
        )
        if isinstance(done, CatalogueError):
            return
        live = {id: dict(zip(FIELDS, values, strict=True)) for id, *values in self.releases[-1][1:]}
        together = next(names for names in GROUPS if field in names)
        old = {name: live[form.id][name] for name in together}
        self.model.save(form.id, self.model.values[form.id] | old)
        assert self.see().rows == self.model.rows
        self.become(before)

    @invariant()
    def buyers_see_the_last_release(self) -> None:
        self.session.rollback()
        newest = self.session.scalar(select(func.max(Release.number))) or 0
        assert newest == len(self.releases) - 1
        release = live.live_release(self.session)
        cards = [
            (card.package_id, *(getattr(card.values, name) for name in FIELDS))
            for country in COUNTRIES
            for card in live.list_cards(self.session, release, country)
        ]
        settings = release.settings
        shown = settings.platform_name, settings.default_country, settings.intro_text
        assert [shown, *cards] == self.releases[-1]

    @invariant()
    def what_is_pending_is_the_difference(self) -> None:
        self.session.rollback()
        changes = pending_changes(self.session).changes
        found = {(c.kind.value, c.package_id, c.fields) for c in changes if c.kind != Kind.MOVED}
        moved = [c.package_id for c in changes if c.kind == Kind.MOVED]
        assert found == difference(self.releases[-1], self.model.rows)
        check_moves(self.releases[-1], self.model.rows, moved)
        for change in changes:
            if isinstance(change.after, PositionedPackage):
                assert change.after.position == self.model.place(change.after.id)

    @invariant()
    def positions_have_no_gaps(self) -> None:
        self.session.rollback()
        staying = select(CreditPackage).where(CreditPackage.removed_at.is_(None))
        for package in self.session.scalars(staying):
            assert position_of(self.session, package) == self.model.place(package.id)


def some_of(keys: list[str]) -> st.SearchStrategy[set[str] | None]:
    """Some of the keys; None for all."""
    some = st.sets(st.sampled_from(keys), min_size=1) if keys else st.none()
    return st.none() | some


@pytest.fixture(params=["sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Gives the URL of an empty database as often as it is asked."""
    if request.param == "sqlite":
        empty = request.getfixturevalue("migrated")
        return lambda: f"sqlite:///{shutil.copy(empty, tmp_path / 'scrip.db')}"
    url: str = request.getfixturevalue("postgres_url")
    reused: Reused = request.getfixturevalue("reused")

    def restored() -> str:
        reused.restore()
        return url

    return restored


def test_publishing_does_what_the_model_says(fresh: Callable[[], str]) -> None:
    machine = type("Machine", (Publishing,), {"fresh": staticmethod(fresh)})
    examples = 500 if settings.get_current_profile_name() == "soak" else 3
    with naming_seed() as chosen:
        run_state_machine_as_test(
            seed(chosen)(machine),
            settings=settings(
                max_examples=examples,
                stateful_step_count=25,
                deadline=None,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )

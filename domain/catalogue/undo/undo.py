"""Taking a discard, a restore or an undo back, as far as nobody changed the same again since."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select

from domain.catalogue.changes.merge import Values, merge
from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.drafts import lock_catalogue
from domain.catalogue.drafts.ordering import After, Before, Destination, Place, first_of
from domain.catalogue.drafts.revisions import PLACE
from domain.catalogue.errors import BatchNotFound, NothingToDiscard, NothingToUndo, TooOldToUndo
from domain.catalogue.models import CreditPackage, DraftBatch, DraftRevision
from domain.catalogue.undo.batches import UNDO_DAYS, write_as_batch
from domain.database import AnySession


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was not taken back: somebody changed the same since. `package` "" is the settings."""

    package: str
    author: str


@dataclass(frozen=True, slots=True)
class Undone:
    batch: DraftBatch
    left_out: tuple[LeftOut, ...]


def undo(session: AnySession, batch_id: int, *, author: str) -> Undone:
    lock_catalogue(session)
    batch = session.get(DraftBatch, batch_id)
    if batch is None:
        raise BatchNotFound
    if datetime.now(UTC) - batch.created_at > timedelta(days=UNDO_DAYS):
        raise TooOldToUndo(UNDO_DAYS)
    done = _revisions_of(session, batch)
    undoing = _Undoing(session, author, _revisions_since(session, batch, done))

    def reverse_all() -> None:
        for revision in done:
            undoing.reverse(revision)

    try:
        undone = write_as_batch(session, "undo", author, reverse_all)
    except NothingToDiscard:
        if undoing.left_out:
            raise NothingToUndo(undoing.left_out[0].author) from None
        raise
    return Undone(undone, tuple(dict.fromkeys(undoing.left_out)))


def _revisions_of(session: AnySession, batch: DraftBatch) -> Sequence[DraftRevision]:
    """Newest first: what was done last is taken back first."""
    within = DraftRevision.id.between(batch.first_id, batch.last_id)
    return session.scalars(
        select(DraftRevision).where(within).order_by(DraftRevision.id.desc())
    ).all()


def _revisions_since(
    session: AnySession, batch: DraftBatch, done: Sequence[DraftRevision]
) -> dict[int | None, list[DraftRevision]]:
    """What anybody wrote after the batch to what it wrote to, and to whom it moved things away
    from, by package (None: settings), newest first."""
    revision = DraftRevision
    ids = {r.package_id for r in done} | {r.old["behind"] for r in done if "behind" in r.old}
    newest_first = (
        select(revision)
        .where(
            revision.id > batch.last_id,
            or_(revision.package_id.in_(ids - {None}), revision.package_id.is_(None)),
        )
        .order_by(revision.id.desc())
    )
    found: dict[int | None, list[DraftRevision]] = defaultdict(list)
    for later in session.scalars(newest_first):
        found[later.package_id].append(later)
    return found


@dataclass
class _Undoing:
    """One undo under way; `since` holds what was written after the batch."""

    session: AnySession
    author: str
    since: dict[int | None, list[DraftRevision]]
    left_out: list[LeftOut] = field(default_factory=list)

    def reverse(self, revision: DraftRevision) -> None:
        if revision.package_id is None:
            settings = drafts.get_settings(self.session)
            values = self._put_back(settings.values, revision, "")
            drafts.edit_settings(self.session, values, version=settings.version, author=self.author)
            return
        package = drafts.get_package(self.session, revision.package_id)
        is_removed = package.removed_at is not None
        if revision.action in ("removed", "kept"):
            self._reverse_removal(package, was_removed=revision.action == "kept")
        elif is_removed:
            self._leave_out(package.name, self.since[package.id])
        elif revision.action == "moved":
            self._move_back(package, revision)
        elif revision.action == "edited":
            self._edit_back(package, revision)

    def _reverse_removal(self, package: CreditPackage, *, was_removed: bool) -> None:
        if (package.removed_at is not None) == was_removed:
            return
        write = drafts.remove_package if was_removed else drafts.keep_package
        write(self.session, package.id, version=package.version, author=self.author)

    def _move_back(self, package: CreditPackage, revision: DraftRevision) -> None:
        moved_since = self._moved_since(package.id)
        if moved_since:
            self._leave_out(package.name, moved_since)
            return
        to = self._old_place(package, revision)
        drafts.move_package(
            self.session, package.id, to, country=package.country, author=self.author
        )

    def _edit_back(self, package: CreditPackage, revision: DraftRevision) -> None:
        values = self._put_back(package.values, revision, package.name)
        is_back = values.country != package.country
        drafts.edit_package(
            self.session, package.id, values, version=package.version, author=self.author
        )
        if is_back and "position" in revision.old:
            to = self._old_place(package, revision)
            drafts.move_package(
                self.session, package.id, to, country=package.country, author=self.author
            )

    def _old_place(self, package: CreditPackage, revision: DraftRevision) -> Destination:
        """Behind whom it stood, removed or not, if nobody moved that one since; else the place."""
        behind = revision.old.get("behind")
        if behind == 0:
            return Before(first_of(self.session, package.country))
        if behind and not self._moved_since(behind):
            neighbour = drafts.get_package(self.session, behind)
            if neighbour.country == package.country:
                return After(behind)
        return Place(revision.old["position"])

    def _moved_since(self, package_id: int) -> list[DraftRevision]:
        return [
            later
            for later in self.since[package_id]
            if later.action == "moved" or "country" in later.new
        ]

    def _put_back(self, now: Values, revision: DraftRevision, name: str) -> Values:
        """`now` with what the revision changed taken back, where it is still as it left it."""
        later = [r for r in self.since[revision.package_id] if r.action == "edited"]
        left = _without(now, later)
        merged = merge(left, _without(left, [revision]), now)
        if merged.conflicts:
            fields = set(merged.conflicts)
            self._leave_out(name, [r for r in later if fields & r.new.keys()])
        theirs = {conflict: getattr(now, conflict) for conflict in merged.conflicts}
        return merged.values._replace(**theirs)

    def _leave_out(self, name: str, since: Sequence[DraftRevision]) -> None:
        author = since[0].author if since else self.author
        self.left_out.append(LeftOut(name, author))


def _without(values: Values, revisions: Sequence[DraftRevision]) -> Values:
    """The values as they were before these revisions, newest first."""
    for revision in revisions:
        fields = {k: v for k, v in revision.old.items() if k not in PLACE}
        values = values._replace(**fields)
    return values

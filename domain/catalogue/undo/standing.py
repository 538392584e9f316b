"""What is still done of what was written to an item: what an undo took back stands in nobody's way.

Otherwise an undo that was cut off would be in the way of the one that goes on, and undoing the
newest batch in the way of undoing the one before.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from domain.catalogue.drafts.revisions import PLACE
from domain.catalogue.models import DraftRevision

_OPPOSITES = {"moved": "moved", "edited": "edited", "kept": "removed", "removed": "kept"}


def still_done(revisions: Iterable[DraftRevision], undos: Collection[int]) -> list[DraftRevision]:
    """Of the revisions of one item, oldest first: those that no undo took back, and no undo that
    took something back. `undos` are the ids of revisions that an undo wrote."""
    standing: list[DraftRevision] = []
    before: DraftRevision | None = None
    for revision in revisions:
        if not (revision.id in undos and _take_back(standing, revision, before)):
            standing.append(revision)
        before = revision
    return standing


def _take_back(
    standing: list[DraftRevision], undo: DraftRevision, before: DraftRevision | None
) -> bool:
    """Whether the undo was about something that stands here; that is taken out."""
    if before and undo.action == "moved" and _changes_group(before):
        # To its place in the group that it came back to, which the edit before has counted for.
        return before not in standing
    opposite = _OPPOSITES.get(undo.action)
    found = next((r for r in reversed(standing) if r.action == opposite), None)
    if found is None or (undo.action == "edited" and not _mirrors(undo, found)):
        return False
    standing.remove(found)
    return True


def _changes_group(revision: DraftRevision) -> bool:
    return revision.action == "edited" and PLACE[0] in revision.old


def _mirrors(undo: DraftRevision, done: DraftRevision) -> bool:
    """An undo leaves out the fields that others changed since."""
    return _fields(done.old) == undo.new and done.new == _fields(undo.old)


def _fields(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in PLACE}

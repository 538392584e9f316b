"""Why the catalogue refuses something. Each text is a sentence for the admin."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.messages import message, message_by, plural_message

if TYPE_CHECKING:
    from domain.catalogue.changes.diff import ItemKey
    from domain.catalogue.models import Release
    from domain.catalogue.rules import Values


class CatalogueError(Exception):
    """The family; nothing was changed when one of these is raised."""


class NotFound(CatalogueError):
    """What was asked for does not exist."""


class PackageNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(message("This package does not exist."))


class InvalidValues(CatalogueError):
    """Values that a draft may not hold: a sentence for each field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class StaleVersion(CatalogueError):
    """Somebody saved the same draft after it was opened."""


class EditConflict(StaleVersion):
    """Somebody gave the same fields other values; `version` is that of what they saved.

    `merged` holds mine in those fields, and everywhere else what both did.
    """

    def __init__(
        self,
        fields: tuple[str, ...],
        author: str,
        version: int,
        merged: "Values",
    ) -> None:
        super().__init__(
            message("Not saved: %(author)s changed the same while you were editing.", author=author)
        )
        self.fields = fields
        self.author = author
        self.version = version
        self.merged = merged


class PackageRemoved(CatalogueError):
    def __init__(self, name: str) -> None:
        super().__init__(
            message(
                "%(name)s will be removed when you apply. Press Keep first, then try again.",
                name=name,
            )
        )


class PackageElsewhere(CatalogueError):
    def __init__(self, name: str) -> None:
        super().__init__(message("Not moved: %(name)s is sold in another country now.", name=name))


class ReleaseNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(message("This release does not exist."))


class BatchNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(message("There is nothing to undo."))


class LinkNotFound(NotFound):
    """Whether a link was never made, has expired or was revoked is nobody's business."""

    def __init__(self) -> None:
        super().__init__(
            message("This preview link does not work any more. Ask whoever sent it for a new one.")
        )


class TooManyLinks(CatalogueError):
    def __init__(self, most: int) -> None:
        super().__init__(
            message(
                "No link created: %(most)s work already, the most there can be. Revoke one first.",
                most=most,
            )
        )


class NothingToDiscard(CatalogueError):
    def __init__(self) -> None:
        super().__init__(message("Nothing was changed: the drafts are like that already."))


class NothingToUndo(CatalogueError):
    """All that could be taken back was changed by somebody since."""

    def __init__(self, author: str) -> None:
        you = message("Nothing was undone: you changed the same since.")
        super().__init__(
            message_by("Nothing was undone: %(author)s changed the same since.", you, author=author)
        )


class TooOldToUndo(CatalogueError):
    def __init__(self, days: int) -> None:
        super().__init__(message("Not undone: this is more than %(days)s days ago.", days=days))


class NothingPending(CatalogueError):
    def __init__(self) -> None:
        super().__init__(message("No pending changes. Everything is live."))


class NothingChosen(CatalogueError):
    def __init__(self) -> None:
        super().__init__(message("Nothing applied: select the changes that buyers are to see."))


class StaleReview(CatalogueError):
    """The pending changes are not those that the admin saw."""

    def __init__(self) -> None:
        super().__init__(
            message(
                "Nothing applied: the pending changes are no longer those you saw. "
                "Look at them again, then press Apply Changes."
            )
        )


class AlreadyApplied(CatalogueError):
    """Another press of Apply Changes came first."""

    def __init__(self, release: "Release") -> None:
        time, number = release.created_at, str(release.number)
        you = message(
            "Nothing more was applied: you applied release %(number)s already, %(time)s.",
            time=time,
            number=number,
        )
        super().__init__(
            message_by(
                "Nothing was applied: %(author)s applied release %(number)s before you, %(time)s.",
                you,
                author=release.author,
                time=time,
                number=number,
            )
        )
        self.release = release


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What an admin must have seen and agreed to; `key` names it in a form."""

    key: str
    text: str


class NeedsReview(CatalogueError):
    """These changes may go live only after a look at each of `missing`."""

    def __init__(self, missing: tuple[Acknowledgement, ...]) -> None:
        super().__init__(message("Not applied yet. Check what is marked below, or leave it out."))
        self.missing = missing


@dataclass(frozen=True)
class Blocker:
    """One reason why the drafts cannot go live; `name` is what tells the item from its like."""

    item: "ItemKey"
    name: str
    field: str
    message: str


class Blocked(CatalogueError):
    """The drafts as a whole are not fit to be published: every reason at once, one for each
    package concerned, though `count` tells each once."""

    def __init__(self, blockers: list[Blocker], count: int) -> None:
        super().__init__(
            plural_message(
                "Not applied: correct %(count)s error first",
                "Not applied: correct %(count)s errors first",
                count=count,
            )
        )
        self.blockers = blockers

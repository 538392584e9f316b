"""What was done to many drafts at once, in words: a discard, a restore, an undo."""

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _

from blueprints.publishing.descriptions import item_title
from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.models import DraftBatch
from domain.catalogue.undo.undo import LeftOut

MOST_NAMES = 4


def describe_batch(batch: DraftBatch) -> str:
    """What was done to many drafts at once: "ana@example.com discarded changes"."""
    match batch.action:
        case "discard":
            text = _("%(author)s discarded changes", author=batch.author)
        case "restore" if batch.release_number:  # those of long ago do not know it
            number = batch.release_number
            text = _(
                "%(author)s restored release %(number)s as drafts",
                author=batch.author,
                number=number,
            )
        case "restore":
            text = _("%(author)s restored a release as drafts", author=batch.author)
        case _undo:
            text = _("%(author)s undid a discard or a restore", author=batch.author)
    return str(text)


def describe_contents(contents: Sequence[tuple[ItemKey, str]]) -> str:
    """What a batch was about: "(Team, Pro and 3 more)"."""
    text = ", ".join(item_title(*content) for content in contents[:MOST_NAMES])
    more = len(contents) - MOST_NAMES
    if more > 0:
        text = _("%(names)s and %(count)s more", names=text, count=more)
    return f"({text})"


def describe_undo(left_out: Iterable[LeftOut]) -> str:
    """What an undo came to, with what it had to leave as others made it."""
    kept = [
        _(
            "%(name)s, which %(author)s changed since",
            name=item_title(left.item, left.name),
            author=left.author,
        )
        for left in left_out
    ]
    if not kept:
        return str(_("That was undone."))
    return str(
        _(
            "That was undone, except for %(kept)s. Look at what is pending now.",
            kept="; ".join(kept),
        )
    )

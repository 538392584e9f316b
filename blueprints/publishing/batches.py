"""What was done to many drafts at once, in words: a discard, a restore, an undo."""

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _

from blueprints.i18n import listed
from blueprints.people import display_names, sentence_about
from blueprints.publishing.descriptions import item_title
from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.models import DraftBatch
from domain.catalogue.undo.go_back import Replaced
from domain.catalogue.undo.undo import LeftOut

MOST_NAMES = 4


def describe_batch(batch: DraftBatch) -> str:
    """What was done to many drafts at once: "Ana discarded changes"."""
    match batch.action:
        case "discard":
            words = _("You discarded changes"), _("%(author)s discarded changes")
        case "restore" if batch.release_number:  # those of long ago do not know it
            words = (
                _("You restored release %(number)s as drafts"),
                _("%(author)s restored release %(number)s as drafts"),
            )
        case "restore":
            words = (
                _("You restored a release as drafts"),
                _("%(author)s restored a release as drafts"),
            )
        case _undo:
            words = (
                _("You undid a discard or a restore"),
                _("%(author)s undid a discard or a restore"),
            )
    return sentence_about(batch.author, *words, number=str(batch.release_number))


def describe_contents(contents: Sequence[tuple[ItemKey, str]]) -> str:
    """What a batch was about: "(Team, Pro and 3 more)"."""
    return f"({_list_titles(contents)})"


def describe_replaced(replaced: Sequence[Replaced]) -> str:
    """Whose drafts going back wrote over: "Drafts by Ana were replaced: Team."."""
    authors = {author for each in replaced for author in each.authors}
    items = list(dict.fromkeys((each.item, each.name) for each in replaced))
    return str(
        _(
            "Drafts by %(authors)s were replaced: %(names)s.",
            authors=listed(display_names(sorted(authors))),
            names=_list_titles(items),
        )
    )


def _list_titles(items: Sequence[tuple[ItemKey, str]]) -> str:
    text = ", ".join(item_title(*item) for item in items[:MOST_NAMES])
    more = len(items) - MOST_NAMES
    return str(_("%(names)s and %(count)s more", names=text, count=more)) if more > 0 else text


def describe_undo(left_out: Iterable[LeftOut]) -> str:
    """What an undo came to, with what it had to leave as others made it."""
    kept = [
        sentence_about(
            left.author,
            _("%(name)s, which you changed since"),
            _("%(name)s, which %(author)s changed since"),
            name=item_title(left.item, left.name),
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

"""What was done to many drafts at once, in words: prices changed, a discard, an undo."""

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _

from blueprints.i18n import listed
from blueprints.people import display_names, sentence_about
from blueprints.publishing.descriptions import item_title
from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.models import DraftBatch
from domain.catalogue.undo.batches import MOST_NAMES, Contents
from domain.catalogue.undo.go_back import Replaced
from domain.catalogue.undo.undo import LeftOut


def describe_batch(batch: DraftBatch) -> str:
    """What was done to many drafts at once: "Ana discarded changes"."""
    if batch.action == "restore":
        return _describe_restore(batch)
    words = {
        "discard": (_("You discarded changes"), _("%(author)s discarded changes")),
        "prices": (_("You changed prices"), _("%(author)s changed prices")),
        "credits": (_("You changed credits"), _("%(author)s changed credits")),
        "info": (_("You set short infos"), _("%(author)s set short infos")),
        "remove": (_("You removed packages"), _("%(author)s removed packages")),
        "keep": (_("You kept packages"), _("%(author)s kept packages")),
        "copy": (_("You copied packages"), _("%(author)s copied packages")),
        "import": (_("You imported a file"), _("%(author)s imported a file")),
        "undo": (_("You undid changes"), _("%(author)s undid changes")),
    }
    return sentence_about(batch.author, *words[batch.action])


def _describe_restore(batch: DraftBatch) -> str:
    if not batch.release_number:  # those of long ago do not know it
        to_author = _("You restored a release as drafts")
        return sentence_about(batch.author, to_author, _("%(author)s restored a release as drafts"))
    return sentence_about(
        batch.author,
        _("You restored release %(number)s as drafts"),
        _("%(author)s restored release %(number)s as drafts"),
        number=str(batch.release_number),
    )


def describe_contents(contents: Contents) -> str:
    """What a batch was about: "(Team, Pro and 3 more)"."""
    return f"({_list_titles(contents.first, contents.size)})"


def describe_replaced(replaced: Sequence[Replaced]) -> str:
    """Whose drafts going back wrote over: "Drafts by Ana were replaced: Team."."""
    authors = {author for each in replaced for author in each.authors}
    items = list(dict.fromkeys((each.item, each.name) for each in replaced))
    return str(
        _(
            "Drafts by %(authors)s were replaced: %(names)s.",
            authors=listed(display_names(sorted(authors))),
            names=_list_titles(items, len(items)),
        )
    )


def _list_titles(items: Sequence[tuple[ItemKey, str]], count: int) -> str:
    text = ", ".join(item_title(*item) for item in items[:MOST_NAMES])
    more = count - MOST_NAMES
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

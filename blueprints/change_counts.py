"""How many changes there are, in words."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints.people import whom
from blueprints.permissions import may
from domain.catalogue.changes.diff import Kind


def count_changes(number: int) -> str:
    return str(ngettext("%(count)s change", "%(count)s changes", number, count=number))


def count_pending(number: int) -> str:
    text = ngettext("%(count)s pending change", "%(count)s pending changes", number, count=number)
    return str(text)


def after_saving() -> str:
    """When buyers see a draft that was saved."""
    if may("packages.apply"):
        return str(_("Buyers see it when you apply."))
    return str(_("Buyers see it when a publisher applies."))


def describe_applied(number: int, unseen: Mapping[str, int]) -> str:
    """The message after Apply Changes: the release, and what colleagues drafted meanwhile."""
    text = _("Release %(number)s is live. Buyers see it now.", number=number)
    for author, count in sorted(unseen.items()):
        stays = ngettext(
            "%(count)s new change by %(author)s stays pending.",
            "%(count)s new changes by %(author)s stay pending.",
            count,
            count=count,
            author=whom(author),
        )
        text = f"{text} {stays}"
    return str(text)


def describe_discard(number: int) -> str:
    text = ngettext(
        "%(count)s change discarded.",
        "%(count)s changes discarded.",
        number,
        count=number,
    )
    return str(text)


def describe_pending(counts: Mapping[Kind, int]) -> str:
    """What is pending, by kind: "1 new, 2 edited, 1 moved"."""
    words = {
        Kind.ADDED: _("%(count)s new", count=counts.get(Kind.ADDED)),
        Kind.EDITED: _("%(count)s edited", count=counts.get(Kind.EDITED)),
        Kind.MOVED: _("%(count)s moved", count=counts.get(Kind.MOVED)),
        Kind.REMOVED: _("%(count)s removed", count=counts.get(Kind.REMOVED)),
    }
    return ", ".join(text for kind, text in words.items() if counts.get(kind))

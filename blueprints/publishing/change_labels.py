"""What every change of the review says: hundreds look it up once."""

from collections.abc import Callable

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints.i18n import translated
from blueprints.publishing.descriptions import STATES

Words = dict[str, str]


def change_labels() -> Words:
    """By name; those of a button with its package's name still hold %(name)s."""
    if "change_labels" not in g:
        g.change_labels = _of_changes()
    return g.change_labels  # type: ignore[no-any-return]


def _of_changes() -> Words:
    return {
        "was": _("was"),
        "now": _("now"),
        "empty": _("(empty)"),
        "edit_it": _("Edit %(name)s"),
        "discard": _("Discard"),
        "discard_it": _("Discard %(name)s, %(state)s"),
        "discard_field": _("Discard %(field)s of %(name)s"),
        "unseen": _("New since you looked"),
        "unseen_it": _("new since you looked"),
        **{state: translated(state) for state in STATES.values()},
    }


def counted(name: str) -> tuple[str, str]:
    """A text of the review for one and for several; a script writes their number for {count}."""
    text = COUNTED[name]
    return text(1, "1"), text(2, "{count}")


COUNTED: dict[str, Callable[[int, str], str]] = {
    "apply": lambda n, count: ngettext(
        "Apply %(count)s change", "Apply %(count)s changes", n, count=count
    ),
    "warnings": lambda n, count: ngettext(
        "Check %(count)s warning before applying",
        "Check %(count)s warnings before applying",
        n,
        count=count,
    ),
    "refused": lambda n, count: ngettext(
        "Not applied: check %(count)s warning first",
        "Not applied: check %(count)s warnings first",
        n,
        count=count,
    ),
    "shared": lambda n, count: ngettext(
        "I have checked this warning", "I have checked these %(count)s warnings", n, count=count
    ),
    "others": lambda n, count: ngettext(
        "I have checked the other warning",
        "I have checked the other %(count)s warnings",
        n,
        count=count,
    ),
    "to_check": lambda n, count: ngettext(
        "%(count)s warning to check", "%(count)s warnings to check", n, count=count
    ),
    "to_check_short": lambda n, count: ngettext(
        "%(count)s warning", "%(count)s warnings", n, count=count
    ),
}

"""What every change of the review says: hundreds look it up once."""

from flask import g
from flask_babel import gettext as _

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
        "edit": _("Edit"),
        "edit_it": _("Edit %(name)s"),
        "discard": _("Discard"),
        "discard_it": _("Discard %(name)s, %(state)s"),
        **{state: translated(state) for state in STATES.values()},
    }

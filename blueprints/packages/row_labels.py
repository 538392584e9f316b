"""What every row of the list says: hundreds look it up once."""

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints.i18n import translated
from blueprints.packages.rows import LIVE, STATE_WORDS

Words = dict[str, str]


def row_labels() -> Words:
    """By name; those of a button with its package's name still hold %(name)s."""
    if "row_labels" not in g:
        g.row_labels = _of_rows()
    return g.row_labels  # type: ignore[no-any-return]


def _of_rows() -> Words:
    return {
        "reorder": _("Reorder %(name)s, %(place)s of %(total)s"),
        "drag": _("Drag, or press the arrow keys"),
        "edit": _("Edit"),
        "edit_it": _("Edit %(name)s"),
        "duplicate": _("Duplicate"),
        "duplicate_it": _("Duplicate %(name)s"),
        "move": _("Move"),
        "move_it": _("Move %(name)s"),
        "remove": _("Remove"),
        "remove_it": _("Remove %(name)s"),
        "credit": ngettext("credit", "credits", 1),
        "credits": ngettext("credit", "credits", 2),
        **{state: translated(state) for state in (LIVE, *STATE_WORDS.values())},
    }

"""What every row of the list and every change of the review says: hundreds look it up once."""

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints.packages.rows import LIVE, STATE_WORDS
from blueprints.packages.wording import STATES
from blueprints.speech import translated

Words = dict[str, str]


def row_words() -> Words:
    """By name; those of a button with its package's name still hold %(name)s."""
    if "row_words" not in g:
        g.row_words = _of_rows()
    return g.row_words  # type: ignore[no-any-return]


def change_words() -> Words:
    """The same for changes."""
    if "change_words" not in g:
        g.change_words = _of_changes()
    return g.change_words  # type: ignore[no-any-return]


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

"""How saving many lines is answered: by the list, or by the lines that could not be saved."""

from collections.abc import Sequence

from flask import Response, url_for
from flask_babel import gettext as _

from blueprints import htmx
from blueprints.packages.bulk.shown_lines import ShownLine, mark_refused
from domain.catalogue.bulk.lines import Saved


def answer_saved(saved: Saved, message: str, countries: Sequence[str]) -> Response:
    """To the list, of the one country that was changed or of all, with one Undo."""
    if not saved.batch_id:
        message = str(_("Nothing was changed: the drafts are like that already."))
    country = countries[0] if len(countries) == 1 else None
    address = url_for("packages.index", country=country)
    return htmx.go_to(address, message, undo=saved.batch_id)


def refused_lines(saved: Saved, lines: Sequence[ShownLine]) -> list[ShownLine]:
    """The lines that were not saved, each with what is saved there now, to be looked at again."""
    by_key = {line.key: line for line in lines}
    found = []
    for refused in saved.refused:
        line = by_key[refused.line.key]
        mark_refused(line, refused)
        found.append(line)
    return found

"""The activity as a file."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from flask import Response, request

from blueprints.activity import bp
from blueprints.activity.filters import list_people, read_asked, write_object
from blueprints.activity.objects import Reference, refer_to
from blueprints.activity.words import describe, who_did
from blueprints.csv_files import Cell, csv_answer
from blueprints.period import read_period
from domain.activity.recording import Object
from domain.activity_list.lines import Line
from domain.activity_list.listing import iterate_activity
from domain.activity_list.selection import Selection
from extensions import db

# On the page they keep a name from mixing with the sentence; in a cell they are stray characters.
ISOLATES = dict.fromkeys(map(ord, "\u2068\u2069"))
HEADINGS = ("time", "person", "email", "kind", "object", "what", "address", "request_id")


@bp.get("/activity.csv")
def export() -> Response:
    """All lines that the filter selects, newest first, in the words of the page."""
    asked = read_asked(request.args, read_period(request.args), list_people())
    return csv_answer(f"activity-{datetime.now(UTC):%Y-%m-%d}.csv", _rows(asked.selection))


def _rows(selection: Selection) -> Iterator[Sequence[Cell]]:
    yield HEADINGS
    for lines in iterate_activity(db.session, selection):
        references = refer_to(lines)
        db.session.rollback()
        yield from (_row(line, references) for line in lines)


def _row(line: Line, references: Mapping[Object, Reference]) -> Sequence[Cell]:
    about = references[line.object].label if line.object else ""
    return (
        *(line.at, who_did(line), line.author, line.kind),
        write_object(line.object) if line.object else "",
        *(describe(line, about).translate(ISOLATES), line.address, line.request_id),
    )

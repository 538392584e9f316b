"""The list of what was done, and what part of it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, request

from blueprints.activity import bp, filters, words
from blueprints.activity.filters import Asked, Person, list_people, read_asked, read_edge
from blueprints.activity.objects import Reference, refer_to
from blueprints.period import describe_period, read_period
from domain.activity.recording import Object
from domain.activity_list.listing import Page, list_activity
from domain.catalogue.pending.pending import pending_changes
from extensions import db


@dataclass(frozen=True)
class Listing:
    """All that the list shows. Each line's object is in `references`, and that of the filter.
    `is_beyond`: another page than the first was asked for."""

    asked: Asked
    people: Sequence[Person]
    page: Page
    references: Mapping[Object, Reference]
    is_beyond: bool

    @property
    def query(self) -> dict[str, str]:
        return self.asked.query()

    @property
    def about(self) -> str:
        """What the object is called that all lines are about; "" without one."""
        about = self.asked.selection.object
        return self.references[about].label if about else ""


@bp.get("", endpoint="index")
def show_activity() -> str:
    return render_template(
        "activity/list.html",
        shown=build_listing(),
        filters=filters,
        words=words,
        describe_period=describe_period,
        pending=pending_changes(db.session),
    )


def build_listing() -> Listing:
    """As the address asks for it."""
    people = list_people()
    asked = read_asked(request.args, read_period(request.args), people)
    below, above = (read_edge(request.args.get(name, "")) for name in ("below", "above"))
    page = list_activity(db.session, asked.selection, below=below, above=above)
    about = asked.selection.object
    references = refer_to(page.lines, *([about] if about else []))
    return Listing(asked, people, page, references, is_beyond=bool(below or above))

"""Which packages of the list are meant: those that are ticked, or all that it could show."""

from dataclasses import replace

from flask import abort
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from blueprints.packages.filters import Filter, select_drafts
from blueprints.pages import number, sorted_countries
from domain.catalogue.drafts.listing import Placed, count_selected, list_all_drafts
from domain.catalogue.pending.pending import pending_changes
from domain.database import MOST_ID, AnySession
from domain.numbers import whole_number

MOST_PACKAGES = 2000
# Stands for all countries that the list shows, where it is asked for whole.
EVERYWHERE = "all"


def read_selected(session: AnySession, asked: MultiDict[str, str]) -> list[Placed]:
    """The packages of a request, by country in listing order: those that the filter shows in
    `scope`, a country or everywhere, else the ticked ones (`package`)."""
    filter, scope = Filter.read(asked.to_dict()), asked.get("scope", "")
    if scope:
        country = Filter.read({"country": scope}).country
        if not country and scope != EVERYWHERE:
            abort(422, _("Choose a country from the list."))
        return _read(session, replace(filter, country=country))
    ids = [whole_number(text, MOST_ID) for text in asked.getlist("package")]
    return _read(session, Filter(show=filter.show), {id for id in ids if id})


def _read(session: AnySession, filter: Filter, ids: set[int] | None = None) -> list[Placed]:
    selection = select_drafts(session, filter, pending_changes(session))
    if ids is not None:
        selection = replace(selection, ids=ids)
    counts, _currencies = count_selected(session, selection, filter.country)
    refuse_too_many(sum(count.shown for count in counts.values()))
    found = list_all_drafts(session, sorted_countries(counts), selection)
    return [placed for drafts in found.values() for placed in drafts]


def refuse_too_many(count: int) -> None:
    if count > MOST_PACKAGES:
        most = number(MOST_PACKAGES)
        abort(422, _("Select at most %(most)s packages, or use Export and Import.", most=most))

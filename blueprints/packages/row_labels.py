"""What every row of the list says: hundreds look it up once."""

from collections.abc import Iterator, Mapping

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints.i18n import translated
from blueprints.packages.rows import LIVE, STATES, Row
from blueprints.pages import country_name, number, price
from blueprints.people import is_reader
from domain.catalogue.changes.diff import Change, Kind
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.authorship import Authorship

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
        "select": _("Select %(name)s"),
        "edit": _("Edit"),
        "edit_it": _("Edit %(name)s"),
        "more": _("More for %(name)s"),
        "was": _("was"),
        "now": _("now"),
        "each": _("%(price)s each"),
        "came_from": _("from %(country)s"),
        "gone": _("Removed, not on sale"),
        "credit": ngettext("credit", "credits", 1),
        "credits": ngettext("credit", "credits", 2),
        **{state: translated(state) for state in (LIVE, *STATES.values())},
    }


def row_discards(
    row: Row, authorship: Mapping[str, Authorship]
) -> Iterator[tuple[Change, str, list[str]]]:
    """The pending edit and move of a package, each with what discarding it is called, and the
    colleagues whose work that throws away."""
    for change in row.changes:
        known = authorship.get(change.key)
        others = [author for author in known.authors if not is_reader(author)] if known else []
        if change.kind == Kind.MOVED:
            yield change, _("Discard the move"), others
        elif change.kind == Kind.EDITED and change.before and change.after:
            old = _in_short(change, change.before.values)
            new = _in_short(change, change.after.values)
            yield change, _("Discard %(old)s → %(new)s", old=old, new=new), others


def _in_short(change: Change, values: PackageValues) -> str:
    """The first field that an edit changed, as its row shows it."""
    match change.fields[0]:
        case _ if {"price_minor", "currency"} & {*change.fields}:
            return price(values.price_minor, values.currency)
        case "credits":
            return number(values.credits)
        case "country":
            return country_name(values.country)
        case field:
            return str(getattr(values, field))

"""Changes in plain words: field by field, old and new."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from flask import url_for
from flask_babel import gettext as _

from blueprints.i18n import translated
from blueprints.pages import (
    country_name,
    number,
    price,
    sorted_countries,
    tax_line,
    unit_price,
)
from domain.catalogue.changes.diff import Change, ItemKey, ItemState, Kind, reverse
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.markets.rules import TAX_FIELDS, MarketValues
from domain.catalogue.packages.rules import PACKAGE_FIELDS, PackageValues
from domain.catalogue.rules import Values
from domain.languages import LANGUAGES
from domain.messages import Message, message

LABELS = {
    "name": message("Package Name"),
    "credits": message("Credits"),
    "price_minor": message("Price"),
    "currency": message("Package Currency"),
    "country": message("Package Country"),
    "short_info": message("Short Info"),
    "platform_name": message("Platform Name"),
    "default_country": message("Default Country"),
    "main_language": message("Main Language"),
    "time_zone": message("Time Zone"),
    "intro": message("Intro Text"),
    "tax": message("Tax"),
    "note": message("Note"),
}
PRICE_FIELDS = frozenset({"price_minor", "credits", "currency"})
STATES = {
    Kind.ADDED: message("New"),
    Kind.EDITED: message("Edited"),
    Kind.MOVED: message("Moved"),
    Kind.REMOVED: message("Removed"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is different; a side that does not exist is None, an empty text is ""."""

    label: str
    old: str | None
    new: str | None
    field: str = ""


@dataclass(frozen=True, slots=True)
class DescribedChange:
    """A change as the pages show it; `outcome` says what the lines leave unsaid."""

    change: Change
    name: str
    lines: Sequence[Line]
    outcome: str = ""

    @property
    def state(self) -> Message:
        return STATES[self.change.kind]

    @property
    def discardable(self) -> Sequence[Line]:
        """The fields of an edited package, when there are several to choose from.

        A currency goes with its amount.
        """
        lines = [line for line in self.lines if line.field not in ("", "currency")]
        return lines if self.change.kind == Kind.EDITED and len(lines) > 1 else []


@dataclass(frozen=True, slots=True)
class Group:
    """The changes of one country, or ("") of what is about all."""

    country: str
    changes: list[DescribedChange] = field(default_factory=list)

    @property
    def title(self) -> str:
        return country_name(self.country) if self.country else str(_("Settings"))

    @property
    def moves(self) -> int:
        return sum(described.change.kind == Kind.MOVED for described in self.changes)


def item_title(item: ItemKey, name: str) -> str:
    """What an item is called on a page; `name` tells it from its like."""
    match item.type:
        case "settings":
            return str(_("Settings"))
        case "market":
            return str(_("Market of %(country)s", country=country_name(name)))
        case _package:
            return name


def edit_address(item: ItemKey, name: str) -> str:
    """Where an item is edited; `name` tells it from its like."""
    match item.type:
        case "settings":
            return url_for("settings.index")
        case "market":
            return url_for("markets.edit", country=name)
        case _package:
            return url_for("packages.edit", package_id=item.id)


def describe(change: Change) -> DescribedChange:
    name = ITEM_TYPES[change.item.type].name_of(change.state)
    match change.kind:
        case Kind.MOVED:
            lines = [_move_line(change.before, change.after)]
        case Kind.EDITED:
            lines = _edit_lines(change)
        case _:
            lines = _whole_lines(change)
    return DescribedChange(change, item_title(change.item, name), lines)


def describe_discard_of(change: Change) -> DescribedChange:
    """A pending change, and what its package becomes without it."""
    outcome = ""
    if change.kind == Kind.ADDED:
        outcome = _("It is removed. Buyers do not see it.")
    elif change.kind == Kind.REMOVED:
        outcome = _("It stays, as buyers see it.")
    return replace(describe(change), lines=describe(reverse(change)).lines, outcome=outcome)


def group_changes(
    changes: Iterable[Change], describe: Callable[[Change], DescribedChange] = describe
) -> list[Group]:
    """The changes in words: what is about all first, then country by country."""
    groups: dict[str, Group] = {}
    for change in changes:
        country = change.state.group
        groups.setdefault(country, Group(country)).changes.append(describe(change))
    in_order = ["", *sorted_countries(groups.keys() - {""})]
    return [groups[country] for country in in_order if country in groups]


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th."""
    is_teen = number % 100 in (11, 12, 13)
    match 0 if is_teen else number % 10:
        case 1:
            text = _("%(number)sst", number=number)
        case 2:
            text = _("%(number)snd", number=number)
        case 3:
            text = _("%(number)srd", number=number)
        case _other:
            text = _("%(number)sth", number=number)
    return str(text)


def _label(field: str) -> str:
    """What the field is called; a text along with its language."""
    if field in LABELS:
        return translated(LABELS[field])
    text, _underscore, code = field.rpartition("_")
    return f"{translated(LABELS[text])} ({LANGUAGES[code]})"


def _values(side: ItemState | None) -> Values:
    return side.values if side else None


def _edit_lines(change: Change) -> list[Line]:
    old, new = _values(change.before), _values(change.after)
    lines = [
        Line(_label(field), _format_field(field, old), _format_field(field, new), field)
        for field in _fields_shown(change.fields)
    ]
    if "country" in change.fields:
        lines.append(_place_line(change.before, change.after))
    priced = [n for n, line in enumerate(lines, start=1) if line.field in PRICE_FIELDS]
    before, after = _unit(old), _unit(new)
    if priced and before != after:
        lines.insert(priced[-1], Line(_("Price per credit"), before, after))
    return lines


def _fields_shown(fields: Sequence[str]) -> Sequence[str]:
    if "currency" in fields and "price_minor" not in fields:
        # The same digits are another price now.
        return tuple(f for f in PACKAGE_FIELDS if f in (*fields, "price_minor"))
    if not set(TAX_FIELDS).isdisjoint(fields):
        return ("tax", *(field for field in fields if field not in TAX_FIELDS))
    return fields


def _whole_lines(change: Change) -> list[Line]:
    """Everything about a package that comes or goes."""
    old, new = _values(change.before), _values(change.after)
    fields = [f for f in ("credits", "price_minor") if old or new]
    lines = [Line(_label(f), _format_field(f, old), _format_field(f, new)) for f in fields]
    if _unit(old) or _unit(new):
        lines.append(Line(_("Price per credit"), _unit(old), _unit(new)))
    lines.append(_place_line(change.before, change.after))
    info = Line(
        _label("short_info"), _format_field("short_info", old), _format_field("short_info", new)
    )
    return [*lines, info] if info.old or info.new else lines


def _place_line(before: ItemState | None, after: ItemState | None) -> Line:
    old, new = (ordinal(side.position) if side else None for side in (before, after))
    return Line(_("Listing Order"), old, new)


def _move_line(before: ItemState | None, after: ItemState | None) -> Line:
    line = _place_line(before, after)
    if line.old != line.new:
        return line
    still = _("Still %(place)s, with others moved past it", place=line.new)
    return Line(line.label, None, still)


def _format_field(name: str, values: Values) -> str | None:
    """A field as the admin reads it."""
    match values:
        case None:
            return None
        case PackageValues() if name == "price_minor":
            return price(values.price_minor, values.currency)
        case PackageValues() if name == "credits":
            return number(values.credits)
        case MarketValues() if name == "tax":
            return tax_line(values) or str(_("Nothing is said"))
    text = str(getattr(values, name))
    if name in ("country", "default_country"):
        return country_name(text)
    return LANGUAGES.get(text, text) if name == "main_language" else text


def _unit(values: Values) -> str | None:
    if not isinstance(values, PackageValues):
        return None
    return unit_price(values.price_minor, values.credits, values.currency) or str(_("Free"))

"""Changes in plain words: field by field, old and new."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints.buying import describe_buying
from blueprints.field_labels import LABELS, field_label
from blueprints.i18n import translated
from blueprints.pages import (
    country_name,
    number,
    percent_change,
    price,
    sorted_countries,
    tax_line,
    unit_price,
)
from domain import money
from domain.catalogue.changes.diff import Change, ItemKey, ItemState, Kind, reverse
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.markets.rules import TAX_FIELDS, MarketValues
from domain.catalogue.packages.rules import PACKAGE_FIELDS, PackageValues
from domain.catalogue.rules import Values
from domain.catalogue.settings.rules import BUYING_FIELDS
from domain.languages import LANGUAGES
from domain.messages import Message, message

PRICE_FIELDS = frozenset({"price_minor", "credits", "currency"})
STATES = {
    Kind.ADDED: message("New"),
    Kind.EDITED: message("Edited"),
    Kind.MOVED: message("Moved"),
    Kind.REMOVED: message("Removed"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is different; a side that does not exist is None, an empty text is "".

    `more` goes with the new side, `percent` is how much a price goes up or down, and of what
    decides it the prices per credit are told.
    """

    label: str
    old: str | None
    new: str | None
    field: str = ""
    more: str = ""
    percent: str = ""
    old_unit: str = ""
    new_unit: str = ""


@dataclass(frozen=True, slots=True)
class DescribedChange:
    """A change as the pages show it."""

    change: Change
    name: str
    lines: Sequence[Line]

    @property
    def state(self) -> Message:
        return STATES[self.change.kind]

    @property
    def discardable(self) -> Sequence[Line]:
        """The fields of an edit, when there are several to choose from.

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
    """A pending change, and what its item becomes without it."""
    return replace(describe(change), lines=describe(reverse(change)).lines)


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


def _values(side: ItemState | None) -> Values:
    return side.values if side else None


def _edit_lines(change: Change) -> list[Line]:
    old, new = _values(change.before), _values(change.after)
    lines = [
        Line(field_label(field), _format_field(field, old), _format_field(field, new), field)
        for field in _fields_shown(change.fields)
    ]
    priced = [n for n, line in enumerate(lines) if line.field in PRICE_FIELDS]
    if priced and isinstance(old, PackageValues) and isinstance(new, PackageValues):
        n = next((n for n in priced if lines[n].field == "price_minor"), priced[-1])
        lines[n] = _with_prices(lines[n], old, new)
    if "country" in change.fields:
        lines.append(_place_line(change.before, change.after))
    return lines


def _with_prices(line: Line, old: PackageValues, new: PackageValues) -> Line:
    """The line that tells what a credit costs."""
    before, after = _unit(old), _unit(new)
    is_same_coin = old.currency == new.currency and line.field == "price_minor"
    return replace(
        line,
        percent=percent_change(old.price_minor, new.price_minor) if is_same_coin else "",
        old_unit=before if before != after else "",
        new_unit=after,
    )


def _fields_shown(fields: Sequence[str]) -> Sequence[str]:
    if "currency" in fields and "price_minor" not in fields:
        # The same digits are another price now.
        return tuple(f for f in PACKAGE_FIELDS if f in (*fields, "price_minor"))
    for together in (TAX_FIELDS, BUYING_FIELDS):
        if not set(together).isdisjoint(fields):
            return (together[0], *(field for field in fields if field not in together))
    return fields


def _whole_lines(change: Change) -> list[Line]:
    """A package that comes or goes."""
    old, new = _offer(_values(change.before)), _offer(_values(change.after))
    label, values = translated(STATES[change.kind]), change.state.values
    if not change.after or not isinstance(values, PackageValues):
        return [Line(label, old, new)]
    more = ", ".join(text for text in (ordinal(change.after.position), values.short_info) if text)
    return [Line(label, old, new, more=more, new_unit=_unit(values))]


def _offer(values: Values) -> str | None:
    """What a package is: "60 credits, €9.90"."""
    if not isinstance(values, PackageValues):
        return None
    return f"{count_credits(values.credits)}, {price(values.price_minor, values.currency)}"


def count_credits(credits: int) -> str:
    text = ngettext("%(count)s credit", "%(count)s credits", credits, count=number(credits))
    return str(text)


def _place_line(before: ItemState | None, after: ItemState | None) -> Line:
    old, new = (ordinal(side.position) if side else None for side in (before, after))
    return Line(translated(LABELS["position"]), old, new)


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
    return _format_setting(name, values)


def _format_setting(name: str, values: Values) -> str:
    text = str(getattr(values, name))
    if name == "buying":
        return describe_buying(values.buying, values.buying_link)
    if name in ("country", "default_country"):
        return country_name(text)
    return LANGUAGES.get(text, text) if name == "main_language" else text


def _unit(values: PackageValues) -> str:
    """What one credit costs, or the fewest that cost a whole coin; "" when it is free."""
    if not values.price_minor:
        return ""
    unit = money.unit_price(values.price_minor, values.credits)
    if unit.per > 1:
        return unit_price(values.price_minor, values.credits, values.currency)
    return price(unit.minor, values.currency)

"""Changes in plain words: field by field, old and new."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from flask_babel import gettext as _

from blueprints.i18n import translated
from blueprints.pages import country_name, number, price, sorted_countries, unit_price
from domain.catalogue.changes.diff import Change, Kind, PositionedPackage, reverse
from domain.catalogue.rules import PACKAGE_FIELDS, PackageValues, SettingsValues
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
    "intro_text": message("Intro Text"),
}
PRICE_FIELDS = frozenset({"price_minor", "credits", "currency"})
STATES = {
    Kind.SETTINGS: message("Edited"),
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
    """The changes of one country, or ("") of the settings."""

    country: str
    changes: list[DescribedChange] = field(default_factory=list)

    @property
    def title(self) -> str:
        return country_name(self.country) if self.country else str(_("Settings"))

    @property
    def moves(self) -> int:
        return sum(described.change.kind == Kind.MOVED for described in self.changes)


def describe(change: Change) -> DescribedChange:
    side = change.after or change.before
    if not isinstance(side, PositionedPackage):
        return DescribedChange(change, str(_("Settings")), _edit_lines(change))
    match change.kind:
        case Kind.MOVED:
            lines = [_move_line(change.before, change.after)]
        case Kind.EDITED:
            lines = _edit_lines(change)
        case _:
            lines = _whole_lines(change)
    return DescribedChange(change, side.values.name, lines)


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
    """The changes in words: the settings first, then country by country."""
    groups: dict[str, Group] = {}
    for change in changes:
        country = _country(change)
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
    return translated(LABELS[field])


def _country(change: Change) -> str:
    side = change.after or change.before
    return side.values.country if isinstance(side, PositionedPackage) else ""


def _values(side: object) -> object:
    return side.values if isinstance(side, PositionedPackage) else side


def _edit_lines(change: Change) -> list[Line]:
    old, new = _values(change.before), _values(change.after)
    fields = change.fields
    if "currency" in fields and "price_minor" not in fields:
        # The same digits are another price now.
        fields = tuple(f for f in PACKAGE_FIELDS if f in (*fields, "price_minor"))
    lines = [Line(_label(f), _format_field(f, old), _format_field(f, new), f) for f in fields]
    if "country" in fields:
        lines.append(_place_line(change.before, change.after))
    priced = [n for n, line in enumerate(lines, start=1) if line.field in PRICE_FIELDS]
    before, after = _unit(old), _unit(new)
    if priced and before != after:
        lines.insert(priced[-1], Line(_("Price per credit"), before, after))
    return lines


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


def _place_line(before: object, after: object) -> Line:
    old, new = (
        ordinal(side.position) if isinstance(side, PositionedPackage) else None
        for side in (before, after)
    )
    return Line(_("Listing Order"), old, new)


def _move_line(before: object, after: object) -> Line:
    line = _place_line(before, after)
    if line.old != line.new:
        return line
    still = _("Still %(place)s, with others moved past it", place=line.new)
    return Line(line.label, None, still)


def _format_field(name: str, values: object) -> str | None:
    """A field as the admin reads it."""
    match values:
        case None:
            return None
        case PackageValues() if name == "price_minor":
            return price(values.price_minor, values.currency)
        case PackageValues() if name == "credits":
            return number(values.credits)
        case PackageValues() | SettingsValues() if name in ("country", "default_country"):
            return country_name(getattr(values, name))
        case _:
            return str(getattr(values, name))


def _unit(values: object) -> str | None:
    if not isinstance(values, PackageValues):
        return None
    return unit_price(values.price_minor, values.credits, values.currency) or str(_("Free"))

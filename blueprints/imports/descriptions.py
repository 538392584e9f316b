"""What a line of a file changes, in words."""

from typing import NamedTuple

from flask_babel import gettext as _

from blueprints.pages import country_name, number, percent_change, price
from blueprints.people import display_name
from domain.catalogue.imports.comparing import Compared, Outcome
from domain.catalogue.packages.rules import PackageValues


class FieldChange(NamedTuple):
    """A field, old and new; `old` is "" for what is new."""

    label: str
    old: str
    new: str
    percent: str = ""


class DescribedLine(NamedTuple):
    line: Compared
    name: str
    changes: list[FieldChange]
    clash: str


def outcome_names() -> dict[str, str]:
    return {
        Outcome.ADDED: _("Added"),
        Outcome.CHANGED: _("Changed"),
        Outcome.MOVED: _("Moved"),
        Outcome.REMOVED: _("Removed"),
        Outcome.SAME: _("Same"),
    }


def describe_line(line: Compared) -> DescribedLine:
    changes = _changes(line)
    if line.places:
        changes.append(FieldChange(str(_("Listing Order")), *map(number, line.places)))
    name = line.draft.values.name if line.draft else line.after.name
    return DescribedLine(line, name, changes, _clash(line))


def _changes(line: Compared) -> list[FieldChange]:
    old, new = line.draft.values if line.draft else None, line.after
    if line.outcome == Outcome.REMOVED:
        return []
    if old is None:
        return [FieldChange(label, "", text) for label, text in _fields(new) if text]
    pairs = zip(_fields(old), _fields(new), strict=True)
    changed = [FieldChange(label, was, now) for (label, was), (_label, now) in pairs if was != now]
    is_priced = old.currency == new.currency and old.price_minor != new.price_minor
    percent = percent_change(old.price_minor, new.price_minor) if is_priced else ""
    return [
        each._replace(percent=percent) if each.label == _("Price") else each for each in changed
    ]


def _fields(values: PackageValues) -> list[tuple[str, str]]:
    return [
        (_("Package Name"), values.name),
        (_("Credits"), number(values.credits)),
        (_("Price"), price(values.price_minor, values.currency)),
        (_("Package Country"), country_name(values.country)),
        (_("Short Info"), values.short_info),
    ]


def _clash(line: Compared) -> str:
    """What a colleague made of the same fields after the file was exported."""
    if not line.clash:
        return ""
    theirs = dict(_fields(line.clash.theirs))
    ours = dict(_fields(line.after))
    saved = ", ".join(text for label, text in theirs.items() if text != ours[label])
    return str(
        _(
            "%(author)s changed this to %(saved)s after the file was exported.",
            author=display_name(line.clash.author),
            saved=saved,
        )
    )

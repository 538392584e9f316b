"""What is said on a card of the preview about how it differs from the other side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from blueprints.packages.wording import LABELS, STATES, ordinal
from blueprints.pages import country_name
from catalogue.changes import Change, Kind, Listed


@dataclass(frozen=True, slots=True)
class Mark:
    """A change in a word, and what exactly is different."""

    state: str
    detail: str = ""


Marks = Mapping[int, list[Mark]]


def mark_drafted(changes: Iterable[Change]) -> Marks:
    """The marks of drafted packages, by package: new, edited, moved."""
    marks: dict[int, list[Mark]] = {}
    for change in changes:
        if change.package_id is not None and change.after:
            marks.setdefault(change.package_id, []).append(_drafted(change))
    return marks


def mark_live(changes: Iterable[Change]) -> Marks:
    """The marks of live packages that their country loses, by package."""
    marks: dict[int, list[Mark]] = {}
    for change in changes:
        if change.package_id is not None and change.kind == Kind.REMOVED:
            marks[change.package_id] = [Mark(STATES[Kind.REMOVED])]
        elif change.package_id is not None and "country" in change.fields:
            marks[change.package_id] = [_leaving(change)]
    return marks


def _drafted(change: Change) -> Mark:
    before, after = change.before, change.after
    if change.kind == Kind.MOVED and isinstance(before, Listed) and isinstance(after, Listed):
        detail = f"from {ordinal(before.position)} to {ordinal(after.position)}"
    else:
        detail = ", ".join(LABELS[name] for name in change.fields)
    return Mark(STATES[change.kind], detail)


def _leaving(change: Change) -> Mark:
    assert isinstance(change.after, Listed)  # noqa: S101 - a package with a new country
    label = LABELS["country"]
    return Mark(STATES[change.kind], f"{label} is {country_name(change.after.values.country)}")

"""What is said on a card of the preview about how it differs from the other side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from blueprints.i18n import translated
from blueprints.pages import country_name
from blueprints.publishing.descriptions import LABELS, STATES, ordinal
from domain.catalogue.changes.diff import Change, Kind, Listed


@dataclass(frozen=True, slots=True)
class Mark:
    """A change in a word, and what exactly is different; `state` is the word in the code."""

    state: str
    word: str
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
            marks[change.package_id] = [_mark(change)]
        elif change.package_id is not None and "country" in change.fields:
            marks[change.package_id] = [_leaving(change)]
    return marks


def _mark(change: Change, detail: str = "") -> Mark:
    state = STATES[change.kind]
    return Mark(state, translated(state), detail)


def _drafted(change: Change) -> Mark:
    before, after = change.before, change.after
    if change.kind == Kind.MOVED and isinstance(before, Listed) and isinstance(after, Listed):
        detail = _move_words(before.position, after.position)
    else:
        detail = ", ".join(translated(LABELS[name]) for name in change.fields)
    return _mark(change, detail)


def _move_words(before: int, after: int) -> str:
    if before == after:
        return str(_("still %(place)s, with others moved past it", place=ordinal(after)))
    return str(_("from %(old)s to %(new)s", old=ordinal(before), new=ordinal(after)))


def _leaving(change: Change) -> Mark:
    assert isinstance(change.after, Listed)  # noqa: S101 - a package with a new country
    country = country_name(change.after.values.country)
    return _mark(change, _("Package Country is %(country)s", country=country))

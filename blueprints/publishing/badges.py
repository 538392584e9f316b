"""The badges on a card of the preview: how it differs from the other side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from blueprints.i18n import translated
from blueprints.pages import country_name
from blueprints.publishing.descriptions import LABELS, STATES, ordinal
from domain.catalogue.changes.diff import Change, Kind
from domain.catalogue.packages.rules import PACKAGE_TYPE


@dataclass(frozen=True, slots=True)
class Badge:
    """A change in a word, and what exactly is different; `state` is the word in the code."""

    state: str
    word: str
    detail: str = ""


Badges = Mapping[int, list[Badge]]


def drafted_badges(changes: Iterable[Change]) -> Badges:
    """The badges of drafted packages, by package: new, edited, moved."""
    badges: dict[int, list[Badge]] = {}
    for change in changes:
        if change.item.type == PACKAGE_TYPE and change.after:
            badges.setdefault(change.item.id, []).append(_drafted(change))
    return badges


def live_badges(changes: Iterable[Change]) -> Badges:
    """The badges of live packages that their country loses, by package."""
    badges: dict[int, list[Badge]] = {}
    for change in changes:
        if change.item.type == PACKAGE_TYPE and change.kind == Kind.REMOVED:
            badges[change.item.id] = [_badge(change)]
        elif change.item.type == PACKAGE_TYPE and "country" in change.fields:
            badges[change.item.id] = [_leaving(change)]
    return badges


def _badge(change: Change, detail: str = "") -> Badge:
    state = STATES[change.kind]
    return Badge(state, translated(state), detail)


def _drafted(change: Change) -> Badge:
    before, after = change.before, change.after
    if change.kind == Kind.MOVED and before and after:
        detail = _describe_move(before.position, after.position)
    else:
        detail = ", ".join(translated(LABELS[name]) for name in change.fields)
    return _badge(change, detail)


def _describe_move(before: int, after: int) -> str:
    if before == after:
        return str(_("still %(place)s, with others moved past it", place=ordinal(after)))
    return str(_("from %(old)s to %(new)s", old=ordinal(before), new=ordinal(after)))


def _leaving(change: Change) -> Badge:
    country = country_name(change.state.group)
    return _badge(change, _("Package Country is %(country)s", country=country))

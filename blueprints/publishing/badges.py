"""The badges on a card of the preview: how it differs from the other side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from blueprints.i18n import translated
from blueprints.pages import country_name
from blueprints.publishing.descriptions import STATES, ordinal
from domain.catalogue.changes.diff import Change, Kind
from domain.catalogue.packages.rules import PACKAGE_TYPE
from domain.catalogue.preview.preview import BestValues
from domain.messages import message

# NOTE: These follow "Edited" on a card: "Edited  Name, price, badge". The first gets its capital
# letter by itself.
WORDS = {
    "name": message("name"),
    "credits": message("credits"),
    "price_minor": message("price"),
    "currency": message("currency"),
    "country": message("country"),
    "short_info": message("short info"),
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A change in a word, and what exactly is different; `state` is the word in the code."""

    state: str
    word: str
    detail: str = ""


Badges = Mapping[int, list[Badge]]


def draft_badges(changes: Iterable[Change], best: BestValues) -> Badges:
    """The badges of drafted packages, by package."""
    badges: dict[int, list[Badge]] = {}
    for change in _package_changes(changes):
        if change.after:
            badges.setdefault(change.item.id, []).append(_describe(change, best))
    _add_best_values(
        badges, best, _("Now best value"), _("No longer best value"), edited=_edited(changes)
    )
    return badges


def live_badges(changes: Iterable[Change], best: BestValues) -> Badges:
    """The badges of live packages, by package."""
    badges: dict[int, list[Badge]] = {}
    for change in _package_changes(changes):
        if change.before:
            is_leaving = change.after and "country" in change.fields
            badge = _leaving(change) if is_leaving else _describe(change, best)
            badges.setdefault(change.item.id, []).append(badge)
    _add_best_values(
        badges, best, _("Becomes best value"), _("Loses best value"), edited=_edited(changes)
    )
    return badges


def _package_changes(changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if change.item.type == PACKAGE_TYPE]


def _edited(changes: Iterable[Change]) -> set[int]:
    return {change.item.id for change in _package_changes(changes) if change.kind == Kind.EDITED}


def _add_best_values(
    badges: dict[int, list[Badge]], best: BestValues, won: str, lost: str, *, edited: set[int]
) -> None:
    """Of edited ones that win it the list of what was edited says so."""
    for package_id in best.won - edited:
        badges.setdefault(package_id, []).append(Badge("Won", won))
    for package_id in best.lost:
        badges.setdefault(package_id, []).append(Badge("Lost", lost))


def _describe(change: Change, best: BestValues) -> Badge:
    before, after = change.before, change.after
    if change.kind == Kind.MOVED and before and after:
        return _badge(change, _describe_move(before.position, after.position))
    words = [translated(WORDS[name]) for name in change.fields]
    if change.kind == Kind.EDITED and change.item.id in best.won:
        words.append(_("badge"))
    return _badge(change, ", ".join(words))


def _describe_move(before: int, after: int) -> str:
    if before == after:
        return str(_("still %(place)s, with others moved past it", place=ordinal(after)))
    return f"{ordinal(before)} → {ordinal(after)}"


def _leaving(change: Change) -> Badge:
    country = country_name(change.state.group)
    return _badge(change, _("moves to %(country)s", country=country))


def _badge(change: Change, detail: str) -> Badge:
    state = STATES[change.kind]
    return Badge(state, translated(state), detail)

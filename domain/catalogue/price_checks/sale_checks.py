"""What cannot be bought once pending changes are live, where cards have buttons. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select

from domain.catalogue.changes.diff import Change
from domain.catalogue.packages.models import LivePackage, ReleasedPackage
from domain.catalogue.price_checks.findings import PRICED_FIELDS, Finding, Priced
from domain.catalogue.settings.rules import Buying, SettingsValues
from domain.catalogue.storefront.live import live_release
from domain.database import AnySession
from domain.messages import Message, message

NO_BUTTON = message("Free for buyers, so its card has no button to buy.")

_RELEASED = ReleasedPackage.__table__.c
_FREE = (
    select(_RELEASED.item_id, *(_RELEASED[name] for name in PRICED_FIELDS))
    .join(LivePackage.__table__, LivePackage.__table__.c.released_id == _RELEASED.id)
    .where(_RELEASED.price_minor == 0)
)


def find_free(
    session: AnySession, picked: Sequence[Change], known: Mapping[int, Priced]
) -> dict[int, Priced]:
    """All packages that cost nothing, when the picked changes bring buttons to the cards; `known`
    are those of some countries, as they will be."""
    change = _find_settings(picked)
    if not change or not change.before or change.before.values.buying != Buying.NOWHERE:
        return {}
    countries = {package.country for package in known.values()}
    rows = session.execute(_FREE.where(_RELEASED.country.not_in(countries))).all()
    live = (Priced._make((*row, 0)) for row in rows)
    return {each.id: each for each in (*known.values(), *live) if not each.price_minor}


def buying_after(session: AnySession, picked: Sequence[Change]) -> str:
    """How packages are bought once the picked changes are live."""
    change = _find_settings(picked)
    after = change.after if change else None
    return str((after.values if after else live_release(session).settings).buying)


def name_missing_buttons(
    findings: Sequence[Finding], free: Mapping[int, Priced], picked: Sequence[Change]
) -> list[Finding]:
    """The same findings, where packages are bought; what was free before stands by the settings."""
    said = [replace(f, message=NO_BUTTON) if f.rule == "free" else f for f in findings]
    known = {item for finding in said if finding.rule == "free" for item in finding.items}
    change = _find_settings(picked)
    return said + [
        Finding("free", False, _no_button(package), package.country, (package.item, change.item))
        for package in free.values()
        if change and package.item not in known
    ]


def _no_button(package: Priced) -> Message:
    return message("%(name)s is free, so its card gets no button to buy.", name=package.name)


def _find_settings(picked: Sequence[Change]) -> Change | None:
    """The change of the settings among these, if there is one."""
    return next(
        (each for each in picked if each.after and isinstance(each.after.values, SettingsValues)),
        None,
    )

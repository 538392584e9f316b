"""What is odd in the prices once pending changes are live. Reads only."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any, NamedTuple

from sqlalchemy import Select, String, bindparam, select

from domain.catalogue.changes.diff import Change, ItemKey
from domain.catalogue.changes.subset import apply_subset
from domain.catalogue.packages.models import CreditPackage, LivePackage, ReleasedPackage
from domain.catalogue.packages.rules import (
    PACKAGE_TYPE,
    PackageValues,
    PriceRule,
    take_all,
)
from domain.catalogue.pending.pending import Pending
from domain.catalogue.price_checks.country_checks import affects_prices, check_prices
from domain.catalogue.price_checks.findings import (
    PRICED_FIELDS,
    Finding,
    Priced,
    priced,
    sort_findings,
)
from domain.catalogue.price_checks.refused_prices import find_refused, refused_prices
from domain.catalogue.price_checks.sale_checks import (
    buying_after,
    find_free,
    name_missing_buttons,
)
from domain.catalogue.releases.history import drafted_items, live_items
from domain.catalogue.settings.rules import Buying
from domain.database import AnySession, portions

_DRAFT, _RELEASED, _LIVE = (
    table.__table__.c for table in (CreditPackage, ReleasedPackage, LivePackage)
)
_IN_COUNTRIES = bindparam("countries", type_=String, expanding=True)
_DRAFTED_PRICES = (
    select(_DRAFT.id, *(_DRAFT[name] for name in PRICED_FIELDS))
    .where(_DRAFT.removed_at.is_(None), _DRAFT.country.in_(_IN_COUNTRIES))
    .order_by(_DRAFT.country, _DRAFT.rank, _DRAFT.id)
)
# With those that are removed.
_ALL_DRAFTS = (
    select(_DRAFT.id, _DRAFT.removed_at, *(_DRAFT[name] for name in PRICED_FIELDS))
    .where(_DRAFT.country.in_(_IN_COUNTRIES))
    .order_by(_DRAFT.country, _DRAFT.rank, _DRAFT.id)
)
_LIVE_PACKAGES = (
    select(_LIVE.item_id, *(_RELEASED[name] for name in PRICED_FIELDS))
    .select_from(LivePackage.__table__)
    .join(ReleasedPackage.__table__, _RELEASED.id == _LIVE.released_id)
)
_LIVE_PRICES = _LIVE_PACKAGES.where(_LIVE.country.in_(_IN_COUNTRIES)).order_by(
    _LIVE.country, _LIVE.rank
)


def check_pending_prices(
    session: AnySession, pending: Pending, picked: Sequence[Change], rule: PriceRule = take_all
) -> tuple[list[Finding], dict[ItemKey, Priced]]:
    """What is odd or refused by the rule once the picked changes are live, and the packages
    concerned."""
    touched = {group for change in picked if affects_prices(change) for group in change.groups}
    sides = [change.before for change in picked]
    before = priced(side for side in sides if side and side.group in touched)
    after = _with_picked(session, pending, picked, touched)
    findings = check_prices(before, after, partial(_read, session, _LIVE_PRICES))
    if buying_after(session, picked) != Buying.NOWHERE:
        free = find_free(session, picked, after)
        after |= free
        findings = sort_findings(name_missing_buttons(findings, free, picked))
    findings = [*find_refused(session, picked, rule), *findings]
    items = {item for found in findings for item in found.items if item.type == PACKAGE_TYPE}
    return findings, {item: after[item.id] for item in items}


class Foreseen(NamedTuple):
    """A finding that concerns a package; `about` names the other package that it is about, if it is
    about another one."""

    finding: Finding
    about: str = ""


def foresee(
    session: AnySession,
    becoming: Mapping[int, PackageValues | None],
    rule: PriceRule = take_all,
) -> dict[int, list[Foreseen]]:
    """What the review will say about these packages once they have such values and everything else
    is as it is drafted: by id, errors first. None: removed; ids below 0: new ones. Packages are
    bought as they are now, whatever is pending in the settings."""
    countries = {values.country for values in becoming.values() if values}
    after = _read_becoming(session, becoming, countries)
    live = partial(_read, session, _LIVE_PRICES)
    before = {id: each for id, each in live(countries).items() if id in after}
    before |= _read_live(session, (becoming.keys() & after.keys()) - before.keys())
    findings = check_prices(before, after, live)
    buying = buying_after(session, ())
    if buying != Buying.NOWHERE:
        findings = name_missing_buttons(findings, {}, ())
    if buying == Buying.HERE:
        new = (after[id] for id in becoming if id in after)
        changed = (each for each in new if _brings_price(before.get(each.id), each))
        findings = [*refused_prices(changed, rule), *findings]
    return _by_package(findings, becoming, after)


def _by_package(
    findings: Iterable[Finding], ids: Container[int], packages: Mapping[int, Priced]
) -> dict[int, list[Foreseen]]:
    found: dict[int, list[Foreseen]] = {}
    for finding in findings:
        for item in finding.items:
            if item.type == PACKAGE_TYPE and item.id in ids:
                subject = finding.items[0]
                about = "" if item == subject else packages[subject.id].name
                found.setdefault(item.id, []).append(Foreseen(finding, about))
    return found


def _brings_price(before: Priced | None, after: Priced) -> bool:
    return before is None or before.price != after.price


def _read_becoming(
    session: AnySession, becoming: Mapping[int, PackageValues | None], countries: Collection[str]
) -> dict[int, Priced]:
    """The packages of these countries in order as they become: one that is kept comes back in its
    place, a new one is the last."""
    found: dict[int, Priced] = {}
    rows = session.execute(_ALL_DRAFTS, {"countries": list(countries)}).all() if countries else ()
    for id, removed_at, *fields in rows:
        drafted, values = Priced._make((id, *fields, 0)), becoming.get(id)
        if values and values.country == drafted.country:
            found[id] = _as_priced(id, values)
        elif id not in becoming and removed_at is None:
            found[id] = drafted
    others = {id: values for id, values in becoming.items() if values and id not in found}
    return found | {id: _as_priced(id, values) for id, values in others.items()}


def _read_live(session: AnySession, ids: Collection[int]) -> dict[int, Priced]:
    """Those of these packages that are live, wherever that is."""
    rows = (
        session.execute(_LIVE_PACKAGES.where(_LIVE.item_id.in_(some))).all()
        for some in portions(id for id in ids if id > 0)
    )
    return {id: Priced._make((id, *rest, 0)) for some in rows for id, *rest in some}


def _as_priced(id: int, values: PackageValues) -> Priced:
    return Priced._make((id, *(getattr(values, name) for name in PRICED_FIELDS), 0))


def _read(
    session: AnySession, prices: Select[Any], countries: Collection[str]
) -> dict[int, Priced]:
    """The packages of these countries in order, with their places."""
    places: dict[str, Iterator[int]] = {country: count(1) for country in countries}
    rows = session.execute(prices, {"countries": list(countries)}).all() if countries else ()
    return {id: Priced._make((id, *rest, next(places[rest[-1]]))) for id, *rest in rows}


def _with_picked(
    session: AnySession, pending: Pending, picked: Sequence[Change], countries: Collection[str]
) -> dict[int, Priced]:
    """The packages of these countries with the picked changes."""
    if len(picked) == len(pending.changes):
        return _read(session, _DRAFTED_PRICES, countries)
    concerned = {group for change in pending.changes for group in change.groups}
    live, drafted = live_items(session, concerned), drafted_items(session, concerned)
    mixed = apply_subset(live, drafted, pending.changes, {change.key for change in picked})
    in_order = sorted(mixed.values(), key=lambda state: state.position)
    return priced(state for state in in_order if state.group in countries)

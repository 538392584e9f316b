"""What is odd in the prices once pending changes are live. Reads only."""

from collections.abc import Collection, Sequence
from functools import partial

from sqlalchemy import bindparam, func, select

from domain.catalogue.changes.diff import Change, PositionedPackage, countries_of
from domain.catalogue.changes.subset import apply_subset
from domain.catalogue.models import CreditPackage, ReleasedPackage
from domain.catalogue.pending.pending import Pending
from domain.catalogue.price_checks.country_checks import affects_prices, check_prices
from domain.catalogue.price_checks.findings import PRICED_FIELDS, Finding, Priced, priced
from domain.catalogue.releases.history import drafted_packages, released_packages
from domain.database import AnySession

_DRAFT, _RELEASED = CreditPackage.__table__.c, ReleasedPackage.__table__.c
_DRAFTED = (
    select(
        _DRAFT.id,
        *(_DRAFT[name] for name in PRICED_FIELDS),
        func.row_number().over(partition_by=_DRAFT.country, order_by=(_DRAFT.rank, _DRAFT.id)),
    )
    .where(_DRAFT.removed_at.is_(None), _DRAFT.country.in_(bindparam("countries", expanding=True)))
    .order_by(_DRAFT.country, _DRAFT.rank, _DRAFT.id)
)
_LIVE = (
    select(_RELEASED.package_id, *(_RELEASED[name] for name in PRICED_FIELDS), _RELEASED.position)
    .where(
        _RELEASED.release_number == bindparam("number"),
        _RELEASED.country.in_(bindparam("countries", expanding=True)),
    )
    .order_by(_RELEASED.country, _RELEASED.position)
)


def check_pending_prices(
    session: AnySession, pending: Pending, picked: Sequence[Change]
) -> tuple[list[Finding], dict[int, Priced]]:
    """What is odd once the picked changes are live, and the packages concerned."""
    touched = countries_of(change for change in picked if affects_prices(change))
    sides = [change.before for change in picked]
    before = priced(
        s for s in sides if isinstance(s, PositionedPackage) and s.values.country in touched
    )
    after = _with_picked(session, pending, picked, touched)
    findings = check_prices(before, after, partial(_read_live, session, pending.live.number))
    return findings, {id: after[id] for found in findings for id in found.package_ids}


def _read_live(session: AnySession, number: int, countries: Collection[str]) -> dict[int, Priced]:
    rows = session.execute(_LIVE, {"number": number, "countries": list(countries)}).all()
    return {package.id: package for package in map(Priced._make, rows)}


def _with_picked(
    session: AnySession, pending: Pending, picked: Sequence[Change], countries: Collection[str]
) -> dict[int, Priced]:
    """The packages of these countries with the picked changes."""
    if len(picked) == len(pending.changes):
        rows = session.execute(_DRAFTED, {"countries": list(countries)}).all()
        return {package.id: package for package in map(Priced._make, rows)}
    concerned = countries_of(pending.changes)
    live = released_packages(session, pending.live.number, concerned)
    keys = {change.key for change in picked}
    mixed = apply_subset(live, drafted_packages(session, concerned), pending.changes, keys)
    return priced(listed for listed in mixed.values() if listed.values.country in countries)

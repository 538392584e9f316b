"""Two admins, one draft: what both changed, and what only one of them did. Pure."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from domain.catalogue.rules import PackageValues, SettingsValues

PRICE = ("price_minor", "currency")

Values = TypeVar("Values", PackageValues, SettingsValues)


@dataclass(frozen=True, slots=True)
class Merged(Generic[Values]):
    """`values` has every change of both; `conflicts` names the fields both changed differently,
    in which `values` holds mine."""

    values: Values
    conflicts: tuple[str, ...]


def merge(base: Values, mine: Values, theirs: Values) -> Merged[Values]:
    """What `mine` and `theirs`, both made from `base`, come to together."""
    taken: dict[str, Any] = {}
    conflicts: list[str] = []
    for names in _decided_together(base):
        was, my, their = ([getattr(side, n) for n in names] for side in (base, mine, theirs))
        if my == was:
            taken |= zip(names, their, strict=True)
        elif their not in (was, my):
            conflicts += [n for n in names if getattr(mine, n) != getattr(theirs, n)]
    return Merged(mine._replace(**taken), tuple(conflicts))


def decided_with(field: str) -> tuple[str, ...]:
    """The fields of a package that mean something only together with `field`, itself included."""
    return PRICE if field in PRICE else (field,)


def _decided_together(values: Values) -> list[tuple[str, ...]]:
    """Each field by itself, but an amount never without its currency."""
    alone: list[tuple[str, ...]] = [(name,) for name in values._fields if name not in PRICE]
    return [*alone, PRICE] if PRICE[0] in values._fields else alone

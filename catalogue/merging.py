"""Two admins, one draft: what both changed, and what only one of them did. Pure."""

from dataclasses import dataclass, fields, replace
from typing import Generic, TypeVar

from catalogue.rules import PackageValues, SettingsValues

Values = TypeVar("Values", PackageValues, SettingsValues)


@dataclass(frozen=True, slots=True)
class Merged(Generic[Values]):
    """`values` has every change of both; `conflicts` names the fields both changed differently,
    in which `values` holds mine."""

    values: Values
    conflicts: tuple[str, ...]


def merge(base: Values, mine: Values, theirs: Values) -> Merged[Values]:
    """What `mine` and `theirs`, both made from `base`, come to together."""
    taken, conflicts = {}, []
    for field in fields(base):
        was, my, their = (getattr(side, field.name) for side in (base, mine, theirs))
        if my == was:
            taken[field.name] = their
        elif their not in (was, my):
            conflicts.append(field.name)
    return Merged(replace(mine, **taken), tuple(conflicts))

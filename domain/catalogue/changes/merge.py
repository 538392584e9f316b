"""Two admins, one draft: what both changed, and what only one of them did. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from domain.catalogue.rules import Values


@dataclass(frozen=True, slots=True)
class Merged:
    """`values` has every change of both; `conflicts` names the fields both changed differently,
    in which `values` holds mine."""

    values: Values
    conflicts: tuple[str, ...]


def merge(
    base: Values, mine: Values, theirs: Values, decided_together: Collection[tuple[str, ...]] = ()
) -> Merged:
    """What `mine` and `theirs`, both made from `base`, come to together.

    Each field is decided by itself, but for those that are `decided_together`.
    """
    taken: dict[str, Any] = {}
    conflicts: list[str] = []
    together = {name for names in decided_together for name in names}
    alone = [(name,) for name in base._fields if name not in together]
    for names in [*alone, *decided_together]:
        was, my, their = ([getattr(side, n) for n in names] for side in (base, mine, theirs))
        if my == was:
            taken |= zip(names, their, strict=True)
        elif their not in (was, my):
            conflicts += [n for n in names if getattr(mine, n) != getattr(theirs, n)]
    return Merged(mine._replace(**taken), tuple(conflicts))

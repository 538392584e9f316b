"""Which packages a file gives another place, with the fewest moves. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.catalogue.changes.diff import kept_in_order
from domain.catalogue.drafts.listing import Placed
from domain.catalogue.imports.cells import FileLine


class Place(NamedTuple):
    """A package in the order that a file wants: its id, below 0 for the new one of a line; whether
    it has to be moved for that."""

    id: int
    is_moved: bool


def find_moves(
    orders: Mapping[str, Sequence[Placed]],
    matched: Iterable[tuple[FileLine, Placed | None]],
    gone: Collection[int],
) -> tuple[dict[str, Sequence[Place]], dict[int, tuple[int, int]]]:
    """The order of each country in which something moves; and of each package that is there and
    moves, its place now and in the file.

    Those whose place in the file is another than now are put there one after the other, from the
    first place on; the others stay in the order that they have.
    """
    wanted: dict[str, list[tuple[int, int, int]]] = {}
    order = {c: [p.id for p in drafts if p.id not in gone] for c, drafts in orders.items()}
    places = {p.id: p.position or 0 for drafts in orders.values() for p in drafts}
    for line, draft in matched:
        country, id = line.values.country, draft.id if draft else -line.number
        is_here = draft is not None and draft.values.country == country
        if draft and not is_here:
            _take_out(order, draft)
        if not is_here:
            order.setdefault(country, []).append(id)
        if line.position and line.position != (places.get(id) if is_here else None):
            wanted.setdefault(country, []).append((line.position, line.number, id))
    found: dict[str, Sequence[Place]] = {}
    moved: dict[int, tuple[int, int]] = {}
    for country, movers in wanted.items():
        arranged = _arrange(order[country], sorted(movers))
        kept = kept_in_order(order[country], arranged)
        if len(kept) == len(arranged):
            continue
        found[country] = [Place(id, id not in kept) for id in arranged]
        at = {id: place for place, id in enumerate(arranged, start=1)}
        moved |= {id: (places[id], at[id]) for id in arranged if id not in kept and id in places}
    return found, moved


def _take_out(order: Mapping[str, list[int]], draft: Placed) -> None:
    here = order.get(draft.values.country, [])
    if draft.id in here:
        here.remove(draft.id)


def _arrange(order: Sequence[int], movers: Sequence[tuple[int, int, int]]) -> list[int]:
    moving = {id for _position, _number, id in movers}
    arranged = [id for id in order if id not in moving]
    for position, _number, id in movers:
        arranged.insert(position - 1, id)
    return arranged

"""Sparse ranks behind an order: room for whatever comes in between. Pure."""

from collections.abc import Collection, Mapping, Sequence

# The room between neighbours in a fresh order: twenty moves into the same gap before it is used up.
RANK_GAP = 2**20


def rank_between(order: Sequence[int], ranks: Mapping[int, int]) -> dict[int, int] | None:
    """A rank for each of the ids in `order` that has none in `ranks`, between its neighbours'.

    None when a gap is used up: then all need fresh ones.
    """
    found: dict[int, int] = {}
    low: int | None = None
    waiting: list[int] = []
    for id in [*order, None]:
        high = None if id is None else ranks.get(id)
        if id is not None and high is None:
            waiting.append(id)
            continue
        room = RANK_GAP * (len(waiting) + 1)
        bottom = low if low is not None else 0 if high is None else high - room
        top = high if high is not None else bottom + room
        step = (top - bottom) // (len(waiting) + 1)
        if step < 1:
            return None
        found |= {each: bottom + step * n for n, each in enumerate(waiting, start=1)}
        low, waiting = high, []
    return found


def neighbours(order: Sequence[int], placed: Collection[int]) -> list[int]:
    """Those of the ids in `order` that are `placed`, and the others next to them: all whose ranks
    matter to the placed ones."""
    near: set[int] = set()
    for place, id in enumerate(order):
        if id in placed:
            near |= {place - 1, place, place + 1}
    return [order[place] for place in sorted(near & set(range(len(order))))]


def fresh_ranks(order: Sequence[int]) -> dict[int, int]:
    return {id: place * RANK_GAP for place, id in enumerate(order, start=1)}

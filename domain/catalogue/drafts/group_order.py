"""The order of a group in memory, for many moves at once. Pure.

What ordering.py does by SQL for one move: a rank between the new neighbours', and fresh ranks for
all only when that gap is used up.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable

from domain.catalogue.changes.ranks import RANK_GAP, fresh_ranks
from domain.catalogue.drafts.ordering import After, Before, Place

# Rank and id: what the order goes by.
Key = tuple[int, int]


class GroupOrder:
    """Everyone in a group, and those of them that stay and so have a position."""

    def __init__(self, ranks: dict[int, int], removed: Iterable[int]) -> None:
        self.ranks = ranks
        self._all = sorted((rank, id) for id, rank in ranks.items())
        gone = set(removed)
        self._staying = [key for key in self._all if key[1] not in gone]

    def ids(self) -> list[int]:
        """Those that stay, in order."""
        return [id for _rank, id in self._staying]

    def has(self, id: int) -> bool:
        """Whether it is in the group and stays."""
        return id in self.ranks and _holds(self._staying, self._key(id))

    def first(self) -> int:
        """The id of the first, to be removed or not; 0 when there is none."""
        return self._all[0][1] if self._all else 0

    def position(self, id: int) -> int:
        """From 1, counting only those that stay."""
        return bisect_right(self._staying, self._key(id))

    def behind(self, id: int) -> int:
        """The id of the one in front of it, to be removed or not; 0 when it is first."""
        place = bisect_left(self._all, self._key(id))
        return self._all[place - 1][1] if place else 0

    def remove(self, id: int) -> None:
        """It keeps its place, and has no position any more."""
        _take(self._staying, self._key(id))

    def keep(self, id: int) -> None:
        insort(self._staying, self._key(id))

    def leave(self, id: int) -> None:
        """It goes to another group."""
        _take(self._all, self._key(id))
        _take(self._staying, self._key(id))
        del self.ranks[id]

    def join(self, id: int) -> None:
        """As the last one."""
        last = self._all[-1][0] if self._all else 0
        self._put_in(id, last + RANK_GAP)

    def move(self, id: int, to: Before | After | Place) -> bool:
        """Whether it stands elsewhere now. One that stays; a neighbour that is not there leaves it
        where it is."""
        if not self._leads_elsewhere(id, to):
            return False
        rank = self.ranks[id]
        low, high = self._gap_without(id, to)
        if low < rank < high:
            return False
        if high - low < 2:
            self._respace()
            low, high = self._gap_without(id, to)
        self.leave(id)
        self._put_in(id, (low + high) // 2)
        return True

    def _leads_elsewhere(self, id: int, to: Before | After | Place) -> bool:
        if isinstance(to, Place):
            return min(max(to.position, 1), len(self._staying)) != self.position(id)
        return to.neighbour != id and to.neighbour in self.ranks

    def _gap_without(self, id: int, to: Before | After | Place) -> Key:
        """The ranks around the place that `to` names when this one is not there."""
        rank = self.ranks[id]
        self.leave(id)
        place = self._place(to)
        below, above = self._all[max(place - 1, 0) : place], self._all[place : place + 1]
        self._put_in(id, rank)
        low = below[0][0] if below else above[0][0] - 2 * RANK_GAP
        return low, above[0][0] if above else low + 2 * RANK_GAP

    def _place(self, to: Before | After | Place) -> int:
        """How many stand in front of it."""
        match to:
            case Before(neighbour):
                return bisect_left(self._all, self._key(neighbour))
            case After(neighbour):
                return bisect_right(self._all, self._key(neighbour))
            case Place(position) if position <= len(self._staying):
                return bisect_left(self._all, self._staying[max(position, 1) - 1])
        return len(self._all)

    def _key(self, id: int) -> Key:
        return self.ranks[id], id

    def _put_in(self, id: int, rank: int) -> None:
        """As one that stays."""
        self.ranks[id] = rank
        insort(self._all, (rank, id))
        insort(self._staying, (rank, id))

    def _respace(self) -> None:
        """Gives all of them fresh ranks in their present order."""
        self.ranks = fresh_ranks([id for _rank, id in self._all])
        self._all = [(self.ranks[id], id) for _rank, id in self._all]
        self._staying = [(self.ranks[id], id) for _rank, id in self._staying]


def _holds(keys: list[Key], key: Key) -> bool:
    place = bisect_left(keys, key)
    return keys[place : place + 1] == [key]


def _take(keys: list[Key], key: Key) -> None:
    if _holds(keys, key):
        del keys[bisect_left(keys, key)]

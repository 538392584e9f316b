"""Medians of interleaved repetitions: a busy machine slows the floor as much as the figure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, process_time

# Prepares one repetition; what it returns is timed.
Task = Callable[[], Callable[[], object]]
# Some clocks of the processor tick a hundred times a second and see nothing in between.
LEAST_MS = 0.001


@dataclass(frozen=True)
class Cost:
    """Milliseconds of every repetition: on the clock, and of this process's processor time.

    What a database server of its own works is on the clock only.
    """

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @property
    def ms(self) -> float:
        return median(self.clock)

    @property
    def cpu_ms(self) -> float:
        return median(self.processor)

    def over(self, other: "Cost") -> float:
        """How many times `other` this is. Round by round, so that both had the same machine."""
        return _times(self.clock, other.clock)

    def cpu_over(self, other: "Cost") -> float:
        """The same of the processor's time."""
        return _times(self.processor, other.processor)


def _times(these: Sequence[float], those: Sequence[float]) -> float:
    """All together where a round was too short for the clock."""
    if not all(those):
        return sum(these) / max(sum(those), LEAST_MS)
    return median(mine / its for mine, its in zip(these, those, strict=True))


def time_all(tasks: Sequence[Task], rounds: int) -> list[Cost]:
    """What each task costs; every round runs them all, one after the other."""
    costs = [Cost() for _ in tasks]
    for task in tasks:
        task()()  # compiles statements and templates, opens connections
    for _ in range(rounds):
        for task, cost in zip(tasks, costs, strict=True):
            run = task()
            clock, processor = perf_counter(), process_time()
            run()
            cost.processor.append((process_time() - processor) * 1000)
            cost.clock.append((perf_counter() - clock) * 1000)
    return costs

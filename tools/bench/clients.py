"""Many clients that spend at once, on as many wallets, and what one alone gets done."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from statistics import median

from tools.bench.figures import AtLeast, Goal, short

CLIENTS, ROUNDS, SECONDS = 16, 3, 2


@dataclass
class Clients:
    """Spends a second of so many clients on as many wallets, in each round."""

    clients: int
    rates: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    one: "Clients | None" = None

    @property
    def goals(self) -> list[Goal]:
        return [AtLeast("≥ {} × one", self._times(self.rates, "rates"), 4)] if self.one else []

    def _times(self, rates: list[float], name: str) -> float:
        one = getattr(self.one, name) if self.one else rates
        return float(median(many / its for many, its in zip(rates, one, strict=True)))

    def cells(self) -> list[str]:
        times = (self._times(self.rates, "rates"), self._times(self.bare, "bare"))
        numbers = (median(self.rates), times[0], median(self.bare), times[1])
        goals = "; ".join(map(str, self.goals))
        return ["Spend", f"{self.clients}", *map(short, numbers), goals]


def measure_clients(url: str, first: int) -> list[Clients]:
    """One and many in turn, and both by the bare driver."""
    one = Clients(1)
    both = (one, Clients(CLIENTS, one=one))
    for _ in range(ROUNDS):
        for its in both:
            its.rates.append(spend_at_once(url, "scrip", first, its.clients))
            its.bare.append(spend_at_once(url, "bare", first, its.clients))
    return list(both)


def spend_at_once(url: str, who: str, first: int, clients: int, seconds: float = SECONDS) -> float:
    """Spends a second: in one process for each processor, with threads, as the server has them."""
    processes = min(clients, os.cpu_count() or 1)
    threads = clients // processes
    running = [
        start_spending(url, who, first + number * threads, threads, seconds)
        for number in range(processes)
    ]
    for process in running:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    return sum(int(process.communicate()[0]) for process in running) / seconds


def start_spending(
    url: str, who: str, first: int, threads: int, seconds: float
) -> "subprocess.Popen[str]":
    program = [sys.executable, "-m", "tools.bench.spending"]
    arguments = [url, who, *map(str, (first, threads, seconds))]
    return subprocess.Popen(  # noqa: S603
        [*program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

"""How fast the ledger is verified, and how much memory that takes, in a process of its own."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from sqlalchemy.orm import Session

from domain.connections import connect
from domain.ledger.verify import Verified
from tools.bench.figures import Goal, short


@dataclass(frozen=True)
class Verifying:
    postings: int
    seconds: float
    megabytes: float
    fewer: "Verifying | None" = None

    @property
    def goals(self) -> list[Goal]:
        if self.fewer is None:
            return []
        text = f"≤ {{}} × the memory for {self.fewer.postings:,}"
        return [Goal(text, self.megabytes / self.fewer.megabytes, 1.25)]

    def cells(self) -> list[str]:
        numbers = (self.seconds, self.postings / self.seconds, self.megabytes)
        goals = "; ".join(map(str, self.goals))
        return ["Verify the ledger", f"{self.postings:,}", *map(short, numbers), goals]


def verify(url: str, fewer: Verifying | None = None) -> Verifying:
    program = [sys.executable, "-m", "tools.bench.verifying", url]
    answer = subprocess.check_output(program, text=True)  # noqa: S603
    postings, seconds, megabytes = answer.split()
    return Verifying(int(postings), float(seconds), float(megabytes), fewer)


def most_memory_mb() -> float:
    """The most that this process has had so far, its libraries included."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def main(url: str) -> None:
    """Prints postings, seconds and megabytes."""
    with Session(connect(url)) as session:
        start, verified = perf_counter(), Verified(session)
        differences = list(verified.differences())
        assert not differences, differences[0]
        print(verified.postings, perf_counter() - start, most_memory_mb())


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Pieces of work to measure, each with its floor and its goals."""

import gzip
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from werkzeug.test import TestResponse

from tests.counting import watching
from tools.bench.catalogues import Catalogue
from tools.bench.figures import Figure, Goal
from tools.bench.timing import Task, time_all

Measured = Mapping[tuple[str, int], Figure]
Goals = Callable[[Figure, Measured], Iterable[Goal]]


def no_goals(_figure: Figure, _others: Measured) -> Iterable[Goal]:
    return ()


@dataclass(frozen=True)
class Job:
    """`task` and `floor` make what is timed; `goals` judge it, seeing all that was measured."""

    what: str
    task: Callable[[Catalogue], Task]
    floor: Callable[[Catalogue], Task]
    goals: Goals = no_goals


def measure(jobs: Sequence[Job], catalogues: Sequence[Catalogue], rounds: int) -> list[Figure]:
    """Every job in every catalogue, all of them in turn in every round."""
    pairs = [(job, catalogue) for job in jobs for catalogue in catalogues]
    tasks = [(job.task(catalogue), job.floor(catalogue)) for job, catalogue in pairs]
    costs = time_all([task for pair in tasks for task in pair], rounds)
    figures = [
        _counted(Figure(job.what, catalogue.size, cost, floor), catalogue, task)
        for (job, catalogue), (task, _), cost, floor in zip(
            pairs, tasks, costs[::2], costs[1::2], strict=True
        )
    ]
    measured = {(figure.what, figure.packages): figure for figure in figures}
    return [
        replace(figure, goals=tuple(job.goals(figure, measured)))
        for (job, _), figure in zip(pairs, figures, strict=True)
    ]


def _counted(figure: Figure, catalogue: Catalogue, task: Task) -> Figure:
    """With what one more repetition asks of the database and answers."""
    task()()  # notes that somebody is there, once a minute
    run = task()
    with watching(catalogue.engine) as asked:
        answer = run()
    size = len(gzip.compress(answer.data)) / 1024 if isinstance(answer, TestResponse) else None
    return replace(
        figure, statements=len(asked.statements), rows=asked.rows_written or None, kilobytes=size
    )

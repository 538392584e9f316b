"""How long others wait for one who writes much: SQLite lets one transaction at a time write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import Connection, Engine, event, func, select

from domain.catalogue.models import DraftBatch
from tests.page_helpers import LIST
from tools.bench import floors
from tools.bench.catalogues import Catalogue
from tools.bench.figures import Figure, Goal
from tools.bench.timing import Cost, Task, time_all

HOLD_10000 = "Longest hold of the writer, 10,000 changes"
# Half a second where the floor takes a tenth.
MOST_TIMES_FLOOR = 6


def measure_holding(catalogue: Catalogue, rounds: int) -> Figure:
    """The longest transaction of all that write so much, beside one that only inserts as many
    rows; ends with nothing pending."""

    def prepare() -> Callable[[], None]:
        catalogue.change(catalogue.size // 10)
        catalogue.change_all()
        return lambda: write_much(catalogue)

    floor = floors.write_release(catalogue.size)(catalogue)
    figure = measure_longest(HOLD_10000, catalogue, prepare, floor, rounds)
    return figure.with_goals(Goal("≤ {} × floor", figure.times_floor, MOST_TIMES_FLOOR))


def measure_longest(
    what: str, catalogue: Catalogue, task: Task, floor: Task, rounds: int
) -> Figure:
    """The longest write transaction of the task, beside the floor in turn."""
    longest, bare = Cost(), Cost()
    for _ in range(rounds):
        run = task()
        with holding(catalogue.engine) as held:
            run()
        longest.clock.append(max(held.clock))
        longest.processor.append(max(held.processor))
        (cost,) = time_all([floor], rounds=1)
        bare.clock.extend(cost.clock)
        bare.processor.extend(cost.processor)
    return Figure(what, catalogue.size, longest, bare)


def write_much(catalogue: Catalogue) -> None:
    """Everything that an admin can do to all that is pending, or live, at once."""
    catalogue.send(f"{LIST}discard", {"token": catalogue.token(), "everything": "1"})
    undo(catalogue)
    catalogue.send(f"{LIST}apply", {"token": catalogue.token()})
    live = int(catalogue.token().partition("-")[2])
    catalogue.send(f"{LIST}history/{live - 1}/back", {"live": str(live)})
    undo(catalogue)
    catalogue.send(f"{LIST}history/{live - 1}/restore", {"token": catalogue.token()})
    undo(catalogue)


def undo(catalogue: Catalogue) -> None:
    with catalogue.reading() as session:
        newest = session.scalar(select(func.max(DraftBatch.id)))
    catalogue.send(f"{LIST}undo/{newest}", {})


@contextmanager
def holding(engine: Engine) -> Iterator[Cost]:
    """What each write transaction costs from its lock to the end of its commit."""
    held, begun = Cost(), dict[object, tuple[float, float]]()

    def note_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writing"):
            begun[connection.connection.dbapi_connection] = perf_counter(), process_time()

    def note_end(raw: Any, _record: object) -> None:  # noqa: ANN401
        if raw in begun:
            clock, processor = begun.pop(raw)
            held.clock.append((perf_counter() - clock) * 1000)
            held.processor.append((process_time() - processor) * 1000)

    event.listen(engine, "begin", note_begin)
    event.listen(engine, "checkin", note_end)
    try:
        yield held
    finally:
        event.remove(engine, "begin", note_begin)
        event.remove(engine, "checkin", note_end)

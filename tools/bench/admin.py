"""What an admin waits for: a save, a move, the list. Ten and some changes are pending."""

from collections.abc import Callable, Iterable, Iterator
from itertools import cycle

from werkzeug.test import TestResponse

from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.ordering import Step
from domain.catalogue.pending.pending import pending_changes
from tests.conftest import ADMIN
from tests.page_helpers import LIST
from tools.bench import floors
from tools.bench.catalogues import COUNTRIES, Catalogue, typed
from tools.bench.figures import Figure, Goal
from tools.bench.jobs import Goals, Job, Measured
from tools.bench.timing import Task

SAVE, SAVE_ALONE = "Save a field", "Save a field, domain only"
MOVE, MOVE_ALONE = "Move by one place", "Move by one place, domain only"
STEPS = {"down": Step.DOWN, "up": Step.UP}


def save(catalogue: Catalogue) -> Task:
    """As htmx sends the form; the answer brings the row and the pending bar."""
    ids = cycle(catalogue.ids[:8])

    def prepare() -> Callable[[], TestResponse]:
        package = catalogue.package(next(ids))
        fields = typed(package, short_info=catalogue.text())
        return lambda: catalogue.press(f"{LIST}{package.id}/edit", package.country, fields)

    return prepare


def save_alone(catalogue: Catalogue) -> Task:
    """The same, without Flask and the answer."""
    ids = cycle(catalogue.ids[:8])

    def prepare() -> Callable[[], None]:
        package = catalogue.package(next(ids))
        values = package.values._replace(short_info=catalogue.text())
        return catalogue.writer(
            lambda session: drafts.edit_package(
                session, package.id, values, version=package.version, author=ADMIN
            )
        )

    return prepare


def move(catalogue: Catalogue) -> Task:
    """Down and up again; the answer brings the rows of the page and the pending bar."""
    turns = _turns(catalogue)

    def prepare() -> Callable[[], TestResponse]:
        id, country, step = next(turns)
        fields = {"country": country, "step": step}
        return lambda: catalogue.press(f"{LIST}{id}/move", country, fields)

    return prepare


def move_alone(catalogue: Catalogue) -> Task:
    """The same, without Flask and the answer."""
    turns = _turns(catalogue)

    def prepare() -> Callable[[], None]:
        id, country, step = next(turns)
        return catalogue.writer(
            lambda session: drafts.move_package(
                session, id, STEPS[step], country=country, author=ADMIN
            )
        )

    return prepare


def _turns(catalogue: Catalogue) -> Iterator[tuple[int, str, str]]:
    packages = [catalogue.package(id) for id in catalogue.ids[8:12]]
    return cycle([(package.id, package.country, step) for step in STEPS for package in packages])


def open_list(catalogue: Catalogue) -> Task:
    return lambda: lambda: catalogue.get(LIST)


def open_country(catalogue: Catalogue) -> Task:
    """Another country each time."""
    codes = cycle(COUNTRIES)

    def prepare() -> Callable[[], TestResponse]:
        path = f"{LIST}?country={next(codes)}"
        return lambda: catalogue.get(path)

    return prepare


def poll(catalogue: Catalogue) -> Task:
    """What an open list asks every few seconds, when nothing is new."""

    def prepare() -> Callable[[], TestResponse]:
        with catalogue.reading() as session:
            now = pending_changes(session)
        shown = {"token": now.token, "list": str(now.cursor)}
        return lambda: catalogue.client.get(f"{LIST}pending", query_string=shown)

    return prepare


def flat(figure: Figure, measured: Measured) -> Iterable[Goal]:
    """As dear in a small catalogue as in a middling one, and not much dearer in a large one."""
    small = measured[figure.what, 100]
    if figure.packages == 1_000:
        yield Goal("≤ {} × at 100", figure.cost.over(small.cost), 1.2)
    elif figure.packages == 10_000:
        yield Goal("≤ {} × at 100", figure.cost.over(small.cost), 3)


def like_a_save(saved: str) -> Goals:
    def goals(figure: Figure, measured: Measured) -> Iterable[Goal]:
        yield from flat(figure, measured)
        save_there = measured[saved, figure.packages]
        yield Goal("≤ {} × a save", figure.cost.over(save_there.cost), 1.5)
        yield Goal("≤ {} rows", figure.rows or 0, 5)

    return goals


def small(figure: Figure, measured: Measured) -> Iterable[Goal]:
    """The list of a hundred rows."""
    yield Goal("≤ {} SQL", figure.statements or 0, 6)
    yield Goal("≤ {} KB", figure.kilobytes or 0, 30)
    yield Goal("≤ {} ms of CPU", figure.cost.cpu_ms, 25)
    yield from flat(figure, measured)


JOBS = [
    Job(SAVE, save, floors.answer_after_write, flat),
    Job(MOVE, move, floors.answer_after_write, like_a_save(SAVE)),
    Job(SAVE_ALONE, save_alone, floors.write_two_rows, flat),
    Job(MOVE_ALONE, move_alone, floors.write_two_rows, like_a_save(SAVE_ALONE)),
    Job("Open the list, 100 rows", open_list, floors.answer_page(LIST), small),
    Job("Open a country's list", open_country, floors.answer_page(LIST)),
    Job("Poll for news", poll, floors.answer_nothing, flat),
]

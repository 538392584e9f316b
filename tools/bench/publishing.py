"""What is pending, the review and Apply Changes, in a large catalogue."""

from collections.abc import Callable, Iterable

from werkzeug.test import TestResponse

from domain.catalogue.pending.pending import pending_changes, revised_changes
from domain.catalogue.review.review import apply_reviewed
from tests.conftest import ADMIN
from tests.page_helpers import LIST
from tools.bench import admin, floors
from tools.bench.catalogues import Catalogue
from tools.bench.figures import Figure, Goal
from tools.bench.jobs import Job, Measured, measure
from tools.bench.second_table import write_second_table
from tools.bench.timing import Task

REVIEW = f"{LIST}review"
SECOND_TABLE = "Write a second table instead"


def measure_publishing(catalogue: Catalogue) -> list[Figure]:
    """Ends with a thousand changes pending."""
    figures = measure(APPLIES, [catalogue], rounds=5)
    floors.write_release(catalogue)()()
    catalogue.change(10)
    figures += measure(TEN, [catalogue], rounds=20)
    catalogue.change(990)
    return figures + measure(THOUSAND, [catalogue], rounds=10)


def apply(number: int) -> Callable[[Catalogue], Task]:
    """This many changes go live; the admin's own, and none that looks odd."""

    def task(catalogue: Catalogue) -> Task:
        def prepare() -> Callable[[], None]:
            token = _change(catalogue, number)
            return catalogue.writer(lambda session: apply_reviewed(session, token, author=ADMIN))

        return prepare

    return task


def press_apply(catalogue: Catalogue) -> Task:
    """The button below the list; the answer brings the bar and the list."""

    def prepare() -> Callable[[], TestResponse]:
        token = _change(catalogue, 10)
        return lambda: catalogue.press(f"{LIST}apply", "", {"token": token})

    return prepare


def _change(catalogue: Catalogue, number: int) -> str:
    """Makes that many changes; the token that names what is pending then."""
    catalogue.change(number)
    with catalogue.reading() as session:
        return pending_changes(session).token


def compare(catalogue: Catalogue) -> Task:
    """Part of every page and every answer: they bring the pending bar."""

    def run() -> None:
        with catalogue.reading() as session:
            revised_changes(session)

    return lambda: run


def open_review(catalogue: Catalogue) -> Task:
    return lambda: lambda: catalogue.get(REVIEW)


def like_a_second_table(figure: Figure, measured: Measured) -> Iterable[Goal]:
    yield Goal("≤ {} × floor", figure.times_floor, 2)
    other = measured[SECOND_TABLE, figure.packages]
    yield Goal("≤ {} × a second table", figure.cost.over(other.cost), 1)


def a_second(figure: Figure, _others: Measured) -> Iterable[Goal]:
    yield Goal("≤ {} ms", figure.cost.ms, 1000)


APPLIES = [
    Job("Apply 10 changes, domain only", apply(10), floors.write_release, like_a_second_table),
    Job("Apply 1,000 changes, domain only", apply(1000), floors.write_release, like_a_second_table),
    Job(SECOND_TABLE, write_second_table, floors.write_release),
    Job("Press Apply Changes, 10 changes", press_apply, floors.write_release),
]
TEN = [Job("What is pending, 10 changes", compare, floors.read_changed)]
THOUSAND = [
    Job("What is pending, 1,000 changes", compare, floors.read_changed),
    Job("Save a field, 1,000 pending", admin.save, floors.answer_after_write),
    Job("Open the review, 1,000 changes", open_review, floors.answer_page(REVIEW), a_second),
]

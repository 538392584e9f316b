"""What is pending, the review, Apply Changes and old releases, in a small and a large catalogue."""

from collections.abc import Callable, Iterable, Iterator
from itertools import cycle

from sqlalchemy import text
from werkzeug.test import TestResponse

from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.review.review import apply_reviewed
from domain.catalogue.storefront import live
from tests.conftest import ADMIN
from tests.page_helpers import LIST
from tools.bench import admin, floors
from tools.bench.catalogues import COUNTRIES, Catalogue
from tools.bench.figures import Figure, Goal
from tools.bench.holding import measure_holding
from tools.bench.jobs import Goals, Job, Measured, measure
from tools.bench.second_table import write_second_table
from tools.bench.timing import Task

REVIEW = f"{LIST}review"
APPLY_10, SECOND_10 = "Apply 10 changes, domain only", "Write 10 to a second table instead"
APPLY_1000, SECOND_1000 = (
    "Apply 1,000 changes, domain only",
    "Write 1,000 to a second table instead",
)
NEWEST, OLDEST = "What buyers see now, a country", "What they saw at any release"
RELEASES = 1_000


def measure_publishing(small: Catalogue, large: Catalogue) -> list[Figure]:
    """From ten changes to ten thousand."""
    for catalogue in (small, large):
        catalogue.apply()
    figures = measure(TEN_APPLIED, [small, large], rounds=20)
    figures += measure(THOUSAND_APPLIED, [large], rounds=5)
    large.change(10)
    figures += measure(TEN, [large], rounds=20)
    large.change(990)
    figures += measure(THOUSAND, [large], rounds=10)
    return figures + measure_long_review(large)


def measure_long_review(large: Catalogue) -> list[Figure]:
    """Every package changed, a tenth of them in every way; ends with nothing pending."""
    change_ten_thousand(large)
    figures = measure(TEN_THOUSAND, [large], rounds=3)
    figures += measure(TEN_THOUSAND_APPLIED, [large], rounds=3)
    return [*figures, measure_holding(large, rounds=3)]


def change_ten_thousand(catalogue: Catalogue) -> None:
    catalogue.change(1000)
    catalogue.change_all()


def measure_history(catalogue: Catalogue) -> list[Figure]:
    """How much 200 releases of five changes add, and what old ones cost after a thousand."""
    before = size_of(catalogue)
    for _ in range(200):
        catalogue.change_and_apply(5)
    goal = Goal("≤ {} × its size before 200 releases of 5", size_of(catalogue) / before, 1.25)
    for _ in range(RELEASES - 200):
        catalogue.change_and_apply(5)
    first, *others = measure(HISTORY, [catalogue], rounds=100)
    return [first.with_goals(goal), *others]


def size_of(catalogue: Catalogue) -> float:
    """Bytes of the database, without what is free in it."""
    is_sqlite = catalogue.engine.dialect.name == "sqlite"
    with catalogue.writing() as session:
        if not is_sqlite:
            return float(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
        pages, free, size = (
            session.scalar(text(f"PRAGMA {name}")) or 0
            for name in ("page_count", "freelist_count", "page_size")
        )
    return float((pages - free) * size)


def apply(number: int) -> Callable[[Catalogue], Task]:
    """This many changes go live; the admin's own, and none that looks odd."""

    def task(catalogue: Catalogue) -> Task:
        def prepare() -> Callable[[], None]:
            catalogue.change(number)
            token = catalogue.token()
            return catalogue.writer(lambda session: apply_reviewed(session, token, author=ADMIN))

        return prepare

    return task


def apply_ten_thousand(catalogue: Catalogue) -> Task:
    """Planned within the transaction, as when others keep on writing."""

    def prepare() -> Callable[[], None]:
        change_ten_thousand(catalogue)
        token = catalogue.token()
        return catalogue.writer(lambda session: apply_reviewed(session, token, author=ADMIN))

    return prepare


def send_review(catalogue: Catalogue) -> Task:
    """The form with its ticks, and no script."""

    def prepare() -> Callable[[], TestResponse]:
        change_ten_thousand(catalogue)
        with catalogue.reading() as session:
            pending = pending_changes(session)
        ticks = {"token": pending.token, "change": [change.key for change in pending.changes]}
        return lambda: catalogue.send(REVIEW, ticks)

    return prepare


def press_apply(catalogue: Catalogue) -> Task:
    """The button below the list; the answer brings the bar and the list."""

    def prepare() -> Callable[[], TestResponse]:
        catalogue.change(10)
        token = catalogue.token()
        return lambda: catalogue.press(f"{LIST}apply", "", {"token": token})

    return prepare


def compare(catalogue: Catalogue) -> Task:
    """Part of every page and every answer: they bring the pending bar."""

    def run() -> None:
        with catalogue.reading() as session:
            pending_changes(session)

    return lambda: run


def open_review(catalogue: Catalogue) -> Task:
    return lambda: lambda: catalogue.get(REVIEW)


def look_at_live(catalogue: Catalogue) -> Task:
    """Another country each time, as what was read is kept."""
    countries = cycle(COUNTRIES)

    def run() -> None:
        with catalogue.reading() as session:
            live.offers_for_country(session, live.live_release(session), next(countries))

    return lambda: run


def look_back(catalogue: Catalogue) -> Task:
    """Another country at another release each time."""
    countries, numbers = cycle(COUNTRIES), _numbers()

    def run() -> None:
        with catalogue.reading() as session:
            release = live.past_release(session, next(numbers))
            assert release
            live.offers_for_country(session, release, next(countries))

    return lambda: run


def _numbers() -> Iterator[int]:
    return cycle(range(1, RELEASES, 37))


def like_a_second_table(second: str) -> Goals:
    def goals(figure: Figure, measured: Measured) -> Iterable[Goal]:
        other = measured[second, figure.packages]
        yield Goal("≤ {} × a second table", figure.cost.over(other.cost), 1.5)
        if figure.packages > 100 and (figure.what, 100) in measured:
            yield Goal("≤ {} × at 100", figure.cost.over(measured[figure.what, 100].cost), 2)

    return goals


def few_rows(changes: int, goals: Goals) -> Goals:
    """A version and what is live for each change, the release and its seal."""

    def all_goals(figure: Figure, measured: Measured) -> Iterable[Goal]:
        yield from goals(figure, measured)
        yield Goal("≤ {} rows", figure.rows or 0, 3 * changes + 2)

    return all_goals


def like_the_newest(figure: Figure, measured: Measured) -> Iterable[Goal]:
    newest = measured[NEWEST, figure.packages]
    yield Goal("≤ {} × the newest", figure.cost.over(newest.cost), 3)


def within(milliseconds: int) -> Goals:
    return lambda figure, _others: [Goal("≤ {} ms", figure.cost.ms, milliseconds)]


TEN_APPLIED = [
    Job(
        APPLY_10, apply(10), floors.write_release(10), few_rows(10, like_a_second_table(SECOND_10))
    ),
    Job(SECOND_10, write_second_table(10), floors.write_release(10)),
    Job("Press Apply Changes, 10 changes", press_apply, floors.write_release(10)),
]
THOUSAND_APPLIED = [
    Job(
        APPLY_1000,
        apply(1000),
        floors.write_release(1000),
        few_rows(1000, like_a_second_table(SECOND_1000)),
    ),
    Job(SECOND_1000, write_second_table(1000), floors.write_release(1000)),
]
TEN = [Job("What is pending, 10 changes", compare, floors.read_changed)]
THOUSAND = [
    Job("What is pending, 1,000 changes", compare, floors.read_changed),
    Job("Save a field, 1,000 pending", admin.save, floors.answer_after_write),
    Job("Open the review, 1,000 changes", open_review, floors.answer_page(REVIEW), within(500)),
]
TEN_THOUSAND = [
    Job("Open the review, 10,000 changes", open_review, floors.answer_page(REVIEW), within(2500)),
]
TEN_THOUSAND_APPLIED = [
    Job(
        "Apply 10,000 changes, domain only",
        apply_ten_thousand,
        floors.write_release(10_000),
        within(1000),
    ),
    Job(
        "Apply 10,000 changes from the review",
        send_review,
        floors.write_release(10_000),
        within(1500),
    ),
]
HISTORY = [
    Job(NEWEST, look_at_live, floors.read_country),
    Job(OLDEST, look_back, floors.read_country, like_the_newest),
]

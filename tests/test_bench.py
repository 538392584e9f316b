"""`make bench` measures everything it promises; how much that is, depends on the machine."""

import pytest

from domain.catalogue.pending.pending import pending_changes
from tests.conftest import only_sqlite
from tools.bench import activity, bulk, busy, customers, floors, ledger, purchases, storefront
from tools.bench.admin import JOBS
from tools.bench.catalogues import opened
from tools.bench.clients import CLIENTS, spend_at_once
from tools.bench.figures import AtLeast, Figure, Goal, Table
from tools.bench.holding import holding, measure_holding
from tools.bench.jobs import Job, measure
from tools.bench.publishing import (
    APPLY_10,
    HISTORY,
    SECOND_10,
    THOUSAND,
    apply,
    few_rows,
    like_a_second_table,
)
from tools.bench.second_table import write_second_table
from tools.bench.starting import start
from tools.bench.timing import Cost, time_all
from tools.bench.verifying import verify
from tools.bench.wallets import filled


def test_every_round_runs_each_task_in_turn() -> None:
    ran: list[str] = []
    costs = time_all([lambda: lambda: ran.append("a"), lambda: lambda: ran.append("b")], rounds=2)
    assert ran == ["a", "b"] * 3  # the first time only warms up
    assert [len(cost.clock) for cost in costs] == [2, 2]


def test_a_cost_is_compared_round_by_round() -> None:
    """Caught: dividing the medians, which come from different moments."""
    mine, its = Cost([10, 200, 30], []), Cost([5, 100, 1], [])
    assert mine.over(its) == 2


def test_what_is_too_short_for_the_clock_is_compared_all_together() -> None:
    """Caught: a division by the 0 ms that a round of the floor took."""
    assert Cost([], [10, 0, 10]).cpu_over(Cost([], [0, 0, 5])) == 4
    assert Cost([], [10, 0]).cpu_over(Cost([], [0, 0])) > 1000


def figure(measured: float) -> Figure:
    cost = Cost([1234.5, 1234.5], [12.34, 12.34])
    goal = Goal("≤ {} × floor", measured, 2)
    return Figure("Save", 1_000, cost, Cost([2, 2], [2, 2]), (goal,), 3, 2, 1.5)


@pytest.mark.parametrize(
    ("measured", "goal"), [(1.99, "✓ ≤ 2 × floor (1.99)"), (2.5, "✗ ≤ 2 × floor (2.50)")]
)
def test_a_table_shows_figure_floor_and_goal(measured: float, goal: str) -> None:
    shown = Table("SQLite", "As it comes.", [figure(measured)]).as_markdown().splitlines()[-1]
    assert shown == f"| Save | 1,000 | 1,234 | 12.3 | 2.00 | 617 | 3 | 2 | 1.50 | {goal} |"


@pytest.mark.long
def test_every_job_runs(empty_database: str) -> None:
    """Caught: a floor that missed a column which must not be empty."""
    with opened(empty_database, 100) as catalogue:
        catalogue.change(10)
        jobs = [
            *JOBS,
            Job(
                APPLY_10,
                apply(10),
                floors.write_release(10),
                few_rows(10, like_a_second_table(SECOND_10)),
            ),
            Job(SECOND_10, write_second_table(10), floors.write_release(10)),
        ]
        jobs += [Job(job.what, job.task, job.floor) for job in (*THOUSAND, HISTORY[0])]
        figures = measure(jobs, [catalogue], rounds=1)
        assert [figure.what for figure in figures] == [job.what for job in jobs]
        rows = {figure.what: figure.rows for figure in figures}
        # The draft, its revision, and from which address it came.
        assert (rows["Save a field"], rows[SECOND_10]) == (3, 10)
        assert 20 < (rows[APPLY_10] or 0) <= 3 * 10 + 2
        catalogue.apply()
        with catalogue.reading() as session:
            assert pending_changes(session).changes == ()


@pytest.mark.long
def test_many_at_once_are_measured(empty_database: str) -> None:
    """Caught: a save of what was not previewed, which only shows the new prices."""
    with opened(empty_database, 100) as catalogue:
        figures = {figure.what: figure for figure in bulk.measure_bulk(catalogue, rounds=1)}
        jobs = [*bulk.LOOKS, *bulk.PRICES_SAVED, *bulk.FILE_SAVED]
        assert list(figures) == [*(job.what for job in jobs), bulk.HOLD_FILE]
        # Drafts, revisions, what ties them together, and from which address they came; a file is
        # forgotten besides.
        assert figures["Save prices of 1,000 packages"].rows == 202
        assert figures["Save a file of 10,000 lines"].rows == 203
        with catalogue.reading() as session:
            assert pending_changes(session).changes == ()


@only_sqlite
def test_only_the_time_with_the_lock_is_a_hold(empty_database: str) -> None:
    """Caught: reading transactions counted as well."""
    with opened(empty_database, 100) as catalogue:
        with holding(catalogue.engine) as held, catalogue.reading() as session:
            pending_changes(session)
        assert held.clock == []
        figure = measure_holding(catalogue, rounds=1)
        assert figure.cost.ms > 0
        with catalogue.reading() as session:
            assert pending_changes(session).changes == ()


@only_sqlite
def test_the_buyers_page_is_served_beside_its_floor(empty_database: str) -> None:
    """Caught: a question for the unchanged page without the tag of its compressed form."""
    served = storefront.measure_sizes(lambda _: empty_database, (100,), rounds=1, requests=8)
    assert [one.what for one in served] == [what for what, *_ in storefront.JOBS]
    for one in served:
        assert len(one.load.seconds) == len(one.floor.seconds) == 8
        assert [goal.text for goal in one.goals] == ["≤ {} × floor"]


def test_a_start_is_compared_with_an_empty_one() -> None:
    table = start(starts=1)
    assert len(table.as_markdown().splitlines()) == 6 + 3


def test_a_goal_is_at_most_or_at_least() -> None:
    assert str(Goal("≤ {} × one", 5, 4)) == "✗ ≤ 4 × one (5)"
    assert str(AtLeast("≥ {} × one", 5, 4)) == "✓ ≥ 4 × one (5)"


@pytest.mark.long
def test_spends_are_measured_beside_bare_commits(empty_database: str) -> None:
    """Caught: a floor whose connection was read-only, and one that wrote the same key twice."""
    with filled(empty_database, CLIENTS, ledger.SHORT) as engine:
        ledger.finish(engine)
        book = ledger.Book(engine, CLIENTS + 1, ledger.SHORT, CLIENTS)
        measured = ledger.measure_all([book], rounds=2)
    assert [(one.what, one.statements) for one in measured] == [
        ("Spend", 4 if empty_database.startswith("sqlite:") else 5),
        ("Spend with a key", 6 if empty_database.startswith("sqlite:") else 8),
        ("Read, then spend with a key", 7 if empty_database.startswith("sqlite:") else 9),
        ("Balance", 1),
        ("Statement of 50 lines", 2),
    ]
    for who in ("scrip", "bare"):
        assert spend_at_once(empty_database, who, 1, 2, seconds=0.2) > 0
    assert verify(empty_database).postings > ledger.SHORT


@only_sqlite
def test_the_buyers_page_is_asked_for_while_others_write(empty_database: str) -> None:
    row = busy.measure("Page", empty_database, rounds=1, requests=8)
    assert len(row.load.seconds) == len(row.alone.seconds) == 8
    assert len(row.cells()) == len(busy.HEADINGS)


@pytest.mark.long
def test_pages_of_customers_are_measured_beside_their_floors(empty_database: str) -> None:
    """Caught: copies of a wallet that the foreign keys of the database did not let in."""
    figures = customers.measure_pages(empty_database, customers=60, entries=8, most=20, rounds=1)
    assert [figure.what for figure in figures] == [what for what, *_ in customers.PAGES]
    assert all(len(figure.goals) == 1 for figure in figures)


@pytest.mark.long
def test_purchases_are_measured_with_their_events(empty_database: str) -> None:
    """Caught: a page of a purchase that there is not, and events of none."""
    figures = purchases.measure_pages(empty_database, purchases=60, rounds=1)
    assert len(figures) == len(purchases.PAGES) + 2
    assert all(len(figure.goals) == 1 for figure in figures)
    assert figures[-2].rows == 2


@pytest.mark.long
def test_the_activity_is_measured_with_each_filter(empty_database: str) -> None:
    figures = activity.measure_pages(empty_database, rows=3000, rounds=1)
    assert [figure.what for figure in figures] == [what for what, _path in activity.PAGES]

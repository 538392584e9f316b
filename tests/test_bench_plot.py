"""The plots in docs/ show every goal of `make bench`, the missed ones too."""

import json
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest

from tools.bench.plot import DOCS, PHONE, WIDE, draw, read_marks, worst, write

SVG = "{http://www.w3.org/2000/svg}"


def goal(text: str, measured: float, is_met: bool = True) -> dict[str, object]:
    return {"goal": text, "measured": measured, "is_met": is_met}


def figure(what: str, packages: int, *goals: dict[str, object]) -> dict[str, object]:
    return {"what": what, "packages": packages, "goals": goals}


TABLES = [
    {
        "title": "SQLite",
        "figures": [
            figure("Save & close", 100, goal("≤ 5 rows", 2)),
            figure("Save & close", 1_000, goal("≤ 1.2 × at 100", 1.19)),
            figure("Save & close", 10_000, goal("≤ 3 × at 100", 3.01, is_met=False)),
        ],
    },
    {"title": "PostgreSQL", "figures": [figure("Save & close", 100, goal("≤ 5 rows", 4))]},
    {
        "title": "The buyers' page on PostgreSQL",
        "figures": [
            figure("Page", 100, goal("≤ 1 × floor", 0.59)),
            figure("Page", 10_000, goal("≤ 1 × floor", 1.32, is_met=False)),
        ],
    },
    {
        "title": "Start and memory",
        "figures": [{"what": "Memory, MB", "goals": [goal("≤ 2 × empty", 1.5)]}],
    },
]


def texts(picture: str) -> list[tuple[str, str]]:
    """What can be read, with its classes; fails unless it is well-formed."""
    found = fromstring(picture).iter(f"{SVG}text")  # noqa: S314 - our own picture
    return [("".join(one.itertext()), one.get("class", "")) for one in found]


@pytest.mark.parametrize("columns", [WIDE, PHONE])
def test_each_label_and_figure_is_shown(columns: tuple[int, int]) -> None:
    """Caught: a work of the buyers' page that was left out for its area."""
    words = [text for text, _ in texts(draw(TABLES, columns))]
    for label in ("Save & close≤ 5 rows", "Page≤ 1 × floor", "Memory, MB≤ 2 × empty"):
        assert label in words
    for number in ("2", "4", "1.50", "1.19", "1,000", "10,000", "✗ 3.01", "✗ 1.32"):
        assert number in words


def test_missed_goals_are_marked_and_no_others() -> None:
    """Caught: a mark that compared what was measured without its limit."""
    picture = draw(TABLES, WIDE)
    marked = [text for text, classes in texts(picture) if "missed" in classes]
    assert sorted(marked) == ["✗ 1.32", "✗ 3.01"]
    assert sum("✗" in text for text, _ in texts(picture)) == 3  # and where it is explained


def test_missed_goals_are_told_to_screen_readers() -> None:
    description = fromstring(draw(TABLES, WIDE)).findtext(f"{SVG}desc")  # noqa: S314
    assert description == (
        "5 of 7 goals are met. Missed: "
        "Save & close with 10,000 packages on SQLite, 3.01 instead of ≤ 3 × at 100; "
        "Page with 10,000 packages on PostgreSQL, 1.32 instead of ≤ 1 × floor."
    )


def test_of_all_catalogues_the_worst_is_shown() -> None:
    """Caught: taking the largest catalogue, which may be the cheaper one."""
    small, large = (
        figure("List", 100, goal("≤ 6 SQL", 6)),
        figure("List", 10_000, goal("≤ 6 SQL", 5)),
    )
    rows = worst(read_marks([{"title": "SQLite", "figures": [small, large]}]))
    assert rows["List", "≤ 6 SQL"]["SQLite"].packages == 100


def test_what_is_far_from_its_goal_stays_inside() -> None:
    figures = [figure("List", 100, goal("≤ 1 × floor", 25, is_met=False))]
    picture = draw([{"title": "SQLite", "figures": figures}], PHONE)
    circles = [float(one.get("cx", "")) for one in _circles(picture)]
    assert max(circles) <= 400 - 20


def _circles(picture: str) -> list[Element]:
    return list(fromstring(picture).iter(f"{SVG}circle"))  # noqa: S314


def test_nothing_measured_is_still_a_picture() -> None:
    assert "0 of 0 goals are met." in draw([], WIDE)


def test_the_plots_in_docs_are_those_of_the_figures_there(tmp_path: Path) -> None:
    """Caught: figures that were measured again without drawing them."""
    write(json.loads((DOCS / "bench.json").read_text()), tmp_path)
    for name in ("bench.svg", "bench-phone.svg"):
        assert (tmp_path / name).read_text() == (DOCS / name).read_text()

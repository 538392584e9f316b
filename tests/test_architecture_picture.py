"""docs/architecture.svg shows the rooms and imports that the code has now."""

from xml.etree import ElementTree

import pytest

from tools.scripts import architecture
from tools.scripts.architecture import PICTURE, find_drafters, find_edges, read_rooms, write_dot

SVG = "{http://www.w3.org/2000/svg}"


def titles(kind: str) -> set[str]:
    """What the picture calls its nodes or edges."""
    groups = ElementTree.parse(PICTURE).iter(f"{SVG}g")  # noqa: S314 - our own picture
    return {one.findtext(f"{SVG}title") or "" for one in groups if one.get("class") == kind}


def test_the_picture_shows_the_imports_of_today() -> None:
    """Caught: `from domain.catalogue.undo import undo` in domain/catalogue/preview/preview.py."""
    rooms = read_rooms()
    mend = "Run make architecture"
    assert titles("edge") == {f"{room}->{used}" for room, used in find_edges(rooms)}, mend
    assert titles("node") == {*rooms, "ground", "key"}, mend


def test_an_arrow_that_follows_from_others_is_left_out() -> None:
    rooms = {"top": {"middle", "low"}, "middle": {"low"}, "low": set()}
    assert find_edges(rooms) == {("top", "middle"), ("middle", "low")}


def test_rooms_that_import_each_other_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="in a circle: left, right"):
        find_edges({"top": {"left"}, "left": {"right"}, "right": {"left"}})


def test_colours_tell_who_can_reach_a_draft() -> None:
    """Caught: only what imports the drafts' room counted, while pending reads their table."""
    rooms = read_rooms()
    assert {"domain/catalogue/pending", "blueprints/publishing"} <= find_drafters(rooms)
    green = f'fillcolor="{architecture.GREEN}"'
    readers = {line.split('"')[1] for line in write_dot(rooms).splitlines() if green in line}
    assert readers == {
        *("page_cache", "domain/catalogue/storefront", "domain/purchases"),
        *(f"blueprints/{area}" for area in ("account", "api", "checkout", "embed", "shared")),
        "blueprints/storefront",
    }


def test_without_graphviz_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit) as stopped:
        architecture.main()
    assert stopped.value.code == (
        "The picture needs Graphviz, and there is no apt-get to install it with."
    )
    assert capsys.readouterr().out.count("\n") == 1

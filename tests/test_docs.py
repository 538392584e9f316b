"""What the documents for people name is there: files, folders, functions and classes."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    ROOT / name
    for name in (
        *("CONTRIBUTING.md", "README.md"),
        *("docs/architecture.md", "docs/growing.md", "docs/how-it-works.md", "docs/ledger.md"),
        *("docs/customers.md", "docs/payments.md", "docs/platforms.md"),
    )
]
FILE = re.compile(r"(?!/)[\w./-]+(/|\.(?:css|html|json|js|md|mo|po|png|py|svg|toml|txt|yaml))")
# Made by the first `make run`.
MADE = (".venv/", "instance/")


def quoted(document: Path) -> list[str]:
    """What stands in backticks, outside of blocks of commands."""
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    return re.findall(r"`([^`]+)`", text)


def paths(document: Path) -> Iterator[str]:
    """The paths in backticks, in commands too, as they are from the root."""
    for word in " ".join(quoted(document)).split():
        if FILE.fullmatch(word) and not word.startswith(MADE):
            yield word


def named(document: Path) -> Iterator[str]:
    """The functions and classes in backticks: `name()`, `Class.name()`, `ClassName`."""
    for text in quoted(document):
        if re.fullmatch(r"(\w+\.)?\w+\(\)|([A-Z][a-z]+){2,}(\.\w+)?", text):
            yield from text.removesuffix("()").split(".")


@cache
def defined() -> set[str]:
    return {
        name
        for folder in ("blueprints", "domain", "page_cache", "migrations")
        for path in (ROOT / folder).glob("**/*.py")
        for name in re.findall(r"^ *(?:def|class) (\w+)", path.read_text(), re.MULTILINE)
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_paths_that_are_named_exist(document: Path) -> None:
    """Caught: a table of the source that still named `catalogue/drafts.py`."""
    assert [path for path in paths(document) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(document: Path) -> None:
    links = re.findall(r"\]\(([^):#]+)\)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_functions_and_classes_that_are_named_exist(document: Path) -> None:
    assert set(named(document)) - defined() == set()


def test_tests_that_are_named_exist() -> None:
    """Caught: a test that has another name now."""
    rows = re.findall(r"`(tests/\S+\.py)`: `(test_\w+)`", (ROOT / "CONTRIBUTING.md").read_text())
    assert len(rows) > 9
    assert [
        (file, name) for file, name in rows if f"def {name}(" not in (ROOT / file).read_text()
    ] == []


def test_the_way_of_a_price_is_checked() -> None:
    page = ROOT / "docs" / "architecture.md"
    assert len(set(paths(page))) > 15
    assert {"edit_package", "PackageForm", "CacheMiddleware", "ask"} <= set(named(page))

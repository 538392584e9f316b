"""Holds the layers of the house: imports point down only, and buyers' code cannot see a draft."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOMAINS = {"accounts", "catalogue", "embedding"}
GROUND = {"money", "countries", "numerals", "sentences", "database", "config", "backup"}
AREAS = {"auth", "settings", "packages", "storefront", "api", "embed"}
SHARED = {
    *("caching", "destinations", "errors", "forms", "htmx", "logs", "pages", "problems"),
    *("reader", "resending", "safety", "speech"),
}
OURS = DOMAINS | GROUND | {"blueprints", "ready", "app", "cli", "worker", "extensions"}
FRAMEWORK = {"flask", "flask_login", "flask_wtf", "flask_sqlalchemy", "werkzeug", "wtforms"}
DRAFT_WORDS = {"CreditPackage", "StorefrontSettings", "DraftRevision"}

FILES = [
    path
    for path in sorted(ROOT.glob("**/*.py"))
    if path.relative_to(ROOT).parts[0] in OURS | {f"{name}.py" for name in OURS}
]


def imports(path: Path) -> set[str]:
    """Full names of the modules and names that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def room(path: Path) -> tuple[str, ...]:
    return path.relative_to(ROOT).with_suffix("").parts


def allowed(path: Path) -> set[str]:
    """Which of our own top-level modules a file may import."""
    top = room(path)[0]
    if top in {"app", "cli"}:
        return OURS - {"app"}
    if top == "worker":
        return {"app", "blueprints"}
    if top == "ready":
        return DOMAINS | GROUND | {"blueprints", "extensions", "ready"}
    if top == "blueprints":
        return DOMAINS | GROUND | {"blueprints", "extensions"}
    if top in DOMAINS:
        return {top, "money", "countries", "database", "sentences"}
    return {"extensions": {"database"}, "money": {"countries", "numerals", "sentences"}}.get(
        top, set()
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(room(path)))
def test_imports_point_down(path: Path) -> None:
    """Caught: `from blueprints.pages import price` in catalogue/drafts.py."""
    assert (tops(path) & OURS) <= allowed(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(room(path)))
def test_domains_and_ground_know_no_web(path: Path) -> None:
    """Caught: `from flask import g` in accounts/sessions.py."""
    if room(path)[0] in DOMAINS | GROUND:
        assert not tops(path) & FRAMEWORK


@pytest.mark.parametrize("area", sorted(AREAS))
def test_one_blueprint_never_imports_another(area: str) -> None:
    for path in (ROOT / "blueprints" / area).glob("*.py"):
        named = {name.split(".")[1] for name in imports(path) if name.startswith("blueprints.")}
        assert named <= SHARED | {area}, path


@pytest.mark.parametrize(
    "area", ["blueprints/storefront", "blueprints/api", "blueprints/embed", "ready"]
)
def test_buyers_read_live_data_only(area: str) -> None:
    """Caught: `from catalogue import drafts` in the storefront's views, and in the API's."""
    for path in (ROOT / area).glob("*.py"):
        named = {tuple(name.split(".")[:2]) for name in imports(path)}
        modules = {module for module in named if module[0] == "catalogue"}
        assert modules <= {("catalogue", "live"), ("catalogue", "offers")}, path


@pytest.mark.parametrize("name", ["live", "offers"])
def test_live_data_cannot_name_a_draft(name: str) -> None:
    path = ROOT / "catalogue" / f"{name}.py"
    names = {
        node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)
    }
    assert not names & DRAFT_WORDS
    ours = {name for name in imports(path) if "catalogue" in name}
    assert {name.split(".")[1] for name in ours} <= {"models", "offers", "rules"}


def test_only_htmx_py_names_its_headers() -> None:
    for path in FILES:
        if room(path) != ("blueprints", "htmx"):
            assert "HX-" not in path.read_text(), path


def test_only_the_domain_writes_releases_and_drafts() -> None:
    """A table's class may be built in one module alone."""
    writers = {
        "CreditPackage": "drafts",
        "DraftRevision": "revisions",
        "PreviewLink": "preview_links",
        "Release": "publishing",
    }
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                writer = writers.get(node.func.id)
                assert writer in (None, room(path)[-1]), f"{path} builds a {node.func.id}"

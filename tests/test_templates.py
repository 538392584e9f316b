"""Templates and styles: what the Content Security Policy and right-to-left readers need."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import TemplateRuntimeError, Undefined, UndefinedError, meta
from jinja2.utils import missing
from sqlalchemy.orm import Session

from tests.conftest import ADMIN
from tests.page_helpers import (
    HTMX,
    LIST,
    TYPED,
    TYPED_MARKET,
    add,
    apply_all,
    edit,
    edit_market,
    post,
    review_token,
    typed_for,
)
from tests.second_factor import set_up_app

ROOT = Path(__file__).parent.parent
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
FORM = r'<form\b[^>]* method="post".*?</form>'
NAMED = r"\{%-?\s*(?:set|for)\s+([\w, ]+?)\s*(?:=|in\b)"
SOURCES = {
    path.relative_to(ROOT / "templates").as_posix(): re.sub(
        r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL
    )
    for path in sorted((ROOT / "templates").rglob("*.html"))
}


def holding(*patterns: str) -> list[str]:
    """The templates in which one of the patterns is found."""
    return [
        name
        for name, source in SOURCES.items()
        if any(re.search(pattern, source) for pattern in patterns)
    ]


def test_no_inline_script_or_style() -> None:
    """Caught: style="" on a button, onclick="" on another; the policy would drop them unseen.

    Data for search engines is no script: nothing runs it, and the policy has nothing against it.
    """
    assert holding(r"<style\b") == ["mail/base.html"]  # a mail has no policy, and no other file
    assert not holding(
        r"<script\b(?![^>]* (?:src=|type=\"application/ld\+json\"))",
        r"<[^>]*\s(style|on\w+)\s*=",
    )
    assert not holding(r"\shx-(on|vals|headers|vars)\b", "javascript:")


def test_nothing_comes_from_elsewhere() -> None:
    """Caught: a font from another host."""
    assert not holding(r"""(?:https?:)?//[\w.-]+\.\w""")


def test_every_form_that_writes_carries_a_token() -> None:
    """Caught: csrf_token() left out of _pending.html."""
    forms = [form for source in SOURCES.values() for form in re.findall(FORM, source, re.DOTALL)]
    assert len(forms) > 8
    for form in forms:
        assert any(
            part in form for part in ("csrf_token", "_fields.html", "{{ token }}", "{{ where }}")
        )


def names_handed_over() -> set[str]:
    """What views give to templates, and templates to those that they include."""
    names = {
        name.strip()
        for source in SOURCES.values()
        for named in re.findall(NAMED, source)
        for name in named.split(",")
    }
    for file in (ROOT / "blueprints").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and "render_template" in ast.unparse(node.func):
                names |= {keyword.arg for keyword in node.keywords if keyword.arg}
    return names


def test_only_known_names_are_used(app: Flask) -> None:
    """Caught: {{ pakage.name }}, which Jinja shows as nothing."""
    known: dict[str, Any] = {}
    with app.test_request_context():
        app.update_template_context(known)
    names = {*app.jinja_env.globals, *known, *names_handed_over()}
    for name, source in SOURCES.items():
        unknown = meta.find_undeclared_variables(app.jinja_env.parse(source)) - names
        assert (name, unknown) == (name, set())


def test_text_is_always_escaped() -> None:
    assert not holding(r"\|\s*safe\b", r"autoescape\s+false", "Markup")


def test_code_with_a_name_has_a_role() -> None:
    """A pre by itself may have no name. Caught: role="group" left out."""
    assert holding(r"<pre\b[^>]* aria-label=")
    assert holding(r"<pre\b(?![^>]* role=)[^>]* aria-label=") == []


def test_every_template_is_used() -> None:
    code = "".join(file.read_text() for file in (ROOT / "blueprints").rglob("*.py"))
    code += "".join(SOURCES.values())
    assert [name for name in SOURCES if f'"{name}"' not in code] == []


def test_every_template_compiles(app: Flask) -> None:
    for name in SOURCES:
        app.jinja_env.get_template(name)


class NoSuchAttribute(Undefined):
    """Lets a template ask whether it was given a name, but never misspell an attribute."""

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,  # noqa: ANN401 - as Jinja has it
        name: str | None = None,
        exc: type[TemplateRuntimeError] = UndefinedError,
    ) -> None:
        super().__init__(hint, obj, name, exc)
        if obj is not missing:
            raise UndefinedError(f"{type(obj).__name__} has no {name}")


@pytest.fixture
def strict(app: Flask) -> None:
    app.jinja_env.undefined = NoSuchAttribute
    app.config["PROPAGATE_EXCEPTIONS"] = True


@pytest.mark.own_app
@pytest.mark.usefixtures("strict")
def test_no_attribute_is_misspelt(signed_in: FlaskClient, session: Session) -> None:
    """Caught: {{ package.shortinfo }}, which Jinja shows as nothing."""
    ids = add(session, "One", "Two")
    apply_all(session)
    edit(session, ids[0], name="Uno")
    add(session, "Three", country="DE")
    for path in ("", "?country=DE", "?q=o", "?q=x", "?country=JP", "add", "pending", "preview"):
        assert signed_in.get(f"{LIST}{path}").status_code == 200
    for path in ("pending?list=0-0", "pending?version=1", "pending?review=1", "unseen?list=0-0"):
        assert signed_in.get(f"{LIST}{path}").status_code == 200
    for path in (
        "edit",
        "edit/form",
        "duplicate",
        "duplicate/form",
        "row",
        "actions",
        "actions/menu",
    ):
        assert signed_in.get(f"{LIST}{ids[0]}/{path}", headers=HTMX).status_code == 200
    for path in ("/settings/", "/packages", "/packages?country=JP", "/login/done", "/login/again"):
        assert signed_in.get(path).status_code == 200
    for path in ("/settings/account", "/settings/sites", "/embed/packages", "/api/v1/"):
        assert signed_in.get(path).status_code == 200
    stale, typed = typed_for(session, ids[0], version="9"), typed_for(session, ids[0], credits="7")
    answers = {
        f"{ids[0]}/edit": [(stale, 409), ({"name": ""}, 422), (typed, 200)],
        f"{ids[1]}/move": [({"step": "up", "country": "US"}, 200), ({}, 422)],
        f"{ids[1]}/remove": [({"version": "1"}, 200), ({"version": "1"}, 409)],
        f"{ids[1]}/keep": [({"version": "2"}, 200)],
        "add": [(TYPED, 200)],
        "echo": [(TYPED, 200)],
        "apply": [({}, 409), ({"token": review_token(signed_in)}, 409)],
    }
    for path, forms in answers.items():
        for fields, status in forms:
            assert post(signed_in, f"{LIST}{path}", fields, htmx=True).status_code == status
    token = {"token": review_token(signed_in)}
    assert post(signed_in, f"{LIST}apply", token, htmx=True).status_code == 200


@pytest.mark.own_app
@pytest.mark.usefixtures("strict")
def test_no_attribute_of_the_second_factor_is_misspelt(
    signed_in: FlaskClient, session: Session
) -> None:
    factor = "/settings/account/second-factor"
    for path in (factor, f"{factor}/on"):
        assert signed_in.get(path).status_code == 200
    set_up_app(session, ADMIN)
    for path in ("/settings/account", factor, f"{factor}/on", f"{factor}/off"):
        assert signed_in.get(path).status_code == 200
    assert signed_in.get(f"{factor}/recovery-codes").status_code == 200
    assert post(signed_in, f"{factor}/recovery-codes").status_code == 200


@pytest.mark.own_app
@pytest.mark.usefixtures("strict")
def test_no_attribute_of_a_market_is_misspelt(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    edit_market(session, "US", note_en="Note", tax="when_used")
    for path in ("markets", "markets/US", "markets/JP", "credit-packages/preview"):
        assert signed_in.get(f"/settings/{path}").status_code == 200
    for path in ("review", "discard", "pending?market=US-1"):
        assert signed_in.get(f"{LIST}{path}").status_code == 200
    wrong, old = TYPED_MARKET | {"rate": "x"}, TYPED_MARKET | {"version": "9"}
    for sent, status in ((wrong, 422), (old, 409), (TYPED_MARKET | {"version": "2"}, 303)):
        assert post(signed_in, "/settings/markets/US", sent).status_code == status
    apply_all(session)
    for path in ("/packages", "/embed/packages", f"{LIST}history/1", f"{LIST}history/1/cards"):
        assert signed_in.get(path).status_code == 200


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_follow_the_direction_of_reading(path: Path) -> None:
    """Caught: margin-left in place of margin-inline-start."""
    css = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    physical = r"(?<![\w-])(left|right|(margin|padding|border|inset|scroll-\w+)[\w-]*-(left|right))"
    assert not re.search(rf"{physical}\s*:", css)
    assert not re.search(r"(?<![\w-])(float|clear|text-align)\s*:\s*(left|right)", css)
    assert not re.search(r"border-(top|bottom)-(left|right)-radius", css)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_come_from_here(path: Path) -> None:
    assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", path.read_text())


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_run_no_text(path: Path) -> None:
    assert not re.search(
        r"\beval\(|new Function|innerHTML|outerHTML\s*=|document\.write|insertAdjacentHTML|https?://",
        path.read_text(),
    )

"""Rows of the list are drawn once and remembered."""

from flask import Flask
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy.orm import Session

from blueprints.packages.drawing import draw_row
from tests.html import find_all
from tests.page_helpers import LIST, add

READERS = ("en-US", "en-IN", "tr-TR")


def rows(client: FlaskClient, reader: str = "en-US", base_url: str = "http://localhost") -> str:
    page = client.get(LIST, headers={"Accept-Language": reader}, base_url=base_url).text
    return "".join(node.html or "" for node in find_all(page, "li.package"))


def test_each_reader_gets_rows_of_their_own(signed_in: FlaskClient, session: Session) -> None:
    """Caught: remembering rows without the locale."""
    add(session, "Starter", credits=100_000)
    in_turn = [rows(signed_in, reader) for reader in READERS]
    assert len(set(in_turn)) == len(READERS)
    for reader, remembered in zip(READERS, in_turn, strict=True):
        draw_row.cache_clear()
        assert rows(signed_in, reader) == remembered


def test_rows_lead_to_where_scrip_is_mounted(signed_in: FlaskClient, session: Session) -> None:
    """Caught: remembering rows without their addresses."""
    add(session, "Starter")
    assert f'hx-get="{LIST}' in rows(signed_in)
    assert f'hx-get="/shop{LIST}' in rows(signed_in, base_url="http://localhost/shop")


def test_a_changed_template_draws_rows_anew(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: remembering rows without the template that drew them."""
    add(session, "Starter")
    rows(signed_in)
    loader = app.jinja_env.loader
    assert loader
    assert app.jinja_env.cache is not None
    changed = '{% macro package_row(row, home) %}<li class="package">changed</li>{% endmacro %}'
    app.jinja_env.loader = ChoiceLoader([DictLoader({"macros/row.html": changed}), loader])
    app.jinja_env.cache.clear()
    assert rows(signed_in) == '<li class="package">changed</li>'

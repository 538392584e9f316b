"""Rows of the list, remembered as they were drawn: most of a list stays as it was, and drawing its
rows takes longer than all else."""

from collections.abc import Iterable
from functools import lru_cache

from babel import Locale
from flask import get_template_attribute, url_for
from jinja2.runtime import Macro
from markupsafe import Markup

from blueprints.locale import language, reader_locale
from blueprints.packages.rows import Row


def draw_rows(rows: Iterable[Row]) -> Markup:
    draw = get_template_attribute("macros/row.html", "package_row")
    home, reader = url_for("packages.index"), (language(), reader_locale())
    return Markup("\n".join(draw_row(draw, home, *reader, row) for row in rows))  # noqa: S704 - drawn


@lru_cache(maxsize=1024)
def draw_row(draw: Macro, home: str, _language: str, _locale: Locale, row: Row) -> str:
    """With the macro itself in the key, a template that was changed draws anew."""
    return str(draw(row, home))

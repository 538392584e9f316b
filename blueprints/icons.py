"""The icons of the pages: those of Lucide in templates/icons/, written into the page."""

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

FOLDER = Path(__file__).parent.parent / "templates" / "icons"
# Arrows that point to what comes next, and turn where people read the other way.
ONWARDS = frozenset({"chevron-right"})


@cache
def icon(name: str) -> Markup:
    """An icon as tall as text, hidden from screen readers: words beside it say what it means."""
    drawing = (FOLDER / f"{name}.svg").read_text()
    shapes = "".join(
        re.findall(r"<(?:path|circle|rect|line|polyline|polygon|ellipse) [^>]*/>", drawing)
    )
    classes = "icon icon-onwards" if name in ONWARDS else "icon"
    svg = f'<svg class="{classes}" viewBox="0 0 24 24" aria-hidden="true">{shapes}</svg>'
    return Markup(svg)  # noqa: S704 - files of our own

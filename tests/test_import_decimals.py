"""A file whose prices have a decimal comma where a point was chosen, or the other way round."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.conftest import make_admin, signed_in_client
from tests.html import find, texts
from tests.importing import HEADER, check, chips
from tests.page_helpers import add, post


@pytest.mark.parametrize(
    ("lines", "decimal", "sentence", "button"),
    [
        (
            'US,A,100,"19,90",USD\nUS,E,"1.000",1,USD\nUS,F,1,"1.234,5",USD',
            "point",
            "These prices use a decimal comma, and 19.90 was chosen.",
            "Check again with 19,90",
        ),
        (
            'US,A,100,19.90,USD\nUS,E,"1,000",1,USD\nUS,F,1,"1,234.5",USD',
            "comma",
            "These prices use a decimal point, and 19,90 was chosen.",
            "Check again with 19.90",
        ),
    ],
)
def test_prices_written_in_the_other_way_are_checked_again_without_the_file(
    signed_in: FlaskClient, session: Session, lines: str, decimal: str, sentence: str, button: str
) -> None:
    """Caught: a press that changes nothing; a button for the way that is chosen already."""
    add(session, "A")
    page = check(signed_in, HEADER + lines, decimal=decimal)
    assert texts(page.text, "#errors-title, .problems button") == [sentence, button]
    form = find(page.text, ".problems form").attributes
    chosen = find(page.text, ".problems button").attributes["value"]
    answer = post(signed_in, str(form["action"]), {"decimal": chosen})
    assert answer.status_code == 303
    page = signed_in.get(answer.location)
    assert chips(page) == ["All changes 3", "Added 2", "Changed 1"]
    assert "$1,234.50" in page.text


@pytest.mark.parametrize(
    "lines",
    [
        'US,A,100,"19,90",USD\nUS,E,1,19.90,USD',
        "US,A,100,none,USD",
        "US,A,100,1.5,JPY",
        'US,A,100,"1,5",JPY',
        "XX,A,100,1,USD",
        'US,A,100,"19,901",USD\nUS,B,1,"1.9,0",USD',
    ],
)
def test_the_other_way_is_named_only_if_all_prices_are_in_it(
    signed_in: FlaskClient, lines: str
) -> None:
    """Caught: one price that it fits is enough; a file without wrong prices."""
    page = check(signed_in, HEADER + lines)
    title = "Correct the file, then check it again. Nothing was saved."
    assert texts(page.text, "#errors-title") == [title]


def test_nobody_chooses_how_a_colleagues_file_is_read(
    app: Flask, engine: Engine, signed_in: FlaskClient
) -> None:
    """Caught: `get_file` left out."""
    path = check(signed_in, HEADER + 'US,A,1,"1,5",USD').request.path
    make_admin(engine, "ben@example.com")
    ben = signed_in_client(app, engine, "ben@example.com")
    assert post(ben, f"{path}/decimal", {"decimal": "comma"}).status_code == 404
    assert "Check again" in signed_in.get(path).text

"""A page that is shown again because someone was faster says so where it is read first."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.catalogue.pending.pending import pending_changes
from tests.html import find, find_all, text_of
from tests.page_helpers import LIST, add, apply_all, edit, post

Fields = Callable[[Session], dict[str, str]]

# Path, the form as it was opened, and what the page says once it is stale.
REFUSED: dict[str, tuple[Fields, str]] = {
    "discard": (
        lambda session: {"token": pending_changes(session).token, "everything": "1"},
        "Nothing discarded: it changed while you were looking.",
    ),
    "review/discard?change=package-1-edited": (
        lambda session: {"token": pending_changes(session).token},
        "Nothing discarded: it changed while you were looking.",
    ),
    "history/1/restore": (
        lambda session: {"token": pending_changes(session).token},
        "Nothing restored: the drafts changed",
    ),
    "1/remove": (lambda _: {"version": "2"}, "Nothing was done; look at it again."),
}


@pytest.mark.parametrize("path", REFUSED)
def test_it_is_a_problem_in_the_page_that_takes_the_focus(
    signed_in: FlaskClient, session: Session, path: str
) -> None:
    """Caught: a message in the corner that nothing leads to."""
    fields, sentence = REFUSED[path]
    add(session, "Pro")
    apply_all(session)
    edit(session, 1, name="Prime", price_minor=2199)
    sent = fields(session)
    edit(session, 1, name="Primo", price_minor=2199)
    answer = post(signed_in, f"{LIST}{path}", sent)
    assert answer.status_code == 409
    problem = find(answer.text, "main .problems")
    assert sentence in text_of(problem)
    assert problem.attributes["tabindex"] == "-1"
    assert "autofocus" in problem.attributes
    assert answer.text.count(sentence) == 1
    assert text_of(find(answer.text, "title")).startswith("Error: ")
    read_first, *_, read_last = find_all(answer.text, "main .problems, main form")
    assert (read_first.attributes.get("class"), read_last.tag) == ("problems", "form")

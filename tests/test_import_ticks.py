"""Where a file and a colleague changed the same: what is ticked on the pages of the dry run."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from blueprints.imports import importing
from blueprints.request_limits import LONG
from domain.catalogue.imports.reading import MOST_LINES
from tests.html import texts, values
from tests.importing import check, chips, exported, save, written
from tests.page_helpers import add, draft, edit, everything, post, ticked

THEIRS, OURS = 2222, 2390


@pytest.fixture
def page(signed_in: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch) -> TestResponse:
    """The first of three pages: a colleague and the file gave five packages other prices."""
    monkeypatch.setattr(importing, "PAGE_LINES", 2)
    ids = add(session, *"ABCDE")
    rows = exported(signed_in)
    for id in ids:
        edit(session, id, price_minor=THEIRS)
    return check(signed_in, written([row | {"price": "23.90"} for row in rows]))


def turn(client: FlaskClient, page: TestResponse, where: str, *takes: str) -> TestResponse:
    """Presses the button of another page or kind that says so."""
    buttons = "button[form=import-form][formaction]"
    labels, paths = texts(page.text, buttons), values(page.text, buttons, "formaction")
    fields: dict[str, object] = {
        "digest": values(page.text, "[name=digest]", "value")[0],
        "takes": [*takes],
    }
    return post(client, paths[labels.index(where)], fields | taken(page))


def taken(page: TestResponse) -> dict[str, str]:
    """The field with what is ticked on other pages, if there is one."""
    return dict(zip(["taken"], values(page.text, "[name=taken]", "value"), strict=False))


def prices(session: Session) -> list[int]:
    return [draft(session, id).price_minor for id in range(1, 6)]


def test_what_is_ticked_stays_ticked_on_other_pages(
    signed_in: FlaskClient, session: Session, page: TestResponse
) -> None:
    """Caught: pages as links; one left that was unticked again; those of the page twice, so that
    none could be unticked."""
    before = everything(session)
    second = turn(signed_in, page, "2", "2.2", "3.2")
    assert ticked(second.text, "takes") == []
    assert "On other pages, 2 lines use the file's value." in second.text
    changed = turn(signed_in, second, "Changed 5", "5.2")
    assert ticked(changed.text, "takes") == ["2.2", "3.2"]
    assert taken(changed) == {"taken": "5.2"}
    last = turn(signed_in, changed, "3", "3.2")
    assert taken(last) == {"taken": "3.2 5.2"}
    assert everything(session) == before
    assert save(signed_in, last, takes=["6.2"], **taken(last)).status_code == 303
    assert prices(session) == [THEIRS, OURS, THEIRS, OURS, OURS]


def test_a_tick_is_about_what_was_seen(
    signed_in: FlaskClient, session: Session, page: TestResponse
) -> None:
    """Caught: ticks that name the line alone, and 25.00 replaced which nobody had seen; a page
    that does not say that the drafts changed."""
    second = turn(signed_in, page, "2", "2.2", "3.2")
    edit(session, 1, price_minor=2500)
    last = turn(signed_in, second, "3")
    assert last.status_code == 409
    assert texts(last.text, "#problem")[0].startswith("Nothing saved: the drafts changed since.")
    assert taken(last) == {"taken": "3.2"}
    assert save(signed_in, last, **taken(last)).status_code == 303
    assert prices(session) == [2500, OURS, THEIRS, THEIRS, THEIRS]


def test_a_save_that_is_refused_keeps_what_is_ticked(
    signed_in: FlaskClient, session: Session, page: TestResponse
) -> None:
    """Caught: ticks that were lost with the page."""
    edit(session, 5, short_info="Theirs")
    answer = save(signed_in, page, takes=["2.2"], taken="4.2 6.2")
    assert answer.status_code == 409
    assert (ticked(answer.text, "takes"), taken(answer)) == (["2.2"], {"taken": "4.2"})


def test_a_tick_on_each_line_of_the_longest_file_passes(
    signed_in: FlaskClient, page: TestResponse
) -> None:
    """A hundred on the page, the others in one field. Caught: the limit of short forms."""
    every = " ".join(f"{line}.{2**31 - 1}" for line in range(2, MOST_LINES + 2))
    assert len(every) < LONG.bytes / 2
    takes = [f"{line}.9" for line in range(100)]
    assert save(signed_in, page, takes=takes, taken=every, digest="x").status_code == 409
    path = values(page.text, "button[formaction]", "formaction")[0]
    answer = post(signed_in, path, {"takes": takes, "taken": every})
    assert answer.status_code == 200
    assert (taken(answer), chips(answer)) == ({}, ["All changes 5", "Changed 5"])


@pytest.mark.usefixtures("page")
def test_without_anything_to_tick_pages_have_addresses(signed_in: FlaskClient) -> None:
    page = check(signed_in, written([row | {"price": "9"} for row in exported(signed_in)]))
    path = values(page.text, ".pages a", "href")[2]
    assert texts(signed_in.get(path).text, "td.line-number") == ["6"]

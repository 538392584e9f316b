"""Remove, and Keep, which takes it back."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.catalogue.models import DraftRevision
from tests.conftest import ADMIN
from tests.html import find, values
from tests.page_helpers import (
    HTMX,
    LIST,
    add,
    apply_all,
    buyers_pages,
    draft,
    edit,
    everything,
    labels,
    main_part,
    menu,
    order,
    partials,
    pending,
    post,
    remove,
)

WORDS = ["remove", "keep"]


def path(package_id: int, word: str) -> str:
    return f"{LIST}{package_id}/{word}"


def test_a_live_package_is_struck_through(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "One", "Two", "Three")
    apply_all(session)
    answer = post(signed_in, path(ids[1], "remove"), {"version": "1"}, htmx=True)
    assert answer.status_code == 200
    assert main_part(answer) == ""
    parts = partials(answer)
    assert find(parts["#catalogue"], f"tr.package.is-leaving#package-{ids[1]}")
    assert "Keep Two" in labels(parts["#catalogue"])
    assert "Edit Two" not in labels(parts["#catalogue"])
    assert "Reorder Three, 2 of 2" in labels(parts["#catalogue"])
    assert "Two will be removed when you apply." in parts["#status"]
    assert "1 removed" in parts["#pending"]


def test_a_package_that_was_never_live_is_hidden(signed_in: FlaskClient, session: Session) -> None:
    """Caught: listing._is_shown without the condition on removed_at."""
    ids = add(session, "One", "Two")
    answer = post(signed_in, path(ids[1], "remove"), {"version": "1"}, htmx=True)
    page = partials(answer)["#catalogue"]
    assert f'id="package-{ids[1]}"' not in page
    assert "<bdi>Two</bdi> removed. Buyers never saw it." in page
    assert "Keep Two" in labels(page)
    assert labels(partials(answer)["#status"]) == ["Keep Two"]
    assert "1 pending change<" in partials(answer)["#pending"]
    assert f'id="package-{ids[1]}"' not in signed_in.get(LIST).text


def test_a_package_that_is_live_no_more_is_hidden(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "One", "Two")
    apply_all(session)
    remove(session, ids[1])
    apply_all(session)
    assert f'id="package-{ids[1]}"' not in signed_in.get(LIST).text


def test_focus_goes_to_keep_where_the_row_stays(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "One", "Two")
    apply_all(session)
    answer = post(signed_in, path(ids[0], "remove"), {"version": "1"}, htmx=True)
    assert f'data-focus="keep-{ids[0]}"' in partials(answer)["#status"]


@pytest.mark.parametrize(("removed", "focus"), [(0, 1), (1, 2)])
def test_focus_goes_to_the_next_row_where_it_does_not(
    signed_in: FlaskClient, session: Session, removed: int, focus: int
) -> None:
    ids = add(session, "One", "Two", "Three")
    answer = post(signed_in, path(ids[removed], "remove"), {"version": "1"}, htmx=True)
    assert f'data-focus="edit-{ids[focus]}"' in partials(answer)["#status"]


def test_without_a_next_row_focus_goes_to_the_heading(
    signed_in: FlaskClient, session: Session
) -> None:
    ids = add(session, "One", "Two")
    add(session, "Drei", country="DE")
    answer = post(signed_in, path(ids[1], "remove"), {"version": "1"}, htmx=True)
    assert 'data-focus="page-title"' in partials(answer)["#status"]


def test_a_plain_form_strikes_it_through(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "One")
    apply_all(session)
    answer = post(signed_in, path(id, "remove"), {"version": "1"})
    assert answer.status_code == 303
    page = signed_in.get(answer.location).text
    assert "<p>One will be removed when you apply.</p>" in page
    assert "Keep One" in labels(page)


def test_a_plain_form_hides_it_and_offers_keep(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "One")
    answer = post(signed_in, path(id, "remove"), {"version": "1"})
    page = signed_in.get(answer.location).text
    assert f'id="package-{id}"' not in page
    assert "Keep One" in labels(page)
    button = find(page, f"button#keep-{id}[name=version]").attributes
    assert (button["formaction"], button["value"]) == (path(id, "keep"), "2")


def test_the_buttons_carry_the_version_they_saw(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the button without value=, so that Remove was never stale."""
    (id,) = add(session, "One")
    edit(session, id, credits=7)
    button = find(menu(signed_in, id), "button[aria-label='Remove One'][name=version]")
    assert button.attributes["value"] == "2"


def test_keep_takes_it_back(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "One", "Two")
    apply_all(session)
    remove(session, ids[0])
    answer = post(signed_in, path(ids[0], "keep"), {"version": "2"}, htmx=True)
    assert answer.status_code == 200
    parts = partials(answer)
    assert "Reorder One, 1 of 2" in labels(parts["#catalogue"])
    assert "One stays." in parts["#status"]
    assert f'data-focus="edit-{ids[0]}"' in parts["#status"]
    assert "strip-words" not in parts["#pending"]
    assert (order(session), pending(session)) == (["One", "Two"], [])


def test_keep_works_as_a_plain_form(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "One")
    remove(session, id)
    answer = post(signed_in, path(id, "keep"), {"version": "2"})
    assert answer.status_code == 303
    assert "Edit One" in labels(signed_in.get(answer.location).text)


def test_keeping_what_stays_is_no_error(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "One")
    before = everything(session)
    assert post(signed_in, path(id, "keep"), {"version": "1"}, htmx=True).status_code == 200
    assert everything(session) == before


def test_who_did_it_is_noted(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "One")
    post(signed_in, path(id, "remove"), {"version": "1"})
    post(signed_in, path(id, "keep"), {"version": "2"})
    revisions = session.scalars(select(DraftRevision).order_by(DraftRevision.id)).all()
    assert [(r.action, r.author) for r in revisions[1:]] == [("removed", ADMIN), ("kept", ADMIN)]


def test_buyers_see_it_until_apply(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the storefront asking credit_package.removed_at as well."""
    ids = add(session, "One", "Two")
    apply_all(session)
    before = buyers_pages(signed_in)
    post(signed_in, path(ids[0], "remove"), {"version": "1"})
    assert buyers_pages(signed_in) == before
    apply_all(session)
    assert b"One" not in buyers_pages(signed_in)["US"]
    assert b"Two" in buyers_pages(signed_in)["US"]


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("word", WORDS)
def test_a_stale_press_changes_nothing(
    signed_in: FlaskClient, session: Session, word: str, htmx: bool
) -> None:
    """Caught: remove_package and keep_package without the comparison of versions."""
    (id,) = add(session, "One")
    apply_all(session)
    edit(session, id, name="Theirs")
    if word == "keep":
        remove(session, id)
    before = everything(session)
    answer = post(signed_in, path(id, word), {"version": "1"}, htmx=htmx)
    assert answer.status_code == 409
    assert "Theirs was changed after you opened it." in answer.text
    assert everything(session) == before


def test_a_stale_press_says_what_to_do(signed_in: FlaskClient, session: Session) -> None:
    """What happened, what was kept, what to do; and the next press is about what is seen."""
    (id,) = add(session, "One")
    edit(session, id, name="Theirs")
    answer = post(signed_in, path(id, "remove"), {"version": "1"}, htmx=True)
    assert "Nothing was done; look at it again." in partials(answer)["#alert"]
    assert "More for Theirs" in labels(partials(answer)["#catalogue"])
    assert values(menu(signed_in, id), "button[name=version]", "value") == ["2"]
    assert "1 pending change" in partials(answer)["#pending"]


def test_a_removed_package_is_not_removed_again(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "One")
    apply_all(session)
    remove(session, id)
    answer = post(signed_in, path(id, "remove"), {"version": "2"}, htmx=True)
    assert answer.status_code == 409
    assert "One will be removed when you apply." in partials(answer)["#alert"]


@pytest.mark.parametrize("word", WORDS)
def test_any_other_version_is_stale(signed_in: FlaskClient, session: Session, word: str) -> None:
    (id,) = add(session, "One")
    for version in ("", "0", "x", "-1", "9" * 5000, "1\0", "²"):
        answer = post(signed_in, path(id, word), {"version": version})
        assert (version, answer.status_code) == (version, 409)
    assert post(signed_in, path(id, word)).status_code == 409
    assert draft(session, id).removed_at is None


@pytest.mark.parametrize("word", WORDS)
def test_an_unknown_package_is_not_found(signed_in: FlaskClient, word: str) -> None:
    assert post(signed_in, path(99, word), {"version": "1"}).status_code == 404
    assert post(signed_in, path(99, word), {"version": "1"}, htmx=True).status_code == 404


@pytest.mark.parametrize("word", WORDS)
def test_a_link_cannot_do_it(signed_in: FlaskClient, session: Session, word: str) -> None:
    (id,) = add(session, "One")
    assert signed_in.get(f"{path(id, word)}?version=1").status_code == 405
    assert draft(session, id).removed_at is None


@pytest.mark.parametrize("word", WORDS)
def test_signed_out_nothing_happens(client: FlaskClient, session: Session, word: str) -> None:
    """Caught: guard.admit_admins_only left out."""
    (id,) = add(session, "One")
    before = everything(session)
    assert client.post(path(id, word), data={"version": "1"}).status_code == 401
    assert client.post(path(id, word), data={"version": "1"}, headers=HTMX).status_code == 401
    assert everything(session) == before


@pytest.mark.parametrize("word", WORDS)
def test_without_csrf_token_nothing_happens(
    signed_in: FlaskClient, session: Session, word: str
) -> None:
    """Caught: csrf.init_app left out of app.py."""
    (id,) = add(session, "One")
    before = everything(session)
    assert signed_in.post(path(id, word), data={"version": "1"}).status_code == 400
    assert everything(session) == before

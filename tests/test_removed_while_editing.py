"""Somebody removes the package of an open form: nothing typed is lost, one press mends it."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.revisions import removed_by
from domain.catalogue.models import DraftRevision
from domain.catalogue.packages.models import CreditPackage
from domain.database import writing
from tests.conftest import ADMIN
from tests.page_helpers import (
    BOB,
    HTMX,
    LIST,
    add,
    apply_all,
    buyers_pages,
    draft,
    edit,
    everything,
    field,
    labels,
    order,
    package_values,
    partials,
    pending,
    post,
    remove,
    typed_for,
)

EDIT = f"{LIST}1/edit"
KEEP_AND_SAVE = '<button class="primary" name="keep" value="1">Keep and save</button>'

both = pytest.mark.parametrize("htmx", [True, False])


@pytest.fixture
def opened(session: Session) -> dict[str, str]:
    """What Ana has typed about Pro, which is live, when Bob removes it."""
    add(session, "Pro", "Max")
    apply_all(session)
    typed = typed_for(session, 1, name="Prime", short_info="Typed with care")
    remove(session, 1)
    return typed


def revisions(session: Session) -> list[tuple[str, str]]:
    session.rollback()
    its = select(DraftRevision).filter_by(item_type="package", item_id=1)
    found = session.scalars(its.order_by(DraftRevision.id))
    return [(revision.action, revision.author) for revision in found]


@both
def test_everything_typed_stays_and_who_removed_it_is_named(
    signed_in: FlaskClient, session: Session, opened: dict[str, str], htmx: bool
) -> None:
    before = everything(session)
    answer = post(signed_in, EDIT, opened, htmx=htmx)
    assert answer.status_code == 409
    assert ("<html" in answer.text) is not htmx
    assert f"Not saved: {BOB} removed Pro while you were editing." in answer.text
    for name in ("name", "credits", "price", "short_info", "version"):
        assert field(answer.text, name) == opened[name]
    assert KEEP_AND_SAVE in answer.text
    assert ">Save</button>" not in answer.text
    assert everything(session) == before


@both
def test_one_press_keeps_and_saves(
    signed_in: FlaskClient, session: Session, opened: dict[str, str], htmx: bool
) -> None:
    seen = buyers_pages(signed_in)
    answer = post(signed_in, EDIT, opened | {"keep": "1"}, htmx=htmx)
    assert answer.status_code == (200 if htmx else 303)
    said = partials(answer)["#status"] if htmx else signed_in.get(answer.location).text
    assert "Prime kept and saved." in said
    if htmx:
        assert "Reorder Prime, 1 of 2" in labels(partials(answer)["#catalogue"])
    assert (draft(session, 1).name, order(session)) == ("Prime", ["Prime", "Max"])
    assert revisions(session)[-2:] == [("kept", ADMIN), ("edited", ADMIN)]
    assert buyers_pages(signed_in) == seen


def test_what_cannot_be_saved_is_not_kept_either(
    signed_in: FlaskClient, session: Session, opened: dict[str, str]
) -> None:
    before = everything(session)
    answer = post(signed_in, EDIT, opened | {"keep": "1", "credits": "x"})
    assert (answer.status_code, field(answer.text, "credits")) == (422, "x")
    assert KEEP_AND_SAVE in answer.text
    assert everything(session) == before


def test_somebody_elses_edit_before_the_removal_is_asked_about(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: keep_package in a transaction of its own."""
    add(session, "Pro")
    apply_all(session)
    opened = typed_for(session, 1, name="Mine")
    edit(session, 1, name="Theirs", credits=120)
    remove(session, 1)
    before = everything(session)
    answer = post(signed_in, EDIT, opened | {"keep": "1"})
    assert answer.status_code == 409
    assert f"Not saved: {BOB} changed Package Name while you were editing." in answer.text
    assert f"The package was also removed, by {BOB}." in answer.text
    assert KEEP_AND_SAVE in answer.text
    assert everything(session) == before
    again = opened | {"keep": "1", "version": field(answer.text, "version"), "credits": "120"}
    assert post(signed_in, EDIT, again).status_code == 303
    assert (draft(session, 1).name, draft(session, 1).credits) == ("Mine", 120)
    assert draft(session, 1).removed_at is None


def test_who_kept_it_meanwhile_does_not_stand_in_the_way(
    signed_in: FlaskClient, session: Session, opened: dict[str, str]
) -> None:
    with writing(session):
        drafts.keep_package(session, 1, version=2, author=BOB)
    assert post(signed_in, EDIT, opened | {"keep": "1"}).status_code == 303
    assert revisions(session)[-2:] == [("kept", BOB), ("edited", ADMIN)]


def test_save_alone_never_takes_a_removal_back(
    signed_in: FlaskClient, session: Session, opened: dict[str, str]
) -> None:
    for value in ("", "0", "yes", "\0"):
        assert post(signed_in, EDIT, opened | {"keep": value}).status_code == 409
    assert pending(session) == ["removed Pro"]


@pytest.mark.usefixtures("opened")
def test_cancel_goes_back_to_the_row_and_its_keep(signed_in: FlaskClient) -> None:
    answer = signed_in.get(f"{LIST}1/row", headers=HTMX)
    assert 'data-focus="keep-1"' in answer.text


@both
@pytest.mark.parametrize("is_live", [True, False])
def test_edit_on_an_old_list_brings_the_new_one_with_keep(
    signed_in: FlaskClient, session: Session, htmx: bool, is_live: bool
) -> None:
    """Caught: an alert about a Keep that the page does not have."""
    add(session, "Pro")
    if is_live:
        apply_all(session)
    remove(session, 1)
    address = f"{EDIT}/form" if htmx else EDIT
    answer = signed_in.get(address, headers=HTMX if htmx else {})
    assert answer.status_code == 409
    assert "Pro will be removed when you apply. Press Keep first, then try again." in answer.text
    assert "Keep Pro" in labels(answer.text)


def test_the_domain_keeps_and_edits_in_one_step(session: Session) -> None:
    add(session, "Pro")
    remove(session, 1)
    with writing(session):
        package = drafts.get_package(session, 1)
        assert removed_by(session, package) == BOB
        values = package_values("Prime")
        drafts.edit_package(session, 1, values, version=2, author=ADMIN, keep=True)
        assert removed_by(session, package) == ""
    assert session.get_one(CreditPackage, 1).name == "Prime"

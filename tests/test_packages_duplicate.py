"""Duplicate: the Add form, filled in with another package."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.html import texts
from tests.page_helpers import (
    HTMX,
    LIST,
    add,
    apply_all,
    buyers_pages,
    chosen,
    everything,
    field,
    order,
    pending,
    post,
    remove,
)


def path(package_id: int, rest: str = "duplicate/form") -> str:
    return f"{LIST}{package_id}/{rest}"


def test_the_form_is_a_filled_in_add(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    (id,) = add(session, "Pro", credits=7, currency="KWD", price_minor=1234, short_info="Hi")
    answer = signed_in.get(path(id), headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<tr class="package-form" id="package-new"')
    assert texts(answer.text, "h2") == ["Copy of Pro"]
    assert f'hx-post="{LIST}add"' in answer.text
    assert [field(answer.text, name) for name in ("name", "credits", "price", "short_info")] == [
        *("Pro", "7", "1.234", "Hi"),
    ]
    assert (chosen(answer.text, "country"), chosen(answer.text, "currency")) == ("US", "KWD")
    assert [field(answer.text, name) for name in ("position", "opened_position")] == ["", ""]


def test_the_page_works_without_scripts(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "Pro")
    answer = signed_in.get(path(id, "duplicate"))
    assert answer.status_code == 200
    assert f'<form method="post" action="{LIST}add"' in answer.text
    assert field(answer.text, "name") == "Pro"


def test_the_currency_stays_when_the_country_is_changed(
    signed_in: FlaskClient, session: Session
) -> None:
    """forms.js proposes the usual currency only where none was chosen."""
    (id,) = add(session, "Pro", currency="EUR")
    assert " data-chosen" in signed_in.get(path(id), headers=HTMX).text


def test_a_price_is_written_as_the_reader_types_it(
    signed_in: FlaskClient, session: Session
) -> None:
    (id,) = add(session, "Pro")
    answer = signed_in.get(path(id), headers=HTMX | {"Accept-Language": "de"})
    assert field(answer.text, "price") == "19,99"


def test_opening_it_writes_nothing(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "Pro")
    before = everything(session)
    signed_in.get(path(id))
    assert everything(session) == before


def test_saved_it_is_a_second_package(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "Pro", "Max")
    apply_all(session)
    before = buyers_pages(signed_in)
    form = signed_in.get(path(ids[0]), headers=HTMX).text
    fields = {name: field(form, name) for name in ("name", "credits", "price", "version")}
    fields |= {"country": chosen(form, "country"), "currency": chosen(form, "currency")}
    assert post(signed_in, f"{LIST}add", fields).status_code == 303
    assert order(session) == ["Pro", "Max", "Pro"]
    assert pending(session) == ["added Pro"]
    assert buyers_pages(signed_in) == before


def test_a_package_to_be_removed_can_be_copied(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "Pro")
    remove(session, id)
    assert signed_in.get(path(id)).status_code == 200


@pytest.mark.parametrize("rest", ["duplicate", "duplicate/form"])
def test_an_unknown_package_is_not_found(signed_in: FlaskClient, rest: str) -> None:
    assert signed_in.get(path(99, rest)).status_code == 404
    assert signed_in.get(path(99, rest), headers=HTMX).status_code == 404


@pytest.mark.parametrize("rest", ["duplicate", "duplicate/form"])
def test_signed_out_it_is_not_shown(client: FlaskClient, session: Session, rest: str) -> None:
    (id,) = add(session, "Pro")
    assert client.get(path(id, rest)).status_code == 302
    assert client.get(path(id, rest), headers=HTMX).status_code == 401


@pytest.mark.parametrize("rest", ["duplicate", "duplicate/form"])
def test_it_cannot_be_posted_to(signed_in: FlaskClient, session: Session, rest: str) -> None:
    (id,) = add(session, "Pro")
    assert post(signed_in, path(id, rest)).status_code == 405

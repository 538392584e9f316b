"""Edit: the inline form, its page, Cancel, and saves that somebody else was faster than."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.catalogue.models import DraftRevision
from tests.conftest import ADMIN
from tests.html import texts, values
from tests.page_helpers import (
    HTMX,
    LIST,
    add,
    apply_all,
    buyers_pages,
    chosen,
    draft,
    edit,
    everything,
    field,
    labels,
    main_part,
    move,
    order,
    partials,
    pending,
    post,
    remove,
    typed_for,
)

TYPED_FIELDS = ("name", "credits", "price", "position", "short_info")


def path(package_id: int, rest: str = "edit") -> str:
    return f"{LIST}{package_id}/{rest}"


def test_the_form_holds_what_is_saved(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    (id,) = add(session, "Pro", credits=1000, price_minor=1234, currency="KWD", short_info="Hi")
    answer = signed_in.get(path(id, "edit/form"), headers=HTMX | {"Accept-Language": "de"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert answer.text.startswith('<tr class="package-form"')
    names = ("name", "credits", "price", "position", "short_info", "opened_position", "version")
    assert [field(answer.text, name) for name in names] == [
        *("Pro", "1000", "1,234", "2", "Hi", "2", "1"),
    ]
    assert (chosen(answer.text, "country"), chosen(answer.text, "currency")) == ("US", "KWD")


def test_the_page_works_without_scripts(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "Pro")
    answer = signed_in.get(path(id))
    assert answer.status_code == 200
    assert "<title>Edit Pro · Credit Packages · Scrip</title>" in answer.text
    assert f'<form method="post" action="{path(id)}"' in answer.text
    assert field(answer.text, "name") == "Pro"


def test_a_plain_form_leads_back_to_the_package(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "Pro")
    answer = post(signed_in, path(id), typed_for(session, id, name="Max"))
    assert answer.status_code == 303
    assert answer.location.endswith(f"#package-{id}")
    page = signed_in.get(answer.location).text
    assert "<p>Max saved.</p>" in page
    assert "Edit Max" in labels(page)


def test_htmx_gets_row_message_and_bar(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "Pro")
    apply_all(session)
    answer = post(signed_in, path(id), typed_for(session, id, name="Max"), htmx=True)
    assert answer.status_code == 200
    assert main_part(answer).startswith('<tr class="package is-pending" ')
    assert "Edit Max" in labels(main_part(answer))
    assert 'data-state="Edited"' in main_part(answer)
    assert "Max saved." in partials(answer)["#status"]
    assert f'data-focus="edit-{id}"' in partials(answer)["#status"]
    assert "1 pending change<" in partials(answer)["#pending"]


def test_save_and_edit_next_opens_the_row_below(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the next package by id, which a move had put above."""
    ids = add(session, "Pro", "First", "Last")
    move(session, ids[1], 1)
    typed = typed_for(session, ids[0], name="Max") | {"then": "next"}
    answer = post(signed_in, path(ids[0]), typed, htmx=True)
    opened = partials(answer)[f"#package-{ids[2]}"]
    assert texts(opened, "h2") == ["Edit Last"]
    assert "Max saved." in partials(answer)["#status"]
    assert "data-focus" not in partials(answer)["#status"]
    typed = typed_for(session, ids[2]) | {"then": "next"}
    answer = post(signed_in, path(ids[2]), typed, htmx=True)
    assert "Last saved. It is the last one here." in partials(answer)["#status"]
    assert f'data-focus="edit-{ids[2]}"' in partials(answer)["#status"]


def test_save_and_edit_next_leads_to_its_page(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "Pro", "Max")
    answer = post(signed_in, path(ids[0]), typed_for(session, ids[0]) | {"then": "next"})
    assert (answer.status_code, answer.location) == (303, path(ids[1]))
    answer = post(signed_in, path(ids[1]), typed_for(session, ids[1]) | {"then": "next"})
    assert answer.location.endswith(f"#package-{ids[1]}")


def test_a_new_place_brings_the_whole_list(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "One", "Two")
    answer = post(signed_in, path(ids[1]), typed_for(session, ids[1], position="1"), htmx=True)
    assert main_part(answer) == ""
    assert "Reorder One, 2 of 2" in labels(partials(answer)["#catalogue"])
    assert partials(answer)[f"#package-{ids[1]}"] == ""


def test_what_was_typed_is_stored(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "Pro")
    changes = {"name": "Max", "credits": "7", "price": "0,5", "currency": "EUR", "short_info": "Hi"}
    post(signed_in, path(id), typed_for(session, id, **changes), language="de")
    package = draft(session, id)
    assert (package.name, package.credits, package.price_minor) == ("Max", 7, 50)
    assert (package.currency, package.short_info, package.version) == ("EUR", "Hi", 2)
    revision = session.scalars(select(DraftRevision).order_by(DraftRevision.id.desc())).first()
    assert revision
    assert (revision.action, revision.author, revision.old["name"]) == ("edited", ADMIN, "Pro")


def test_a_save_without_a_change_changes_nothing(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "Pro")
    before = everything(session)
    assert post(signed_in, path(id), typed_for(session, id)).status_code == 303
    assert everything(session) == before


@pytest.mark.parametrize(("minor", "currency"), [(123456, "USD"), (1234, "KWD"), (1500, "JPY")])
def test_a_form_saved_as_it_opened_changes_nothing(
    signed_in: FlaskClient, session: Session, minor: int, currency: str
) -> None:
    """Caught: the price written for the form in English whatever the reader's language; a question
    about 1.234 dinars that nobody typed."""
    (id,) = add(session, "Pro", price_minor=minor, currency=currency)
    before = everything(session)
    names = [*TYPED_FIELDS, "opened_position", "opened_price", "version"]
    for language in ("en", "de", "fr", "ar", "fa", "tr"):
        form = signed_in.get(path(id), headers={"Accept-Language": language}).text
        fields = {name: field(form, name) for name in names}
        fields |= {"country": chosen(form, "country"), "currency": chosen(form, "currency")}
        assert post(signed_in, path(id), fields, language=language).status_code == 303
        assert everything(session) == before


@pytest.mark.parametrize("htmx", [True, False])
def test_bad_input_keeps_everything_typed(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    (id,) = add(session, "Pro")
    before = everything(session)
    broken = typed_for(session, id, name="", credits="lots", price="1.9999", short_info="<Hi>")
    answer = post(signed_in, path(id), broken, htmx=htmx)
    assert answer.status_code == 422
    assert ("<html" in answer.text) is not htmx
    names = ("name", "credits", "price", "short_info", "version", "opened_position")
    assert [values(answer.text, f"[name={name}]", "value") for name in names] == [
        *([""], ["lots"], ["1.9999"], ["<Hi>"], ["1"], ["1"]),
    ]
    assert "Not saved yet: 3 fields need a look" in answer.text
    assert "Enter a name, for example Starter." in answer.text
    assert everything(session) == before


def test_a_price_kept_for_another_currency_is_not_multiplied(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: 1.234 dinars, left as they were, as 1,234 dollars."""
    (id,) = add(session, "Pro", price_minor=1234, currency="KWD")
    typed = typed_for(session, id, price="1.234", opened_price="1.234")
    answer = post(signed_in, path(id), typed | {"currency": "USD"})
    assert answer.status_code == 422
    assert "USD has 2 decimals." in answer.text
    assert post(signed_in, path(id), typed | {"currency": "BHD"}).status_code == 303
    assert draft(session, id).price_minor == 1234


def test_listing_order_says_where_it_goes(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "One", "Two", "Three")
    for id, typed, names in (
        (ids[2], "1", ["Three", "One", "Two"]),
        (ids[2], "2", ["One", "Three", "Two"]),
        (ids[2], "2", ["One", "Three", "Two"]),
        (ids[0], "", ["Three", "Two", "One"]),
        (ids[0], "", ["Three", "Two", "One"]),
        (ids[2], "99", ["Two", "One", "Three"]),
    ):
        post(signed_in, path(id), typed_for(session, id, position=typed))
        assert order(session) == names


def test_no_place_below_one(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "One", "Two")
    for typed in ("0", "-1", "1.5"):
        answer = post(signed_in, path(ids[1]), typed_for(session, ids[1], position=typed))
        assert (typed, answer.status_code) == (typed, 422)
    assert order(session) == ["One", "Two"]


def test_listing_order_counts_only_if_it_was_changed(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: `place` without the comparison with opened_position; it undid a colleague's move."""
    ids = add(session, "One", "Two", "Three")
    opened = typed_for(session, ids[0], name="Uno")
    move(session, ids[0], 3)
    assert post(signed_in, path(ids[0]), opened).status_code == 303
    assert order(session) == ["Two", "Three", "Uno"]


def test_another_country_puts_it_last(signed_in: FlaskClient, session: Session) -> None:
    """Caught: edit_package keeping the rank that it had in the other country."""
    add(session, "Eins", "Zwei", country="DE")
    (id,) = add(session, "One")
    post(signed_in, path(id), typed_for(session, id, country="DE"))
    assert order(session, "DE") == ["Eins", "Zwei", "One"]
    assert order(session) == []


def test_another_country_and_a_new_number(signed_in: FlaskClient, session: Session) -> None:
    add(session, "Eins", "Zwei", country="DE")
    (id,) = add(session, "One")
    answer = post(
        signed_in, path(id), typed_for(session, id, country="DE", position="2"), htmx=True
    )
    assert order(session, "DE") == ["Eins", "One", "Zwei"]
    assert "Reorder One, 2 of 3" in labels(partials(answer)["#catalogue"])


def test_back_to_the_live_value_nothing_is_pending(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: an edit pending because of its revision, whatever it says."""
    (id,) = add(session, "Pro")
    apply_all(session)
    post(signed_in, path(id), typed_for(session, id, name="Max"))
    assert pending(session) == ["edited Max"]
    answer = post(signed_in, path(id), typed_for(session, id, name="Pro"), htmx=True)
    assert pending(session) == []
    assert "strip-words" not in partials(answer)["#pending"]
    assert 'data-state="Live"' in main_part(answer)


def test_buyers_see_nothing_of_it(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the storefront reading drafts."""
    ids = add(session, "One", "Two")
    apply_all(session)
    before = buyers_pages(signed_in)
    post(signed_in, path(ids[1]), typed_for(session, ids[1], name="Dos", price="1", position="1"))
    post(signed_in, path(ids[0]), typed_for(session, ids[0], country="DE"))
    assert buyers_pages(signed_in) == before
    apply_all(session)
    after = buyers_pages(signed_in)
    assert b"Dos" in after["US"]
    assert b"One" in after["DE"]
    assert b"One" not in after["US"]


@pytest.mark.parametrize("htmx", [True, False])
def test_save_again_keeps_mine(signed_in: FlaskClient, session: Session, htmx: bool) -> None:
    """Caught: the form after a conflict filled from the request, so that 409 never ended."""
    (id,) = add(session, "Pro")
    opened = typed_for(session, id, name="Mine")
    edit(session, id, name="Theirs")
    answer = post(signed_in, path(id), opened, htmx=htmx)
    assert field(answer.text, "version") == "2"
    again = opened | {"version": field(answer.text, "version")}
    assert post(signed_in, path(id), again, htmx=htmx).status_code == (200 if htmx else 303)
    assert draft(session, id).name == "Mine"


def test_any_other_version_is_stale(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "Pro")
    for version in ("", "0", "-1", "x", "2", "1.0", "9" * 5000, "²", "1\0"):
        typed = typed_for(session, id, name="Max", version=version)
        answer = post(signed_in, path(id), typed, htmx=True)
        assert (version, answer.status_code) == (version, 409)
    assert draft(session, id).name == "Pro"


def test_a_package_to_be_removed_cannot_be_edited(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "Pro")
    apply_all(session)
    remove(session, id)
    answer = post(signed_in, path(id), typed_for(session, id, name="Max", position="1"), htmx=True)
    assert answer.status_code == 409
    assert "removed Pro while you were editing." in answer.text
    assert draft(session, id).name == "Pro"


def test_cancel_puts_the_row_back(signed_in: FlaskClient, session: Session) -> None:
    (id,) = add(session, "Pro")
    answer = signed_in.get(path(id, "row"), headers=HTMX)
    assert main_part(answer).startswith('<tr class="package is-pending" ')
    assert f'data-focus="edit-{id}"' in partials(answer)["#status"]


@pytest.mark.parametrize("rest", ["row", "edit"])
def test_while_searching_a_row_that_comes_back_cannot_be_moved(
    signed_in: FlaskClient, session: Session, rest: str
) -> None:
    """Order is off during a search; a row that is saved or cancelled stays so."""
    ids = add(session, "Pro", "Max")
    page = f"{LIST}?q=pro"
    if rest == "edit":
        answer = post(signed_in, path(ids[0]), typed_for(session, ids[0]), htmx=True, page=page)
    else:
        url = {"HX-Current-URL": f"http://localhost{page}"}
        answer = signed_in.get(path(ids[0], rest), headers=HTMX | url)
    assert "Edit Pro" in labels(main_part(answer))
    assert "Reorder Pro, 1 of 2" not in labels(main_part(answer))


@pytest.mark.parametrize("rest", ["edit", "edit/form", "row"])
def test_an_unknown_package_is_not_found(signed_in: FlaskClient, rest: str) -> None:
    assert signed_in.get(path(99, rest)).status_code == 404
    assert signed_in.get(path(2**63, rest)).status_code == 404
    answer = signed_in.get(path(99, rest), headers=HTMX)
    assert answer.status_code == 404
    assert "This package does not exist." in partials(answer)["#alert"]


@pytest.mark.parametrize("name", ["Pro", ""])
def test_an_unknown_package_cannot_be_saved(
    signed_in: FlaskClient, session: Session, name: str
) -> None:
    (id,) = add(session, "Pro")
    typed = typed_for(session, id, name=name)
    assert post(signed_in, path(99), typed).status_code == 404
    assert post(signed_in, path(99), typed, htmx=True).status_code == 404


def test_signed_out_nothing_is_saved(client: FlaskClient, session: Session) -> None:
    """Caught: guard.admit_admins_only left out."""
    (id,) = add(session, "Pro")
    typed = typed_for(session, id, name="Max")
    assert client.get(path(id)).status_code == 302
    assert client.get(path(id, "row"), headers=HTMX).status_code == 401
    assert client.post(path(id), data=typed).status_code == 401
    assert client.post(path(id), data=typed, headers=HTMX).status_code == 401
    assert draft(session, id).name == "Pro"


def test_without_csrf_token_nothing_is_saved(signed_in: FlaskClient, session: Session) -> None:
    """Caught: csrf.init_app left out of app.py."""
    (id,) = add(session, "Pro")
    answer = signed_in.post(path(id), data=typed_for(session, id, name="Max"))
    assert answer.status_code == 400
    assert draft(session, id).name == "Pro"


@pytest.mark.parametrize("rest", ["row", "edit/form"])
def test_fragments_cannot_be_posted_to(signed_in: FlaskClient, session: Session, rest: str) -> None:
    (id,) = add(session, "Pro")
    assert post(signed_in, path(id, rest)).status_code == 405

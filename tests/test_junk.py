"""What no browser sends: a refusal or a page, the same on both databases, and never a 500."""

from urllib.parse import unquote_to_bytes

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.conftest import csrf_token
from tests.customers import add_customer

pytestmark = pytest.mark.on_both

LIST = "/settings/credit-packages/"
HUGE = [2**31, 2**63 - 1, 2**63, 10**30]
TEXTS = ["%00", "a%00b", "%ED%A0%80", "%ff", "%25_%5C", "%27%22;--", "x" * 3000]


@pytest.mark.parametrize("text", TEXTS)
def test_searches_and_filters(signed_in: FlaskClient, text: str) -> None:
    """Seeded bug: NUL handed on from q=; SQLite found nothing, PostgreSQL answered 500."""
    for name in ("q", "country", "page", "removed", "token"):
        assert signed_in.get(f"{LIST}?{name}={text}").status_code == 200
        assert signed_in.get(f"/packages?{name}={text}").status_code == 200
    seen_from = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{LIST}?q={text}"}
    token = csrf_token(signed_in, "/login/again")
    answer = signed_in.post(
        f"{LIST}apply", headers=seen_from, data={"csrf_token": token, "token": text}
    )
    assert answer.status_code == 409


@pytest.mark.parametrize("number", HUGE)
def test_numbers_that_no_column_holds(signed_in: FlaskClient, number: int) -> None:
    assert signed_in.get(f"{LIST}?removed={number}&page={number}&country=US").status_code == 200
    assert signed_in.get(f"{LIST}{number}/edit").status_code == 404
    token = csrf_token(signed_in, "/login/again")
    for name in ("before", "after", "position"):
        answer = signed_in.post(
            f"{LIST}{number}/move", data={"csrf_token": token, name: str(number), "country": "US"}
        )
        assert answer.status_code in (404, 405, 422)


@pytest.mark.parametrize("number", HUGE)
def test_neighbours_and_places_that_cannot_be(signed_in: FlaskClient, number: int) -> None:
    token = csrf_token(signed_in, "/login/again")
    values = {"name": "A", "credits": "1", "price": "1", "country": "US", "currency": "USD"}
    added = signed_in.post(f"{LIST}add", data={"csrf_token": token, **values})
    assert added.status_code == 303
    for name in ("before", "after", "position"):
        answer = signed_in.post(
            f"{LIST}1/move", data={"csrf_token": token, name: str(number), "country": "US"}
        )
        assert answer.status_code in (303, 422)
    edited = signed_in.post(
        f"{LIST}1/edit",
        data={"csrf_token": token, **values, "position": str(number), "version": str(number)},
        headers={"HX-Request": "true"},
    )
    assert edited.status_code in (409, 422)


@pytest.mark.parametrize("text", TEXTS)
def test_countries_items_and_rates(signed_in: FlaskClient, text: str) -> None:
    token = csrf_token(signed_in, "/login/again")
    path = f"/settings/markets/{text}"
    assert signed_in.get(path).status_code in (400, 404)
    assert signed_in.post(path, data={"csrf_token": token}).status_code in (400, 404)
    discard = f"{LIST}review/discard?change={text}&field={text}&country={text}"
    assert signed_in.post(discard, data={"csrf_token": token}).status_code in (400, 409)
    typed = unquote_to_bytes(text).decode(errors="replace")
    sent = {"csrf_token": token, "tax": "included", "rate": typed, "note_en": typed}
    sent |= {"version": typed, "next": typed, "keep-tax": "theirs", "theirs-rate": typed}
    assert signed_in.post("/settings/markets/US", data=sent).status_code == 422
    sent |= {"rate": "20", "theirs-rate": "20", "note_en": ""}
    assert signed_in.post("/settings/markets/US", data=sent).status_code == 409
    for shown in ("market", "list", "token", "version"):
        answer = signed_in.get(f"{LIST}pending?{shown}={text}")
        assert answer.status_code in (200, 204)


@pytest.mark.parametrize("seen", [f"{n}-{n}" for n in HUGE] + ["9" * 18 + "-999999999", "0-0"])
def test_cursors_of_more_than_there_is(signed_in: FlaskClient, seen: str) -> None:
    """Caught: 2**63 draft writes asked for, which no column holds."""
    token = csrf_token(signed_in, "/login/again")
    values = {"name": "A", "credits": "1", "price": "1", "country": "US", "currency": "USD"}
    signed_in.post(f"{LIST}add", data={"csrf_token": token, **values})
    sent = {"csrf_token": token, "token": seen, "change": "package-1-added", "everything": "1"}
    for path in ("apply", "review", "discard"):
        assert signed_in.post(f"{LIST}{path}", data=sent).status_code == 409
    assert signed_in.post(f"{LIST}review/again", data=sent).status_code == 200
    for path in (f"pending?list={seen}", f"unseen?list={seen}", f"pending?market=US-{seen}"):
        assert signed_in.get(f"{LIST}{path}").status_code in (200, 204)


def test_a_customers_page(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a tag with NUL in it asked for, which PostgreSQL answers with an error."""
    address = f"/customers/{add_customer(session)}"
    token = csrf_token(signed_in, "/login/again")
    names = ("as_of", "kind", "before", "notes_before", "lots")
    for text in [*TEXTS, *map(str, HUGE)]:
        query = "&".join(f"{name}={text}" for name in names)
        assert signed_in.get(f"{address}?{query}").status_code == 200
        assert signed_in.get(f"{address}/statement.csv?{query}").status_code == 400
        typed = unquote_to_bytes(text).decode(errors="replace")
        sent = dict.fromkeys(("text", "tag", "version", "email", "name", "country"), typed)
        for path in ("notes", "tags", "tags/remove", "contact"):
            answer = signed_in.post(f"{address}/{path}", data={"csrf_token": token, **sent})
            assert answer.status_code in (303, 422)

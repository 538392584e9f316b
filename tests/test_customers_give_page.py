"""Give or take credits: the form, what it refuses, and one press that counts once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from domain.accounts.models import SignInSession
from domain.accounts.sessions import CONFIRMED
from domain.customers import sessions
from domain.customers.customers import add_by_hand
from domain.customers.limits import USUAL, Limits, change_limits
from domain.customers.models import CustomerNote, GivenCredits
from domain.database import utc_now, write, writing
from domain.ledger.models import entry, lot
from domain.ledger.validity import last_usable_day
from domain.ledger.verify import Verified
from domain.ledger.wallets import close_wallet
from domain.notices.models import Notice
from domain.outbox.models import OutboxMessage
from domain.times import known_zone
from tests.conftest import ADMIN, PASSWORD, make_admin, signed_in_client
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import BOB, apply_all, chosen, edit_settings, field, post

PAGE = "/customers/1/credits"
KEY = "a" * 32
TYPED = {
    **{"key": KEY, "amount": "+50", "kind": "gift", "expires": "2099-12-31"},
    **{"reason": "The call dropped", "is_shown": "1"},
}
PRESSES, THREADS = 50, 8


@pytest.fixture(autouse=True)
def ayse(session: Session) -> int:
    """Customer 1, without a wallet."""
    with writing(session):
        return add_by_hand(session, email="ayse@posta.example", name="Ayşe <b>", language="tr")


def give(client: FlaskClient, **changes: str) -> Any:  # noqa: ANN401
    return post(client, PAGE, TYPED | changes)


def entries(session: Session) -> list[tuple[Any, ...]]:
    """Kind, credits and free credits since, of each."""
    session.rollback()
    columns = (entry.c.kind, entry.c.credits, entry.c.free)
    return [tuple(row) for row in session.execute(select(*columns).order_by(entry.c.seq))]


def count(session: Session, table: Any) -> int:  # noqa: ANN401
    session.rollback()
    return session.scalar(select(func.count()).select_from(table)) or 0


def error(html: str, name: str) -> str:
    return text_of(find(html, f"#giving-{name}-error"))


def test_the_form_opens_as_a_gift_whose_reason_is_shown(signed_in: FlaskClient) -> None:
    page = signed_in.get(PAGE).text
    assert "<title>Give or take credits · Ayşe &lt;b&gt; · Scrip</title>" in page
    assert values(page, ".crumb a", "href") == ["/customers/", "/customers/1"]
    assert (field(page, "amount"), chosen(page, "kind")) == ("", "gift")
    assert "checked" in find(page, "[name=is_shown]").attributes
    assert texts(page, "#giving-echo span") == ["Free: 0"]
    assert "until the end of this day in UTC" in text_of(find(page, "#giving-expires-hint"))
    assert len(field(page, "key")) == 32
    assert field(signed_in.get(PAGE).text, "key") != field(page, "key")


@pytest.mark.on_both
@pytest.mark.parametrize("htmx", [True, False])
def test_one_press_gives_and_leads_to_the_customer(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    answer = post(signed_in, PAGE, TYPED, htmx=htmx)
    assert answer.status_code == (200 if htmx else 303)
    assert (answer.headers["HX-Redirect"] if htmx else answer.location) == "/customers/1"
    assert entries(session) == [("grant", 50, 50)]
    said = texts(signed_in.get(PAGE).text, "#status p")
    assert said == ["50 credits given to \u2068Ayşe <b>\u2069."]
    note = session.scalars(select(CustomerNote)).one()
    assert (note.text, note.is_shown, note.author) == ("The call dropped", True, ADMIN)


def test_the_last_day_is_one_of_the_platforms_zone(
    signed_in: FlaskClient, session: Session
) -> None:
    edit_settings(session, time_zone="Pacific/Auckland")
    apply_all(session)
    assert "in Pacific/Auckland" in signed_in.get(PAGE).text
    assert give(signed_in).status_code == 303
    end = session.scalar(select(lot.c.expires_at))
    zone = known_zone("Pacific/Auckland")
    assert end
    assert zone
    assert last_usable_day(end, zone) == date(2099, 12, 31)


@pytest.mark.on_both
@pytest.mark.parametrize("minus", ["-", "−"])
def test_a_minus_takes_as_a_correction(
    signed_in: FlaskClient, session: Session, minus: str
) -> None:
    give(signed_in)
    answer = give(signed_in, key="b" * 32, amount=f"{minus}20", expires="", is_shown="")
    assert answer.status_code == 303
    assert entries(session)[1:] == [("adjust", 20, 30)]
    assert count(session, GivenCredits) == count(session, OutboxMessage) == 1
    assert "20 credits taken from" in signed_in.get(PAGE).text


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        *(
            ("amount", typed, "Enter a whole number up to 1,000,000,000, for example 50, or −20")
            for typed in ("", "0", "-0", "1.5", "1e3", "x", "--5", "1000000001", "<b>")
        ),
        ("kind", "", "Choose a kind."),
        ("kind", "bought", "Choose a kind."),
        ("expires", "2020-01-01", "This day is over. Choose today or a later day."),
        ("expires", "2199-01-01", "Choose a day in the next 100 years"),
        ("expires", "9999-12-31", "Choose a day in the next 100 years"),
        ("expires", "31.12.2099", "Enter a day as year, month and day"),
        ("expires", "2099-02-30", "Enter a day as year, month and day"),
        ("reason", " ", "Enter the reason, for example"),
        ("reason", "a" * 201, "The reason is too long. Use at most 200 characters."),
        ("reason", "a\u202eb", "It holds an invisible character."),
    ],
)
def test_bad_input_is_said_and_kept(
    signed_in: FlaskClient, session: Session, name: str, typed: str, sentence: str
) -> None:
    answer = give(signed_in, **{name: typed})
    assert answer.status_code == 422
    assert error(answer.text, name).startswith(sentence)
    if name != "kind":
        assert field(answer.text, name) == typed
    assert field(answer.text, "key") == KEY
    assert "<title>Error: Give or take credits" in answer.text
    assert len(find_all(answer.text, ".field-error")) == 1
    assert entries(session) == []


def test_credits_that_are_taken_have_no_end(signed_in: FlaskClient, session: Session) -> None:
    give(signed_in)
    answer = give(signed_in, key="b" * 32, amount="-20")
    assert answer.status_code == 422
    assert error(answer.text, "expires").startswith("Leave this empty")
    assert len(entries(session)) == 1


@pytest.mark.on_both
def test_nothing_is_taken_below_zero(signed_in: FlaskClient, session: Session) -> None:
    answer = give(signed_in, amount="-1", expires="")
    assert answer.status_code == 422
    assert error(answer.text, "amount") == "This customer has no free credits to take."
    give(signed_in)
    answer = give(signed_in, key="b" * 32, amount="-51", expires="")
    assert error(answer.text, "amount").startswith("Only 50 credits are free.")
    assert field(answer.text, "amount") == "-51"
    assert texts(answer.text, "#giving-echo span") == ["Free: 50", "Too few to take that many"]
    assert len(entries(session)) == 1


def test_the_limits_say_how_to_go_on(signed_in: FlaskClient, session: Session) -> None:
    write(session, partial(change_limits, limits=Limits(60, 100), version=USUAL.version))
    for amount, key, sentence in (
        ("61", KEY, "You can give at most 60 credits at once."),
        ("51", "b" * 32, "You can give 50 more credits today: the limit is 100 a day."),
    ):
        answer = give(signed_in, amount=amount, key=key)
        assert answer.status_code == 422
        assert error(answer.text, "amount") == sentence
        assert values(answer.text, "form a[target=_blank]", "href") == ["/settings/customers"]
        give(signed_in)
    assert entries(session) == [("grant", 50, 50)]


def test_a_form_that_is_sent_again_gives_once(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a notice for each press."""
    assert [give(signed_in).status_code for _ in range(2)] == [303, 303]
    assert entries(session) == [("grant", 50, 50)]
    notice = session.scalars(select(Notice)).one()
    assert (notice.kind, notice.author_id) == ("credits_given", 1)
    assert notice.data == {"customer": 1, "credits": 50, "author": "Ana"}


@pytest.mark.on_both
def test_a_form_that_was_sent_and_changed_is_asked_about(
    signed_in: FlaskClient, session: Session
) -> None:
    """Who goes back and types something else. Caught: the first answer
    given for it."""
    give(signed_in)
    answer = give(signed_in, amount="60")
    assert answer.status_code == 409
    assert "Not done: this form was sent before." in text_of(find(answer.text, ".problems"))
    assert field(answer.text, "amount") == "60"
    assert len(entries(session)) == 1
    assert give(signed_in, amount="60", key=field(answer.text, "key")).status_code == 303
    assert entries(session)[1:] == [("grant", 60, 110)]


@pytest.mark.parametrize("key", ["", "x", "é" * 32, "a" * 300])
def test_a_key_that_is_none_of_ours_gives_nothing(
    signed_in: FlaskClient, session: Session, key: str
) -> None:
    answer = give(signed_in, key=key)
    assert answer.status_code == 409
    assert field(answer.text, "amount") == "+50"
    assert entries(session) == []
    assert give(signed_in, key=field(answer.text, "key")).status_code == 303


@pytest.mark.on_both
def test_fifty_presses_at_once_give_once(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: `answer_once` left out."""
    assert signed_in
    clients = [signed_in_client(app, engine, ADMIN) for _ in range(THREADS)]

    def press(number: int) -> int:
        return int(give(clients[number]).status_code)

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(-(-PRESSES // THREADS)):
            assert set(pool.map(press, range(THREADS))) == {303}
    assert entries(session) == [("grant", 50, 50)]
    assert count(session, CustomerNote) == count(session, OutboxMessage) == 1
    assert not list(Verified(session).differences())


def test_two_admins_may_give_the_same(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    bob = signed_in_client(app, engine, make_admin(engine, BOB))
    assert give(signed_in).status_code == give(bob, key="b" * 32).status_code == 303
    assert len(entries(session)) == 2


def test_the_password_is_asked_for_and_what_was_typed_stays(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a plain Form in place of a ConfirmedForm."""
    with writing(session):
        now = session.scalars(select(utc_now())).one()
        session.execute(update(SignInSession).values(confirmed_at=now - CONFIRMED))
    answer = give(signed_in)
    assert answer.status_code == 422
    assert error(answer.text, "password") == "Enter your password to go on."
    kept = {name: field(answer.text, name) for name in ("amount", "expires", "reason", "key")}
    assert kept == {name: TYPED[name] for name in kept}
    assert "checked" in find(answer.text, "[name=is_shown]").attributes
    assert entries(session) == []
    assert give(signed_in, password=PASSWORD).status_code == 303
    assert entries(session) == [("grant", 50, 50)]


def test_the_echo_says_what_is_free_then(signed_in: FlaskClient) -> None:
    give(signed_in)
    for typed, said in (
        ("25", ["Free: 50 → 75", "→"]),
        ("−20", ["Free: 50 → 30", "→"]),
        ("-60", ["Free: 50", "Too few to take that many"]),
        ("x", ["Free: 50"]),
    ):
        echo = signed_in.get(f"{PAGE}/echo", query_string={"amount": typed}).text
        assert texts(echo, "span") == said


def test_a_closed_wallet_takes_nothing(signed_in: FlaskClient, session: Session) -> None:
    give(signed_in)
    give(signed_in, key="b" * 32, amount="-50", expires="")
    write(session, partial(close_wallet, wallet_id=1))
    answer = give(signed_in, key="c" * 32)
    assert answer.status_code == 422
    assert "This wallet is closed." in text_of(find(answer.text, ".problems"))
    assert field(answer.text, "amount") == "+50"


def test_only_admins_give(client: FlaskClient, session: Session) -> None:
    with writing(session):
        token = sessions.open_session(session, 1)
    for cookie in ("", token):
        client.set_cookie("scrip-customer", cookie)
        assert client.get(PAGE).status_code == 302
        assert give(client).status_code == 401
    assert entries(session) == []


def test_nobody_who_is_not_there_is_given_anything(signed_in: FlaskClient) -> None:
    for path in ("/customers/2/credits", f"/customers/{2**63}/credits", "/customers/0/credits"):
        assert signed_in.get(path).status_code == 404
    assert post(signed_in, "/customers/2/credits", TYPED).status_code == 404
    assert signed_in.get("/customers/2/credits/echo").status_code == 404

"""The page of the activity: what its lines say and lead to, its filters, its pages, its file."""

import csv

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from blueprints.activity import words
from domain.accounts.admins import save_admin
from domain.accounts.models import Admin
from domain.accounts.roles import Role
from domain.activity.kinds import KINDS
from domain.activity.recording import NOBODY, Object, record
from domain.activity_list.selection import BATCH, DRAFT, KINDS_OF
from domain.catalogue.models import ACTIONS
from domain.database import writing
from domain.request_context import request_address, request_id
from extensions import db
from tests.activity_rows import Past
from tests.clock import NOON
from tests.conftest import ADMIN
from tests.counting import MOST_QUESTIONS, watching
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import (
    BOB,
    HTMX,
    add,
    apply_all,
    discard_all,
    edit,
    edit_market,
    edit_settings,
    post,
    remove,
)

PAGE = "/activity"
LINKS, PEOPLE = ".activity-what a", "[name=person] option"


def whats(html: str) -> list[str]:
    return texts(html, ".activity-what")


def whos(html: str) -> list[str]:
    return texts(html, ".activity-who > span")


def act(
    session: Session,
    kind: str,
    author: str = ADMIN,
    about: Object | None = None,
    **details: int | str,
) -> None:
    with writing(session):
        record(session, kind, author, about, **details)


def test_a_line_says_who_did_what_when_and_from_where(
    signed_in: FlaskClient, session: Session
) -> None:
    id, address = request_id.set("request-1"), request_address.set("192.0.2.7")
    [package] = add(session, "Start <b>")
    request_id.reset(id)
    request_address.reset(address)
    page = signed_in.get(PAGE)
    when, *cells = [text_of(cell) for cell in find_all(page.text, "tr.act > *")]
    assert when.startswith("today ")
    assert cells == ["Ana", "Added Start <b>", "192.0.2.7", "request-1"]
    assert values(page.text, ".activity-what a", "href") == [
        f"/settings/credit-packages/{package}/edit"
    ]
    assert page.headers["Cache-Control"] == "no-store"
    assert texts(page.text, ".side nav [aria-current=page]") == ["Activity"]


def test_what_was_done_to_the_catalogue_in_words(signed_in: FlaskClient, session: Session) -> None:
    one, two = add(session, "One", "Two")
    edit(session, one, price_minor=500, name="First")
    edit_market(session, "DE", note_en="Hello")
    edit_settings(session, platform_name="Shop")
    remove(session, two)
    apply_all(session)
    add(session, "Three", "Four")
    discard_all(session)
    page = signed_in.get(PAGE).text
    assert whats(page) == [
        *("Discarded changes (2 draft changes)", "Added Four", "Added Three"),
        *("Applied 3 changes: release 1", "Removed Two", "Edited Settings: Platform Name"),
        *("Edited Market of Germany: Note (English)", "Edited First: Name and Price"),
        *("Added Two", "Added First"),
    ]
    names, addresses = texts(page, LINKS), values(page, LINKS, "href")
    links = dict(zip(names, addresses, strict=True))
    assert links == {
        "release 1": "/settings/credit-packages/history/1",
        "Settings": "/settings/",
        "Market of Germany": "/settings/markets/DE",
        "First": f"/settings/credit-packages/{one}/edit",
    }
    assert whos(page)[3:5] == ["Ana", "bob@example.com"]


def test_customers_and_purchases_are_told_by_number(
    signed_in: FlaskClient, session: Session
) -> None:
    act(session, "credits_given", about=Object("customer", 7), credits=1500)
    act(session, "refund_asked", about=Object("purchase", 9), amount_minor=2089, currency="EUR")
    act(session, "backup_made", NOBODY)
    page = signed_in.get(PAGE).text
    assert whats(page) == [
        *("Made a backup", "Refunded \u2068€20.89\u2069 of P-9"),
        "Gave 1,500 credits to Customer 7",
    ]
    assert whos(page) == ["Command on the server", "Ana", "Ana"]
    assert values(page, ".activity-what a", "href") == ["/purchases/9", "/customers/7"]


def test_failed_sign_ins_are_nobodys_acts(client: FlaskClient, signed_in: FlaskClient) -> None:
    for email in (ADMIN, ADMIN, "mistake@example.com"):
        post(client, "/login", {"email": email, "password": "a-secret"})
    page = signed_in.get(f"{PAGE}?kind=sign_in").text
    assert whats(page) == [
        "Failed to sign in as nobody we know within this hour: 1 time",
        "Failed to sign in as Ana within this hour: 2 times",
    ]
    assert whos(page) == ["Somebody", "Somebody"]
    assert "mistake" not in page
    assert "a-secret" not in page


def test_every_kind_has_words(app: Flask) -> None:
    """Caught: a kind without a sentence; a sentence that asks for what its kind does not keep."""
    assert {*KINDS} <= {*words.WORDS}
    assert {f"{BATCH}{action}" for action in ACTIONS} <= {*words.WORDS}
    drafts = [f"{DRAFT}{action}" for action in ("added", "edited", "moved", "removed", "kept")]
    assert {*drafts} <= {*words.WORDS}
    with app.test_request_context():
        for kind, details in KINDS.items():
            sentence = str(words.WORDS[kind])
            for name in details:
                told = {"amount_minor": "amount", "currency": "amount"}.get(name, name)
                assert f"%({told})s" in sentence, kind


def test_filters_by_person_kind_and_object(signed_in: FlaskClient, session: Session) -> None:
    with writing(session):
        save_admin(session, BOB, "hash", "Bob", Role.OWNER)
    [package] = add(session, "Start")
    edit(session, package, author=BOB, name="Begin")
    act(session, "customer_noted", about=Object("customer", 7))
    act(session, "site_added", BOB, Object("site", 3), origin="https://one.example")
    act(session, "backup_made", NOBODY)
    page = signed_in.get(PAGE).text
    names, numbers = texts(page, PEOPLE), values(page, PEOPLE, "value")
    people = dict(zip(names, numbers, strict=True))
    assert [*people] == ["Anybody", "Ana", "Bob", "Command on the server"]

    def found(query: str) -> list[str]:
        return whats(signed_in.get(f"{PAGE}?{query}").text)

    site = "Allowed the website \u2068https://one.example\u2069"
    assert found(f"person={people['Bob']}") == [site, "Edited Begin: Name"]
    assert found("person=server") == ["Made a backup"]
    assert found("kind=catalogue") == ["Edited Begin: Name", "Added Begin"]
    assert found("kind=sites") == found("kind=settings") == [site]
    assert found("object=customer:7") == ["Wrote a note about Customer 7"]
    assert found(f"object=package:{package}&person={people['Ana']}") == ["Added Begin"]
    assert found(f"kind=team&person={people['Ana']}") == []
    query = f"object=package:{package}&kind=catalogue&person={people['Bob']}"
    page = signed_in.get(f"{PAGE}?{query}").text
    assert texts(page, ".chip bdi") == ["Begin"]
    assert values(page, ".chip", "href") == [f"/activity?person={people['Bob']}&kind=catalogue"]
    assert values(page, "option[selected]", "value") == [people["Bob"], "catalogue"]
    assert values(page, "#export", "href") == [
        f"/activity/activity.csv?person={people['Bob']}&kind=catalogue&object=package:{package}"
    ]


def test_days_are_those_of_the_readers_clock(signed_in: FlaskClient, session: Session) -> None:
    """Caught: days of UTC."""
    past = Past(session, 1, NOON.replace(hour=23, minute=30))
    with writing(session):
        past.act()
    signed_in.set_cookie("zone", "Europe/Berlin")
    assert len(whats(signed_in.get(f"{PAGE}?since=2027-03-02&until=2027-03-02").text)) == 1
    assert whats(signed_in.get(f"{PAGE}?since=2027-03-01&until=2027-03-01").text) == []
    assert "Times in Europe/Berlin" in signed_in.get(PAGE).text


@pytest.mark.parametrize(
    "query",
    [
        *("person=99", "person=x", "kind=danced", "object=package", "object=package:x"),
        *("object=danced:1", "object=package:99999999999999999999", "since=yesterday"),
        *("below=1.2.3", "below=1.2.3.x", "below=-1.1.1.1", "above=1.1.1.1.1", "above=%00"),
        *("below=99999999999999999999.1.1.1", "person=%00", "kind=%F0%9F"),
    ],
)
def test_what_makes_no_sense_is_left_out(
    signed_in: FlaskClient, session: Session, query: str
) -> None:
    add(session, "Start")
    page = signed_in.get(f"{PAGE}?{query}")
    assert (page.status_code, whats(page.text)) == (200, ["Added Start"])


def test_nothing_yet_nothing_that_fits_and_nothing_more(
    signed_in: FlaskClient, session: Session
) -> None:
    assert texts(signed_in.get(PAGE).text, ".nothing h2") == ["Nothing was done yet"]
    add(session, "Start")
    page = signed_in.get(f"{PAGE}?kind=team").text
    assert texts(page, ".nothing h2") == ["Nothing like that was done"]
    assert values(page, ".nothing a", "href") == ["/activity"]
    page = signed_in.get(f"{PAGE}?below=1.1.1.1").text
    assert texts(page, ".nothing h2") == ["Nothing more was done"]


def test_pages_lead_on_and_back(signed_in: FlaskClient, session: Session) -> None:
    past = Past(session, 3)
    with writing(session):
        past.go_on(110)
    seen, address = [], f"{PAGE}?since=2027-01-01"
    while address:
        page = signed_in.get(address).text
        seen.append(whats(page))
        [address] = values(page, "[rel=next]", "href") or [""]
        assert "since=2027-01-01" in address or not address
    assert [len(some) for some in seen][:-1] == [50] * (len(seen) - 1)
    [back] = values(page, "[rel=prev]", "href")
    assert whats(signed_in.get(back).text) == seen[-2]


def test_the_list_alone_is_in_the_page_that_scripts_ask_for(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, "Start")
    asked = signed_in.get(f"{PAGE}?kind=catalogue", headers=HTMX)
    assert text_of(find(asked.text, "#activity .activity-what")) == "Added Start"


def test_a_page_asks_as_often_for_many_lines_as_for_few(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the name of each package asked for by itself."""
    with app.app_context():
        engine = db.engine
    add(session, "One")
    edit_market(session, "DE", note_en="Hello")
    act(session, "signed_in")
    act(session, "platform_removed", about=Object("platform", 1))
    act(session, "role_changed", about=Object("admin", 1), was="owner", role="owner")
    signed_in.get(PAGE)
    counts = []
    for names in ("AB", "CDEFGHIJKLMNOPQRST"):
        add(session, *names)
        with watching(engine) as asked:
            assert signed_in.get(PAGE).status_code == 200
        counts.append(len(asked.statements))
    assert counts[0] == counts[1] <= MOST_QUESTIONS, "\n".join(asked.statements)


@pytest.mark.on_both
def test_the_file_holds_what_the_filter_selects(signed_in: FlaskClient, session: Session) -> None:
    """Caught: `harmless` left out of `_cell`, in blueprints/csv_files.py; names in isolates."""
    with writing(session):
        session.get_one(Admin, 1).display_name = "=1+1"
    add(session, "Start")
    act(session, "customer_noted", about=Object("customer", 7))
    act(session, "backup_made", NOBODY)
    act(session, "admin_invited", email="bob@example.com", role="editor")
    answer = signed_in.get(f"{PAGE}/activity.csv?person=server")
    assert answer.mimetype == "text/csv"
    lines = list(csv.DictReader(answer.data.decode("utf-8-sig").splitlines()))
    assert [(line["person"], line["email"], line["kind"], line["what"]) for line in lines] == [
        ("Command on the server", "", "backup_made", "Made a backup")
    ]
    every = signed_in.get(f"{PAGE}/activity.csv").data.decode("utf-8-sig").splitlines()
    invited, backup, noted, added = csv.DictReader(every)
    assert invited["what"] == "Invited bob@example.com as Editor"
    assert (noted["object"], noted["what"]) == ("customer:7", "Wrote a note about Customer 7")
    assert (added["object"], added["what"]) == ("package:1", "Added Start")
    assert added["person"] == "'=1+1"
    assert backup["time"] >= added["time"]


def test_a_file_of_many_lines_is_read_in_portions(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: one list of all of them."""
    past = Past(session, 3)
    with writing(session):
        past.go_on(900)
    with app.app_context():
        engine = db.engine
    with watching(engine) as asked:
        answer = signed_in.get(f"{PAGE}/activity.csv", buffered=False)
        rows = sum(1 for _ in csv.reader(answer.data.decode().splitlines()))
    assert rows == len(past.lines) + 1
    walks = [one for one in asked.statements if "WITH RECURSIVE walk" in one]
    assert len(walks) == -(-len(past.lines) // 500)


@pytest.mark.parametrize("part", KINDS_OF)
def test_each_part_can_be_chosen(signed_in: FlaskClient, part: str) -> None:
    page = signed_in.get(f"{PAGE}?kind={part}").text
    assert values(page, "[name=kind] option[selected]", "value") == [part]


def test_pages_of_things_lead_to_their_part(signed_in: FlaskClient, session: Session) -> None:
    [package] = add(session, "Start")
    edit_market(session, "DE", note_en="Hello")
    apply_all(session)
    leading = {
        f"/settings/credit-packages/{package}/edit": f"object=package:{package}",
        "/settings/markets/DE": "object=market:1",
        "/settings/": "object=settings:1",
        "/settings/credit-packages/history/1": "object=release:1",
        "/settings/sites": "kind=sites",
        "/settings/payments": "kind=payments",
        "/settings/company": "kind=company",
        "/settings/team/1": "object=admin:1",
    }
    for page, query in leading.items():
        assert f"/activity?{query}" in values(signed_in.get(page).text, "main a", "href"), page
    assert whats(signed_in.get(f"{PAGE}?object=market:1").text) == [
        "Edited Market of Germany: Note (English)"
    ]
    nothing_yet = values(signed_in.get("/settings/markets/FR").text, "main a", "href")
    assert not [link for link in nothing_yet if link.startswith(PAGE)]

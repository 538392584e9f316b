"""Looking for customers: by words of names and emails, by number, by what they are and have."""

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any

import pytest
from sqlalchemy.orm import Session

from domain.customers import sessions
from domain.customers.customers import add_by_hand
from domain.customers.listing import (
    Selection,
    Show,
    count_customers,
    count_parts,
    iterate_customers,
    list_countries,
    list_customers,
    list_tags,
    select_ids,
)
from domain.customers.models import CustomerTag
from domain.database import write, writing
from domain.keyset import PAGE_ROWS
from domain.ledger import acts, corrections
from domain.ledger.rules import Purpose
from domain.ledger.wallets import open_wallet
from tests.counting import watching
from tests.wallets import PRICE

PEOPLE = (
    ("Ayşe Yıldırım", "ayse.yildirim@posta.example", "TR"),
    ("Maximilian von Hohenstein-Bauer", "m.hohenstein@bauer.example", "DE"),
    ("فاطمة الزهراء", "fatima@posta.example", "AE"),
    ("", "12@posta.example", "TR"),
    ("Ayşegül Demir", "demir@posta.example", None),
    ("Łukasz O'Neill", "100%_sure@posta.example", None),
)


@pytest.fixture
def people(session: Session) -> list[int]:
    """Numbers 1 to 6."""
    with writing(session):
        return [add(session, *person) for person in PEOPLE]


def add(session: Session, name: str, email: str, country: str | None = None) -> int:
    return add_by_hand(session, email=email, name=name, language="tr", country=country)


def found(session: Session, **selection: Any) -> list[int]:  # noqa: ANN401 - any of its fields
    wanted = Selection(**selection)
    ids = [one.id for one in list_customers(session, wanted).customers]
    assert count_customers(session, wanted) == len(ids)
    return ids


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("search", "ids"),
    [
        ("", [6, 5, 4, 3, 2, 1]),
        ("ays", [5, 1]),
        ("AYŞE", [5, 1]),
        ("ayşe yıl", [1]),
        ("YILDIRIM, ayse", [1]),
        ("von", [2]),
        ("enstein", []),
        ("fatima@", [3]),
        ("فاطمه", []),
        ("الزهر", [3]),
        ("2", [2]),
        ("٢", [2]),
        ("12", [4]),
        ("1", [6, 4, 1]),
        ("100%", [6]),
        ("%", []),
        ("_", []),
        ("o'n", [6]),
        ("ayse demir", [5]),
        ("ayse von", []),
        ("9223372036854775808", []),
        ("x" * 500, []),
        (" , ; ", [6, 5, 4, 3, 2, 1]),
    ],
)
def test_each_word_is_how_a_word_of_the_customer_begins(
    session: Session, search: str, ids: list[int]
) -> None:
    """Caught: `or` between the words; a "%" that stood for any text; case and accents kept."""
    assert found(session, search=search) == ids


@pytest.mark.usefixtures("people")
def test_a_word_that_is_followed_by_the_last_letters_is_found(session: Session) -> None:
    """Caught: an upper end of "a" and "z", which left out what goes on in other scripts."""
    with writing(session):
        last = add(session, "Ab\U00020000", "x@posta.example")
    assert found(session, search="ab") == [last]


@pytest.mark.usefixtures("people")
def test_countries_and_tags(session: Session) -> None:
    with writing(session):
        session.add_all(CustomerTag(customer_id=id, tag=tag) for id, tag in TAGS)
    assert (list_countries(session), list_tags(session)) == (["AE", "DE", "TR"], ["Beta", "VIP"])
    assert found(session, country="TR") == [4, 1]
    assert found(session, tag="VIP") == [5, 1]
    assert found(session, tag="VIP", country="TR", search="ay") == [1]
    assert found(session, tag="vip") == found(session, country="FR") == []
    assert list_customers(session, Selection(search="yıldırım")).customers[0].tags == [
        "Beta",
        "VIP",
    ]


TAGS = ((1, "VIP"), (1, "Beta"), (5, "VIP"))


@pytest.mark.usefixtures("people")
def test_who_owes_who_is_invited_whose_gift_ends(session: Session) -> None:
    now = datetime.now(UTC)
    with writing(session):
        for id in range(1, 5):
            sessions.open_session(session, id)
        owes, soon, later = (open_wallet(session, id, mode="test") for id in (1, 2, 3))
        give(session, owes, 25, "bought", source="purchase:1", purchase_id=1, **PRICE)
        acts.spend(session, owes, 25, Purpose("call", "1"), actor="x")
        corrections.revoke(session, owes, 25, purchase_id=1, may_owe=True, actor="x")
        give(session, soon, 50, "gift", source="a", expires_at=now + timedelta(days=10))
        give(session, soon, 9, "gift", source="b", expires_at=now + timedelta(days=20))
        acts.hold(session, soon, 20, Purpose("call", "2"), lasts=timedelta(hours=1), actor="x")
        give(session, later, 70, "gift", source="a", expires_at=now + timedelta(days=40))
    assert found(session, show=Show.OWES) == [1]
    assert found(session, show=Show.ENDING_GIFTS) == [2]
    assert found(session, show=Show.INVITED) == [6, 5]
    assert count_parts(session) == {Show.OWES: 1, Show.ENDING_GIFTS: 1, Show.INVITED: 2}
    had = {one.id: (one.free, one.held, one.owed) for one in list_customers(session).customers}
    assert had == {
        1: (0, 0, 25),
        2: (39, 20, 0),
        3: (70, 0, 0),
        4: (0,) * 3,
        5: (0,) * 3,
        6: (0,) * 3,
    }
    ending = list_customers(session, Selection(search="2")).customers[0].ending
    assert ending
    assert (ending.credits, ending.at) == (30, now + timedelta(days=10))


def give(session: Session, wallet_id: int, credits: int, kind: Any, **terms: Any) -> None:  # noqa: ANN401
    acts.grant(session, wallet_id, credits, kind=kind, actor="x", **terms)


def add_many(session: Session, number: int) -> None:
    with writing(session):
        for n in range(number):
            add(session, "Elif", f"elif{n}@posta.example")


@pytest.mark.parametrize("selection", [Selection(), Selection(search="elif")])
def test_pages_go_on_where_the_one_before_ended(session: Session, selection: Selection) -> None:
    """Caught: `<=` for `<`, which showed a customer twice."""
    add_many(session, 2 * PAGE_ROWS + 1)
    pages = [list_customers(session, selection)]
    while pages[-1].older:
        pages.append(list_customers(session, selection, below=pages[-1].older))
    numbers = [[one.id for one in page.customers] for page in pages]
    assert [len(page) for page in numbers] == [PAGE_ROWS, PAGE_ROWS, 1]
    assert [*chain(*numbers)] == list(range(2 * PAGE_ROWS + 1, 0, -1))
    back = list_customers(session, selection, above=pages[2].newer)
    assert (back.customers, back.older) == (pages[1].customers, pages[1].older)
    assert list_customers(session, selection, above=back.newer) == pages[0]


def test_past_the_ends_there_is_nobody(session: Session) -> None:
    add_many(session, 1)
    assert list_customers(session, below=1) == ([], None, None)
    assert list_customers(session, above=1) == ([], None, None)


def test_all_are_read_in_portions_that_hold_no_transaction(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: one query for all, open as long as the reader took."""
    monkeypatch.setattr("domain.keyset.PORTION_ROWS", 2)
    add_many(session, 5)
    ids = []
    for one in iterate_customers(session, Selection(search="elif")):
        assert not session.in_transaction()
        ids.append(one.id)
    assert ids == [1, 2, 3, 4, 5]


def test_a_page_asks_as_often_for_many_as_for_one(session: Session) -> None:
    asked = []
    for number in (1, PAGE_ROWS):
        add_more(session, number)
        with watching(session.get_bind()) as watched:  # type: ignore[arg-type]
            list_customers(session, Selection(search="elif"))
        asked.append(len(watched.statements))
    assert asked[0] == asked[1] <= 5


def add_more(session: Session, number: int) -> None:
    def work(session: Session, n: int) -> None:
        id = add(session, "Elif", f"{number}.{n}@posta.example")
        session.add(CustomerTag(customer_id=id, tag="VIP"))
        give(session, open_wallet(session, id, mode="test"), 5, "gift", source="a")

    for n in range(number):
        write(session, partial(work, n=n))


def test_a_word_is_looked_for_once(session: Session) -> None:
    """Caught: "a a a …", which took twenty times as long."""
    once = str(select_ids(session, Selection(search="ay")))
    assert str(select_ids(session, Selection(search="ay AY ay"))) == once

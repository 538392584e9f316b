"""Export and Import: a file goes out, is changed, is checked and saved as drafts."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.catalogue.models import DraftBatch, ImportFile
from tests.conftest import ADMIN, make_admin, signed_in_client
from tests.html import texts, values
from tests.importing import HEADER, IMPORT, check, chips, exported, save, written
from tests.page_helpers import (
    LIST,
    add,
    apply_all,
    draft,
    edit,
    everything,
    move,
    order,
    pending,
    post,
    remove,
)


@pytest.fixture
def ids(session: Session) -> list[int]:
    """A, B, C are live in the US, at $19.99 for 100 credits, and one each in four currencies."""
    ids = add(session, "A", "B", "C")
    add(session, "=1+1;@x", country="JP", currency="JPY", price_minor=1480, short_info="'=x")
    add(session, "دينار", country="KW", currency="KWD", price_minor=7500)
    add(session, 'Ein "Paket", groß', country="DE", currency="EUR", price_minor=123456)
    add(session, "Başlangıç; 2", country="TR", currency="TRY", price_minor=49900)
    apply_all(session)
    return ids


@pytest.mark.on_both
@pytest.mark.parametrize("decimal", ["point", "comma"])
@pytest.mark.usefixtures("ids")
def test_importing_an_export_changes_nothing(
    signed_in: FlaskClient, session: Session, decimal: str
) -> None:
    """In five currencies. Caught: a price read with two decimals in each; a name of a formula that
    keeps its apostrophe."""
    before = everything(session)
    file = signed_in.get(f"{LIST}export.csv", query_string={"decimal": decimal})
    page = check(signed_in, file.data, decimal=decimal, removes="1")
    assert "This file changes nothing" in page.text
    assert chips(page) == ["All changes 0", "Same 7"]
    assert everything(session) == before


@pytest.mark.on_both
def test_a_changed_export_is_saved_as_one_batch_with_undo(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    rows = exported(signed_in, country="US")
    rows[0]["price"], rows[1]["short_info"], rows[1]["position"] = "21.90", "New", "1"
    del rows[2]
    rows.append({**rows[0], "package": "", "version": "", "name": "D", "position": "2"})
    page = check(signed_in, written(rows), removes="1")
    assert chips(page) == ["All changes 4", "Added 1", "Changed 2", "Removed 1"]
    answer = save(signed_in, page)
    assert answer.status_code == 303
    assert order(session) == ["B", "D", "A"]
    assert draft(session, ids[0]).price_minor == 2190
    parts = session.scalars(select(DraftBatch).order_by(DraftBatch.id)).all()
    assert [part.part_of for part in parts] == [None, parts[0].id]
    assert session.scalar(select(func.count(ImportFile.id))) == 0
    shown = signed_in.get(answer.location).text
    post(signed_in, values(shown, "form#undo", "action")[0], {})
    assert pending(session) == []
    assert order(session) == ["A", "B", "C"]


def test_a_colleagues_save_since_the_export_stays(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    """Where the file does not touch it; where both did, theirs stays unless it is ticked. Caught:
    the file's line taken as it is."""
    rows = exported(signed_in, country="US")
    edit(session, ids[0], short_info="Theirs")
    edit(session, ids[1], price_minor=2222)
    rows[0]["price"], rows[1]["price"] = "21.90", "23.90"
    page = check(signed_in, written(rows))
    assert "changed this to $22.22 after the file was exported." in page.text
    assert save(signed_in, page).status_code == 303
    assert draft(session, ids[0]).values[2:] == (2190, "USD", "US", "Theirs")
    assert draft(session, ids[1]).price_minor == 2222
    page = check(signed_in, written(rows))
    takes = values(page.text, "[name=takes]", "value")
    assert save(signed_in, page, takes=takes).status_code == 303
    assert draft(session, ids[1]).price_minor == 2390


def test_what_changed_since_the_look_is_looked_at_again(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    rows = exported(signed_in, country="US")
    rows[0]["price"] = "21.90"
    page = check(signed_in, written(rows))
    edit(session, ids[0], price_minor=2222)
    before = everything(session)
    answer = save(signed_in, page)
    assert answer.status_code == 409
    assert "Nothing saved: the drafts changed since." in answer.text
    assert everything(session) == before
    takes = values(answer.text, "[name=takes]", "value")
    assert save(signed_in, answer, takes=takes).status_code == 303
    assert draft(session, ids[0]).price_minor == 2190
    again = save(signed_in, page)
    assert again.status_code == 404
    assert "This file was saved already" in texts(again.text, "#problem")[0]


@pytest.mark.usefixtures("ids")
def test_a_file_without_numbers_means_packages_by_country_name_and_credits(
    signed_in: FlaskClient, session: Session
) -> None:
    file = "Package Country;Package Name;Credits;Price;Package Currency;Remark\n"
    file += "us;A;100;21,90;usd;x\nUS;E;1.000;1.234,50;USD;\n\n"
    page = check(signed_in, f"\ufeffsep=;\r\n{file}", decimal="comma")
    assert "Columns that were not used: Remark" in page.text
    assert chips(page) == ["All changes 2", "Added 1", "Changed 1"]
    save(signed_in, page)
    assert order(session) == ["A", "B", "C", "E"]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("US,A,100,NaN,USD", "Line 2, price: “NaN” is no price. Type it like 19.90."),
        ("US,A,100,1e5,USD", "“1e5” is no price"),
        ('US,A,100,"19,9",USD', "“19,9” is no price"),
        ("US,A,100,19.999,USD", "USD has 2 decimals, this has more."),
        ("US,A,100,,USD", "is no price"),
        (f"US,A,100,{2**63},USD", "Enter a price from 0"),
        (f"US,A,{2**63},1,USD", "Line 2, credits: Enter a whole number from 1"),
        ("US,A,1.5,1,USD", "Type a whole number"),
        ("US,A,-1,1,USD", "Type a whole number"),
        ("XX,A,100,1,USD", "Line 2, country: Choose a country from the list."),
        ("US,A,100,1,XXX", "Line 2, currency: Choose a currency from the list."),
        ("US,,100,1,USD", "Line 2, name: Enter a name"),
        ("US,A,100,1,USD,, b", "Line 2, short_info: “b” is beyond the last column."),
        ("US,N,1,1,USD\nUS,n,1,2,USD", "Line 3, package: The same package as line 2."),
    ],
)
@pytest.mark.usefixtures("ids")
def test_each_wrong_cell_says_what_to_type(
    signed_in: FlaskClient, session: Session, line: str, error: str
) -> None:
    before = everything(session)
    page = check(signed_in, HEADER + line)
    assert page.status_code == 200
    assert error in " ".join(texts(page.text, ".errors"))
    assert "Save as drafts" not in page.text
    assert save(signed_in, page).status_code == 422
    assert everything(session) == before


def test_lines_that_name_no_package_or_one_twice_are_errors(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    rows = exported(signed_in, country="US")
    rows[1]["package"] = rows[0]["package"]
    rows[2]["package"] = "999"
    rows.append({**rows[0], "package": str(2**63)})
    rows.append({**rows[0], "package": "", "version": "x", "name": "F"})
    remove(session, ids[0])
    said = texts(check(signed_in, written(rows)).text, ".errors li")
    assert said == [
        "Line 2, package: A is to be removed. Press Keep first, or leave the line out.",
        "Line 3, package: A is to be removed. Press Keep first, or leave the line out.",
        "Line 4, package: There is no such package. Leave the cell empty to add one.",
        "Line 5, package: Leave it as it was exported, or empty.",
        "Line 6, version: Leave it as it was exported, or empty.",
    ]


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (b"", "The file is empty."),
        (HEADER.encode(), "The file has no lines below the first one."),
        (b"PK\x03\x04" + b"x" * 99, "This is a spreadsheet, not CSV."),
        (b"name\0", "This is no text file."),
        ((HEADER + "TR,Ba\u015flang\u0131\u00e7,1,1,TRY").encode("cp1254"), "not in UTF-8"),
        (b"country,name,credits,currency\nUS,A,1,USD", "The file has no column \u201cprice\u201d."),
        (
            b"name,name,country,credits,price,currency\n",
            "The column \u201cname\u201d is there twice.",
        ),
        ((HEADER + 'US,"A,1,1,USD').encode(), "Line 2 cannot be read: look at its quotes."),
        (b"x" * 200_000, "Line 1 cannot be read: look at its quotes."),
        (HEADER.encode() + b"US,A,1,1,USD\n" * 20_001, "more than 20,000 lines"),
        (HEADER.encode() + b"x" * 5 * 1024 * 1024, "more than 5 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(
    signed_in: FlaskClient, session: Session, file: bytes, sentence: str
) -> None:
    page = check(signed_in, file)
    assert page.status_code == 422
    assert sentence in page.text
    assert session.scalar(select(func.count(ImportFile.id))) == 0


@pytest.mark.usefixtures("ids")
def test_one_more_like_a_numbered_one_comes_to_its_place_once(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: it was last, and added again by the same file."""
    rows = exported(signed_in, country="US")
    rows.append({**rows[0], "package": "", "version": "", "price": "9.90", "position": "1"})
    assert save(signed_in, check(signed_in, written(rows))).status_code == 303
    assert order(session) == ["A", "A", "B", "C"]
    assert "Added" not in " ".join(chips(check(signed_in, written(rows))))


def test_places_that_changed_since_the_look_are_looked_at_again(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    """Caught: moves that were not shown."""
    page = check(signed_in, f"position,{HEADER}1,US,C,100,19.99,USD")
    move(session, ids[2], 2)
    assert save(signed_in, page).status_code == 409


def test_a_short_info_stays_where_the_file_has_no_column_for_it(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    """Caught: it was emptied."""
    edit(session, ids[0], short_info="Stays")
    page = check(signed_in, HEADER + "US,A,100,21.90,USD,,")
    assert save(signed_in, page).status_code == 303
    assert draft(session, ids[0]).values[2:] == (2190, "USD", "US", "Stays")


def test_zeros_in_front_change_no_number(signed_in: FlaskClient) -> None:
    page = check(signed_in, HEADER + f"US,A,{'0' * 50}7,{'0' * 50}19.90,USD")
    assert "Credits 7 Price $19.90" in texts(page.text, ".changed")[0]


@pytest.mark.usefixtures("ids")
def test_lines_may_end_as_old_spreadsheets_end_them(signed_in: FlaskClient) -> None:
    """Caught: a first line "sep=," that took all others with it."""
    file = f"sep=,\n{HEADER}US,A,100,21.90,USD\nUS,E,1,1,USD\n"
    page = check(signed_in, file.replace("\n", "\r"))
    assert chips(page) == ["All changes 2", "Added 1", "Changed 1"]


def test_fifty_megabytes_are_refused(signed_in: FlaskClient) -> None:
    page = check(signed_in, b"x" * 50 * 1024 * 1024)
    assert page.status_code == 413


@pytest.mark.usefixtures("ids")
def test_a_release_is_exported_as_buyers_saw_it(signed_in: FlaskClient, session: Session) -> None:
    move(session, 1, 3, author=ADMIN)
    edit(session, 1, price_minor=1)
    rows = exported(signed_in, release="1", country="US")
    assert [(row["name"], row["price"], row["version"]) for row in rows] == [
        ("A", "19.99", ""),
        ("B", "19.99", ""),
        ("C", "19.99", ""),
    ]
    page = check(signed_in, written(rows))
    assert chips(page) == ["All changes 1", "Changed 1", "Same 2"]
    save(signed_in, page)
    assert pending(session) == []
    assert signed_in.get(f"{LIST}export.csv?release=9").status_code == 404
    assert signed_in.get(f"{LIST}export.csv?country=XX").status_code == 422


def test_a_file_of_a_colleague_is_not_shown(
    app: Flask, engine: Engine, signed_in: FlaskClient
) -> None:
    page = check(signed_in, HEADER + "US,A,1,1,USD")
    path = page.request.path
    assert path.startswith(f"{IMPORT}/")
    make_admin(engine, "ben@example.com")
    assert signed_in_client(app, engine, "ben@example.com").get(path).status_code == 404
    assert signed_in.get(f"{IMPORT}/999").status_code == 404

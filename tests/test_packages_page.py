"""Settings -> Credit Packages: the list of drafts."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from extensions import db
from tests.html import find, texts, values
from tests.page_helpers import LIST, add, apply_all, chosen, edit, labels, move, post, remove


@contextmanager
def counted_queries(app: Flask) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def shown(page: str) -> list[str]:
    """The names of the rows, in order."""
    return texts(page, "h3[dir=auto]")


def states(page: str) -> list[str]:
    return texts(page, ".states > .state[data-state]")


def test_the_page_names_itself_and_its_place(signed_in: FlaskClient) -> None:
    page = signed_in.get(LIST).text
    assert "<title>Credit Packages · Settings · Scrip</title>" in page
    assert texts(page, "h1") == ["Credit Packages"]
    assert texts(page, f"button[formaction='{LIST}add']") == ["Add"]
    assert texts(page, f"a[href='{LIST}'][aria-current=page]") == ["Credit Packages"]


def test_signed_out_it_leads_to_the_sign_in(client: FlaskClient) -> None:
    answer = client.get(f"{LIST}?country=TR")
    assert answer.status_code == 302
    assert answer.location == "/login?next=/settings/credit-packages/?country%3DTR"


def test_signed_out_htmx_stays_where_it_is(client: FlaskClient) -> None:
    answer = client.get(LIST, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "What you typed is still here" in answer.text


def test_one_country_is_shown_in_listing_order(signed_in: FlaskClient, session: Session) -> None:
    add(session, "Zwei", "Eins", country="DE")
    add(session, "One")
    page = signed_in.get(f"{LIST}?country=DE").text
    assert shown(page) == ["Zwei", "Eins"]
    assert chosen(page, "country") == "DE"


def test_a_country_in_small_letters_is_understood(signed_in: FlaskClient, session: Session) -> None:
    add(session, "Eins", country="DE")
    add(session, "One")
    assert shown(signed_in.get(f"{LIST}?country=de").text) == ["Eins"]


def test_countries_come_by_name_with_their_counts(signed_in: FlaskClient, session: Session) -> None:
    add(session, "T", country="TR")
    add(session, "Å", "Åå", country="AX")
    add(session, "D", country="DE")
    page = signed_in.get(LIST).text
    assert texts(page, ".country > h2") == [
        *("Åland Islands 2 packages", "Germany 1 package", "Türkiye 1 package"),
    ]
    assert texts(page, ".country > h2 > span") == ["2 packages", "1 package", "1 package"]


def test_countries_are_named_in_the_readers_language(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, "D", country="DE")
    assert "Deutschland" in signed_in.get(LIST, headers={"Accept-Language": "de"}).text


def test_countries_open_until_a_hundred_rows_are_shown(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, *(f"B{i}" for i in range(60)), country="BE")
    add(session, *(f"D{i}" for i in range(60)), country="DE")
    add(session, "T", country="TR")
    page = signed_in.get(LIST).text
    assert len(shown(page)) == 120
    assert f'<a href="{LIST}?country=TR">Open Türkiye</a>' in page
    assert shown(signed_in.get(f"{LIST}?country=TR").text) == ["T"]


def test_a_hundred_rows_make_a_page(signed_in: FlaskClient, session: Session) -> None:
    add(session, *(f"P{i}" for i in range(101)))
    first = signed_in.get(f"{LIST}?country=US").text
    second = signed_in.get(f"{LIST}?country=US&page=2").text
    assert shown(first) == [f"P{i}" for i in range(100)]
    assert shown(second) == ["P100"]
    assert f'href="{LIST}?country=US&amp;page=2"' in first
    assert "Reorder P100, 101 of 101" in labels(second)


def test_each_action_names_its_package(signed_in: FlaskClient, session: Session) -> None:
    add(session, "Pro", 'A "B" <c>')
    names = values(signed_in.get(LIST).text, "[aria-label]", "aria-label")
    for word in ("Edit", "Duplicate", "Remove", "Move"):
        assert f"{word} Pro" in names
        assert f'{word} A "B" <c>' in names
    assert "Reorder Pro, 1 of 2" in names
    assert len(names) == len(set(names))


def test_a_package_to_be_removed_offers_only_keep(signed_in: FlaskClient, session: Session) -> None:
    """Caught: counting every draft in listing.list_drafts, not those that stay."""
    ids = add(session, "One", "Two", "Three")
    apply_all(session)
    remove(session, ids[1])
    page = signed_in.get(LIST).text
    row = f"#package-{ids[1]}.is-leaving"
    assert find(page, row)
    assert values(page, f"{row} [aria-label]", "aria-label") == ["Keep Two"]
    assert shown(page) == ["One", "Two", "Three"]
    assert "Reorder Three, 2 of 2" in labels(page)


def test_each_row_says_its_state_in_words(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "Live", "Edited", "Gone", "Last", "First")
    apply_all(session)
    edit(session, ids[1], credits=7)
    remove(session, ids[2])
    add(session, "New")
    move(session, ids[4], 1)
    assert states(signed_in.get(LIST).text) == [
        *("Moved", "Live", "Edited", "To be removed", "Live", "New"),
    ]


def test_a_package_may_be_edited_and_moved(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "One", "Two", "Three")
    apply_all(session)
    edit(session, ids[2], credits=7)
    move(session, ids[2], 1)
    assert states(signed_in.get(LIST).text) == ["Edited", "Moved", "Live", "Live"]


def test_prices_are_written_as_the_reader_writes_them(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, "Yen", price_minor=1500, currency="JPY")
    add(session, "Dinar", price_minor=1234, currency="KWD")
    add(session, "Gift", price_minor=0)
    page = signed_in.get(LIST, headers={"Accept-Language": "de"}).text
    assert texts(page, "p.price > bdi") == ["1.500 ¥", "1,234 KWD", "Free"]


def test_search_ignores_case_and_accents(signed_in: FlaskClient, session: Session) -> None:
    """Caught: search_text kept as typed, without fold."""
    add(session, "Other")
    add(session, "STARTER", short_info="Özel randevu, İstanbul", country="TR")
    for search in (
        "starter",
        "STARTER",
        "tart",
        "randevu",
        "ıstanbul",
        "İSTANBUL",
        "ozel",
        " ÖZEL",
    ):
        page = signed_in.get(LIST, query_string={"q": search}).text
        assert (search, shown(page)) == (search, ["STARTER"])
        assert f'value="{search.strip()}"' in page


def test_search_takes_every_character_as_itself(signed_in: FlaskClient, session: Session) -> None:
    """Caught: contains() without autoescape."""
    add(session, "Plain", "With % in it", "With _ in it", "With \\ in it")
    for search in ("%", "_", "\\"):
        page = signed_in.get(LIST, query_string={"q": search}).text
        assert shown(page) == [f"With {search} in it"]


def test_search_finds_what_was_edited(signed_in: FlaskClient, session: Session) -> None:
    """Caught: edit_package without a new search_text."""
    ids = add(session, "Before")
    edit(session, ids[0], name="After")
    assert shown(signed_in.get(f"{LIST}?q=after").text) == ["After"]
    assert shown(signed_in.get(f"{LIST}?q=before").text) == []


def test_search_turns_reordering_off_and_says_why(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One", "Two")
    page = signed_in.get(f"{LIST}?country=US&q=two").text
    assert "Order cannot be changed while you search" in page
    assert "data-sortable" not in page
    assert "Move Two" not in labels(page)
    assert f'<a href="{LIST}?country=US">Clear the search</a>' in page
    assert "data-sortable" in signed_in.get(f"{LIST}?country=US").text


def test_while_searching_places_count_in_the_whole_country(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the number of matches taken for the number of packages, "2 of 1"."""
    add(session, "One", "Two", "Three")
    places = [name for name in labels(signed_in.get(f"{LIST}?q=two").text) if "Reorder" in name]
    assert places in ([], ["Reorder Two, 2 of 3"])


def test_nothing_yet_says_how_to_begin(signed_in: FlaskClient) -> None:
    page = signed_in.get(LIST).text
    assert "No packages yet" in page
    assert "Press Add" in page


def test_no_match_shows_the_search_and_a_way_out(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    page = signed_in.get(LIST, query_string={"q": "<b>"}).text
    assert "No package matches “<bdi>&lt;b&gt;</bdi>”" in page
    assert f'<a href="{LIST}">Clear the search</a>' in page


def test_an_empty_country_says_so(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    page = signed_in.get(f"{LIST}?country=JP").text
    assert "No packages in Japan yet" in page
    assert chosen(page, "country") == "JP"


def test_nothing_pending_shows_no_bar(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    assert "Apply Changes</button>" in signed_in.get(LIST).text
    apply_all(session)
    page = signed_in.get(LIST).text
    assert "Apply Changes</button>" not in page
    assert "Pending changes" not in page


BAD_QUERIES = [
    *("country=ZZ", "country=", "country=%00", "country=USA", "country=%C3%A9", "page=2", "page=x"),
    *("country=US&page=0", "country=US&page=-1", "country=US&page=9999999999999999999999"),
    *("country=US&page=²", "country=US&page=99", "country=US&country=XX", "q=%00", "q=%20", "q="),
    *("removed=x", "removed=-1", "removed=99", "removed=9999999999999999999", "removed=1"),
    *("unknown=1", "country=US&page=1%00"),
]


def test_bad_parameters_are_left_out(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    for query in BAD_QUERIES:
        answer = signed_in.get(f"{LIST}?{query}")
        assert (query, answer.status_code, shown(answer.text)) == (query, 200, ["One"])
        assert "was removed" not in answer.text


def test_an_endless_search_is_cut(signed_in: FlaskClient, session: Session) -> None:
    add(session, "o" * 80)
    answer = signed_in.get(f"{LIST}?q={'o' * 5000}")
    assert shown(answer.text) == ["o" * 80]


def test_any_accept_language_gets_a_page(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    for language in ("", "*", "-", "xx", "de_DE", "\xe9", "ar", "und", "a" * 5000, "en;q=x", ",,"):
        answer = signed_in.get(LIST, headers={"Accept-Language": language})
        assert (language, answer.status_code) == (language, 200)


def test_rows_lead_to_where_scrip_is_mounted(signed_in: FlaskClient, session: Session) -> None:
    """Caught: "/settings/credit-packages/" written into macros/row.html."""
    add(session, "Starter")
    assert f'hx-get="{LIST}1/edit/form"' in signed_in.get(LIST).text
    mounted = signed_in.get(LIST, base_url="http://localhost/shop").text
    assert f'hx-get="/shop{LIST}1/edit/form"' in mounted


@pytest.mark.parametrize(
    ("reader", "credits"), [("en-US", "100,000"), ("en-IN", "1,00,000"), ("tr-TR", "100.000")]
)
def test_rows_are_written_for_their_reader(
    signed_in: FlaskClient, session: Session, reader: str, credits: str
) -> None:
    add(session, "Starter", credits=100_000)
    page = signed_in.get(LIST, headers={"Accept-Language": reader}).text
    assert f'<p class="credits">{credits} <span' in page


@pytest.mark.parametrize(
    "path", [LIST, f"{LIST}?country=US", f"{LIST}?q=p", "/packages?country=US"]
)
def test_more_packages_take_no_more_queries(
    app: Flask, signed_in: FlaskClient, session: Session, path: str
) -> None:
    """Caught: drafts.position_of for each row of rows._row."""
    counts = []
    for more in (5, 115):
        add(session, *(f"P{more}-{i}" for i in range(more)))
        apply_all(session)
        add(session, f"Pending {more}")
        with counted_queries(app) as statements:
            assert signed_in.get(path).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] > 0


@pytest.mark.parametrize("path", [LIST, "/packages"])
def test_more_countries_take_no_more_queries(
    app: Flask, signed_in: FlaskClient, session: Session, path: str
) -> None:
    """Caught: list_drafts called once for each open country."""
    codes = (
        "DE TR AT BE BG CH CY CZ DK EE ES FI FR GB GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
    )
    counts = []
    for some in (codes.split()[:2], codes.split()[2:]):
        for code in some:
            add(session, "One", country=code)
        apply_all(session)
        with counted_queries(app) as statements:
            assert signed_in.get(path).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] > 0


def test_it_cannot_be_posted_to(signed_in: FlaskClient) -> None:
    assert post(signed_in, LIST).status_code == 405

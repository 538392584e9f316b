"""Settings -> Credit Packages: the list of drafts."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from extensions import db
from tests.conftest import ADMIN
from tests.html import find, texts, values
from tests.page_helpers import (
    LIST,
    add,
    apply_all,
    edit,
    labels,
    listed,
    menu,
    move,
    post,
    remove,
    states,
)


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


def chips(page: str) -> dict[str, str]:
    """The filters to choose from and where each leads, by their words."""
    return dict(zip(texts(page, "a.chip"), values(page, "a.chip", "href"), strict=True))


def chosen_chips(page: str) -> list[str]:
    return texts(page, "a.chip[aria-current=true]")


def test_the_page_names_itself_and_its_place(signed_in: FlaskClient) -> None:
    page = signed_in.get(LIST).text
    assert "<title>Credit Packages · Settings · Scrip</title>" in page
    assert texts(page, "h1") == ["Credit Packages"]
    assert texts(page, f"button#add[formaction='{LIST}add']") == ["Add"]
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
    assert listed(page) == ["Zwei", "Eins"]
    assert chosen_chips(page) == ["Germany 2"]


def test_a_country_in_small_letters_is_understood(signed_in: FlaskClient, session: Session) -> None:
    add(session, "Eins", country="DE")
    add(session, "One")
    assert listed(signed_in.get(f"{LIST}?country=de").text) == ["Eins"]


def test_countries_come_by_name_with_their_counts(signed_in: FlaskClient, session: Session) -> None:
    add(session, "T", country="TR")
    add(session, "Å", "Åå", country="AX")
    add(session, "D", country="DE")
    page = signed_in.get(LIST).text
    assert texts(page, "tr.group label") == ["Åland Islands", "Germany", "Türkiye"]
    assert texts(page, "tr.group .muted") == ["2 · USD", "1 · USD", "1 · USD"]
    assert [*chips(page)][:4] == ["All countries 4", "Åland Islands 2", "Germany 1", "Türkiye 1"]


def test_countries_are_named_in_the_readers_language(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, "D", country="DE")
    assert "Deutschland" in signed_in.get(LIST, headers={"Accept-Language": "de"}).text


def test_countries_open_until_a_hundred_rows_are_listed(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, *(f"B{i}" for i in range(60)), country="BE")
    add(session, *(f"D{i}" for i in range(60)), country="DE")
    add(session, "T", country="TR")
    page = signed_in.get(LIST).text
    assert len(listed(page)) == 120
    assert find(page, f'tr.group a[href="{LIST}?country=TR"][aria-label="Open Türkiye"]')
    assert listed(signed_in.get(f"{LIST}?country=TR").text) == ["T"]


def test_a_hundred_rows_make_a_page(signed_in: FlaskClient, session: Session) -> None:
    add(session, *(f"P{i}" for i in range(101)))
    first = signed_in.get(f"{LIST}?country=US").text
    second = signed_in.get(f"{LIST}?country=US&page=2").text
    assert listed(first) == [f"P{i}" for i in range(100)]
    assert listed(second) == ["P100"]
    assert f'href="{LIST}?country=US&amp;page=2"' in first
    assert "Reorder P100, 101 of 101" in labels(second)


def test_each_action_names_its_package(signed_in: FlaskClient, session: Session) -> None:
    add(session, "Pro", 'A "B" <c>')
    page = signed_in.get(LIST).text
    names = labels(page)
    for word in ("Edit", "More for"):
        assert f"{word} Pro" in names
        assert f'{word} A "B" <c>' in names
    assert "Reorder Pro, 1 of 2" in names
    assert len(names) == len(set(names))


def test_the_more_menu_names_its_package(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "Pro", 'A "B" <c>')
    for id, name in zip(ids, ("Pro", 'A "B" <c>'), strict=True):
        actions = [f"Duplicate {name}", f"Copy to… {name}", f"Remove {name}"]
        assert labels(menu(signed_in, id)) == actions
        assert f"Move {name}, {id} of 2" in texts(menu(signed_in, id), "h3")


def test_a_package_to_be_removed_offers_only_keep(signed_in: FlaskClient, session: Session) -> None:
    """Caught: counting every draft in listing.list_drafts, not those that stay."""
    ids = add(session, "One", "Two", "Three")
    apply_all(session)
    remove(session, ids[1])
    page = signed_in.get(LIST).text
    row = f"#package-{ids[1]}.is-leaving"
    assert find(page, row)
    assert values(page, f"{row} [aria-label]", "aria-label") == [
        "Select Two",
        "Keep Two",
        "More for Two",
    ]
    assert labels(menu(signed_in, ids[1])) == ["Duplicate Two"]
    assert texts(page, f"{row} del[data-name]") == ["Two"]
    assert listed(page) == ["One", "Two", "Three"]
    assert "Reorder Three, 2 of 2" in labels(page)


def test_each_row_says_its_state_in_words(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "Live", "Edited", "Gone", "Last", "First")
    apply_all(session)
    edit(session, ids[1], credits=7)
    remove(session, ids[2])
    add(session, "New")
    move(session, ids[4], 1)
    assert states(signed_in.get(LIST).text) == [
        *("Moved", "Live", "Edited", "Removed", "Live", "New"),
    ]


def test_a_package_may_be_edited_and_moved(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "One", "Two", "Three")
    apply_all(session)
    edit(session, ids[2], credits=7)
    move(session, ids[2], 1)
    page = signed_in.get(LIST).text
    assert states(page) == ["Edited", "Live", "Live"]
    assert texts(page, ".states > .detail") == ["3rd → 1st"]


def test_prices_are_written_as_the_reader_writes_them(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, "Yen", price_minor=1500, currency="JPY")
    add(session, "Dinar", price_minor=1234, currency="KWD")
    add(session, "Gift", price_minor=0)
    page = signed_in.get(LIST, headers={"Accept-Language": "de"}).text
    assert texts(page, "td.price > bdi") == ["1.500 ¥", "1,234 KWD", "Free"]


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
        assert (search, listed(page)) == (search, ["STARTER"])
        assert f'value="{search.strip()}"' in page


def test_search_takes_every_character_as_itself(signed_in: FlaskClient, session: Session) -> None:
    """Caught: contains() without autoescape."""
    add(session, "Plain", "With % in it", "With _ in it", "With \\ in it")
    for search in ("%", "_", "\\"):
        page = signed_in.get(LIST, query_string={"q": search}).text
        assert listed(page) == [f"With {search} in it"]


def test_search_finds_what_was_edited(signed_in: FlaskClient, session: Session) -> None:
    """Caught: edit_package without a new search_text."""
    ids = add(session, "Before")
    edit(session, ids[0], name="After")
    assert listed(signed_in.get(f"{LIST}?q=after").text) == ["After"]
    assert listed(signed_in.get(f"{LIST}?q=before").text) == []


def test_search_turns_reordering_off_and_says_why(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One", "Two")
    page = signed_in.get(f"{LIST}?country=US&q=two").text
    assert texts(page, ".list-note") == [f"{NO_ORDER} Show all"]
    assert values(page, ".list-note a", "href") == [f"{LIST}?country=US"]
    assert "data-sortable" not in page
    assert not [name for name in labels(page) if name.startswith("Reorder Two")]
    assert "data-sortable" in signed_in.get(f"{LIST}?country=US").text


def test_an_edited_row_shows_what_it_was(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the percentage of the new price, not of the old one."""
    ids = add(session, "Pro", "Yen", "Same")
    apply_all(session)
    edit(session, ids[0], price_minor=2499, credits=120)
    edit(session, ids[1], name="En", price_minor=1500, currency="JPY")
    page = signed_in.get(LIST).text
    assert texts(page, "td.price > del") == ["was $19.99", "was $19.99"]
    assert texts(page, "td.price > ins") == ["now $24.99", "now ¥1,500"]
    assert texts(page, "td.price > .percent") == ["+25.0%"]
    assert texts(page, "td.credits") == ["was 100 120", "100", "100"]
    assert texts(page, ".name > del") == ["was Yen"]


def test_the_list_is_cut_down_to_what_is_asked_for(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: what was removed before buyers saw it on no list at all."""
    ids = add(session, "Live", "Edited", "Gone", "Euro")
    apply_all(session)
    edit(session, ids[1], credits=7)
    edit(session, ids[3], author=ADMIN, currency="EUR")
    remove(session, ids[2])
    [never_seen] = add(session, "Never seen")
    remove(session, never_seen)
    add(session, "New")
    for query, names in (
        ("show=pending", ["Edited", "Gone", "Euro", "New"]),
        ("show=new", ["New"]),
        ("show=removed", ["Gone", "Never seen"]),
        ("show=mine", ["Euro", "New"]),
        ("currency=eur", ["Euro"]),
        ("show=pending&currency=USD&q=e&sort=credits", ["Edited", "Gone", "New"]),
        ("show=removed&currency=EUR", []),
    ):
        assert (query, listed(signed_in.get(f"{LIST}?{query}").text)) == (query, names)
    page = signed_in.get(f"{LIST}?show=removed").text
    assert find(page, f"tr button#keep-{never_seen}[aria-label='Keep Never seen']")
    assert states(page) == ["Removed", "Removed, not on sale"]


def test_filters_say_how_many_there_are(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "One", "Two")
    apply_all(session)
    edit(session, ids[0], credits=7)
    add(session, "Drei", country="DE", currency="EUR")
    page = signed_in.get(f"{LIST}?country=DE&show=new").text
    assert chips(page) == {
        "All countries 1": f"{LIST}?show=new",
        "Germany 1": f"{LIST}?country=DE&show=new",
        "Pending 2": f"{LIST}?country=DE&show=pending",
        "New 1": f"{LIST}?country=DE",
        "Removed": f"{LIST}?country=DE&show=removed",
        "Mine": f"{LIST}?country=DE&show=mine",
    }
    assert chosen_chips(page) == ["Germany 1", "New 1"]
    assert values(page, "select[name=currency] option", "value") == ["", "EUR"]


def test_sorting_turns_reordering_off_and_says_so(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the price per credit as a whole number."""
    add(session, "Dear", credits=10, price_minor=19)
    add(session, "Cheap", credits=100, price_minor=101)
    add(session, "Cheaper", credits=50, price_minor=50)
    for sort, words, names in (
        ("credits", "Sorted by credits.", ["Dear", "Cheaper", "Cheap"]),
        ("unit-price", "Sorted by price per credit.", ["Cheaper", "Cheap", "Dear"]),
    ):
        page = signed_in.get(f"{LIST}?sort={sort}").text
        assert listed(page) == names
        assert texts(page, ".list-note") == [f"{words} {NO_ORDER} Show all"]
        assert "data-sortable" not in page
        assert not [name for name in labels(page) if name.startswith("Reorder ")]


@pytest.mark.parametrize("query", ["", "?currency=USD&sort=credits&show=new"])
def test_the_list_takes_few_queries(
    app: Flask, signed_in: FlaskClient, session: Session, query: str
) -> None:
    add(session, "One", "Two")
    with counted_queries(app) as statements:
        assert signed_in.get(f"{LIST}{query}").status_code == 200
    assert len(statements) <= MOST_QUERIES, statements


def test_while_searching_places_count_in_the_whole_country(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the number of matches taken for the number of packages, "2 of 1"."""
    add(session, "One", "Two", "Three")
    places = [name for name in labels(signed_in.get(f"{LIST}?q=two").text) if "Reorder" in name]
    assert places in ([], ["Reorder Two, 2 of 3"])


def test_nothing_yet_says_how_to_begin(signed_in: FlaskClient) -> None:
    page = signed_in.get(LIST).text
    assert texts(page, ".nothing h2") == ["Add your first credit package"]
    assert texts(page, ".first-steps strong") == ["Draft", "Review", "Live"]
    assert texts(page, f".nothing button[formaction='{LIST}add']") == ["Add"]
    assert texts(page, ".chip") == []


def test_no_match_shows_the_search_and_a_way_out(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    page = signed_in.get(LIST, query_string={"q": "<b>"}).text
    assert "No package matches “<bdi>&lt;b&gt;</bdi>”" in page
    assert f'<a href="{LIST}">Clear the filters</a>' in page


def test_an_empty_country_says_so(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    page = signed_in.get(f"{LIST}?country=JP").text
    assert "No packages in Japan yet" in page
    assert chosen_chips(page) == ["Japan 0"]


def test_nothing_pending_shows_no_bar(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    assert "Apply Changes</button>" in signed_in.get(LIST).text
    apply_all(session)
    page = signed_in.get(LIST).text
    assert "Apply Changes</button>" not in page
    assert "Pending changes" not in page


MOST_QUERIES = 7
NO_ORDER = "To move packages, show all in listing order."
BAD_QUERIES = [
    *("country=ZZ", "country=", "country=%00", "country=USA", "country=%C3%A9", "page=2", "page=x"),
    *("country=US&page=0", "country=US&page=-1", "country=US&page=9999999999999999999999"),
    *("country=US&page=²", "country=US&page=99", "country=US&country=XX", "q=%00", "q=%20", "q="),
    *("removed=x", "removed=-1", "removed=99", "removed=9999999999999999999", "removed=1"),
    *("unknown=1", "country=US&page=1%00"),
    *("show=all", "show=%00", "currency=XXX", "currency=%00", "sort=name", "sort=%00"),
]


def test_bad_parameters_are_left_out(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    for query in BAD_QUERIES:
        answer = signed_in.get(f"{LIST}?{query}")
        assert (query, answer.status_code, listed(answer.text)) == (query, 200, ["One"])
        assert "was removed" not in answer.text


def test_an_endless_search_is_cut(signed_in: FlaskClient, session: Session) -> None:
    add(session, "o" * 80)
    answer = signed_in.get(f"{LIST}?q={'o' * 5000}")
    assert listed(answer.text) == ["o" * 80]


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
    assert texts(page, "td.credits") == [credits]


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

"""The cards: what each says, in what order, and how its readers write it."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.conftest import only_sqlite
from tests.html import find, find_all
from tests.page_helpers import add, apply_all

NBSP = "\u00a0"
DIRECTING = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u2068\u2069"))


def cards(page: str) -> list[list[str]]:
    """Each card's texts in reading order, without the marks that only direct the text."""
    return [
        [line.text().translate(DIRECTING) for line in card.css("h2, p")]
        for card in find_all(page, "li.card")
    ]


def page_of(client: FlaskClient, language: str = "en", country: str = "US") -> str:
    return client.get(f"/packages?country={country}&lang={language}").text


def test_a_card_says_what_buyers_need(client: FlaskClient, session: Session) -> None:
    """Rules P1, P3 and P5. Caught: the badge after the name; credits before the price."""
    add(session, "Small", credits=100, price_minor=1999)
    add(session, "Pro", credits=1000, price_minor=16999, short_info="For <you>.")
    add(session, "One", credits=1, price_minor=0)
    apply_all(session)
    assert cards(page_of(client)) == [
        ["Small", "$19.99", "100 credits", "$0.20 per credit"],
        [
            *("Best value", "Pro", "$169.99", "1,000 credits"),
            *("$0.17 per credit Save 14%", "For <you>."),
        ],
        ["One", "Free", "1 credit"],
    ]


def test_a_credit_cheaper_than_any_coin_is_priced_by_the_hundred(
    client: FlaskClient, session: Session
) -> None:
    add(session, "Many", credits=1000, price_minor=250, currency="JPY")
    apply_all(session)
    assert cards(page_of(client))[0][3] == "¥25 per 100 credits"


def test_at_most_one_best_value_in_each_currency(client: FlaskClient, session: Session) -> None:
    """Rule P2; the rule itself is tried on many catalogues in test_catalogue_offers.py."""
    for currency, prices in (("USD", (1000, 1600)), ("EUR", (900, 1800)), ("GBP", (500,))):
        for number, price in enumerate(prices, start=1):
            add(session, currency, credits=100 * number, price_minor=price, currency=currency)
    apply_all(session)
    best = [card[1] for card in cards(page_of(client)) if "Best value" in card]
    assert best == ["USD"]


def test_cards_are_a_list_with_headings(client: FlaskClient, session: Session) -> None:
    add(session, "A", "B")
    apply_all(session)
    page = page_of(client)
    listed = find(page, "ul.cards")
    assert len(listed.css("li")) == len(listed.css("h2")) == 2
    headings = find_all(page, "h1, h2, h3, h4, h5, h6")
    assert [heading.tag for heading in headings] == ["h1", "h2", "h2"]


def test_every_price_is_kept_apart_from_the_text_around_it(
    client: FlaskClient, session: Session
) -> None:
    """Rule E2."""
    add(session, "A", "B")
    apply_all(session)
    lines = find_all(page_of(client, "ar"), ".card-price, .card-unit")
    assert len(lines) == 4
    for line in lines:
        assert [node.tag for node in line.traverse(include_text=True)] == ["p", "bdi", "-text"]


def above_the_cards(page: str) -> str:
    return find(page, "p.shop-prices").text().translate(DIRECTING)


def test_currency_and_basis_of_savings_are_named_once(
    client: FlaskClient, session: Session
) -> None:
    """Rule P3. Caught: the cheapest package named as the basis, not the smallest."""
    add(session, "Large", credits=1000, price_minor=16999)
    add(session, "Mini", credits=25, price_minor=599)
    apply_all(session)
    assert above_the_cards(page_of(client)) == (
        "Prices in US dollars. Savings compare the price per credit with Mini (25 credits)."
    )


def test_each_currency_has_a_basis_of_its_own(client: FlaskClient, session: Session) -> None:
    for currency, names in (("CHF", "AB"), ("EUR", "CD")):
        add(session, names[0], credits=10, price_minor=1000, currency=currency)
        add(session, names[1], credits=100, price_minor=5000, currency=currency)
    add(session, "E", credits=5, price_minor=100, currency="GBP")
    apply_all(session)
    assert above_the_cards(page_of(client)) == (
        "Prices in Swiss francs, euros, and British pounds. "
        "Savings in Swiss francs compare the price per credit with A (10 credits). "
        "Savings in euros compare the price per credit with C (10 credits)."
    )


def test_nothing_is_said_of_prices_where_all_is_free(client: FlaskClient, session: Session) -> None:
    add(session, "Gift", credits=1, price_minor=0)
    apply_all(session)
    assert find_all(page_of(client), "p.shop-prices") == []


def test_a_name_keeps_its_direction_in_the_sentence(client: FlaskClient, session: Session) -> None:
    """Rule E2."""
    add(session, "تجربة", credits=10, price_minor=1000)
    add(session, "Pro", credits=100, price_minor=5000)
    apply_all(session)
    assert "\u2068تجربة\u2069" in find(page_of(client), "p.shop-prices").text()


PRICES = {
    ("en", "US"): "$1,299.50 CA$1,299.50 TRY_1,299.50 €1,299.50 £1,299.50 ¥129,950 KWD_129.950",
    ("en", "CA"): "US$1,299.50 $1,299.50 TRY_1,299.50 €1,299.50 £1,299.50 JP¥129,950 KWD_129.950",
    ("en", "TR"): (
        "US$1,299.50 CA$1,299.50 TRY_1,299.50 €1,299.50 £1,299.50 JP¥129,950 KWD_129.950"
    ),
    ("tr", "TR"): "$1.299,50 CA$1.299,50 ₺1.299,50 €1.299,50 £1.299,50 ¥129.950 KWD_129,950",
    (
        "de",
        "DE",
    ): "1.299,50_$ 1.299,50_CA$ 1.299,50_TRY 1.299,50_€ 1.299,50_£ 129.950_¥ 129,950_KWD",
    (
        "de",
        "CH",
    ): "$_1’299.50 CA$_1’299.50 TRY_1’299.50 EUR_1’299.50 £_1’299.50 ¥_129’950 KWD_129.950",
    ("ar", "TR"): (
        "1,299.50_US$ 1,299.50_CA$ 1,299.50_TRY 1,299.50_€ 1,299.50_UK£ 129,950_JP¥ 129.950_د.ك."
    ),
    ("ar", "EG"): (
        "١٬٢٩٩٫٥٠_US$ ١٬٢٩٩٫٥٠_CA$ ١٬٢٩٩٫٥٠_TRY ١٬٢٩٩٫٥٠_€ ١٬٢٩٩٫٥٠_UK£ ١٢٩٬٩٥٠_JP¥ ١٢٩٫٩٥٠_د.ك."
    ),
}


@only_sqlite
@pytest.mark.parametrize(("language", "country"), PRICES)
def test_prices_are_written_as_their_readers_write_them(
    client: FlaskClient, session: Session, language: str, country: str
) -> None:
    """Rules E3 and E4: the currency's own decimals, and a symbol that no other currency has."""
    for currency in ("USD", "CAD", "TRY", "EUR", "GBP", "JPY", "KWD"):
        add(session, currency, country=country, currency=currency, price_minor=129950)
    apply_all(session)
    shown = [card[1] for card in cards(page_of(client, language, country))]
    assert " ".join(price.replace(NBSP, "_") for price in shown) == PRICES[language, country]


WORDS = {
    "tr": ["En avantajlı", "Pro", "$329,00", "2.000 kredi", "Kredi başına $0,16"],
    "de": ["Bestes Angebot", "Pro", "329,00_$", "2.000 Credits", "0,16_$ pro Credit"],
    "ar": ["أفضل قيمة", "Pro", "329.00_US$", "2,000 رصيد", "0.16_US$ لكل رصيد"],
}
SAVED = {"tr": "%17", "de": "17_%", "ar": "17%"}


@only_sqlite
@pytest.mark.parametrize("language", WORDS)
def test_a_card_in_each_language(client: FlaskClient, session: Session, language: str) -> None:
    add(session, "Small", credits=100, price_minor=1999)
    add(session, "Pro", credits=2000, price_minor=32900)
    add(session, "Gift", credits=10, price_minor=0)
    apply_all(session)
    page = page_of(client, language)
    _, pro, gift = cards(page)
    *told, unit = (line.replace(NBSP, "_") for line in pro)
    assert [*told, unit[: len(WORDS[language][-1])]] == WORDS[language]
    assert SAVED[language] in find(page, ".card-saving").text().translate(DIRECTING).replace(
        NBSP, "_"
    )
    assert gift[1] == {"tr": "Ücretsiz", "de": "Kostenlos", "ar": "مجانًا"}[language]

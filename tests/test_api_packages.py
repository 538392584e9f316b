"""/api/v1/packages: what the buyers' page shows, for programs."""

from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.settings.rules import SettingsValues
from domain.database import writing
from domain.languages import LANGUAGES
from tests.api import PACKAGES, document, get, problem
from tests.conftest import ADMIN
from tests.html import find
from tests.page_helpers import add, apply_all, edit, move, remove


def packages(client: FlaskClient, country: str = "US", lang: str = "en") -> list[dict[str, object]]:
    answer = get(client, PACKAGES, country=country, lang=lang)
    found: list[dict[str, object]] = document(answer, "Packages")["packages"]
    return found


def names(client: FlaskClient, country: str = "US") -> list[object]:
    return [package["name"] for package in packages(client, country)]


@pytest.fixture
def _live(session: Session) -> None:
    """Packages in three countries, Germany the default."""
    with writing(session):
        values = SettingsValues("Lotus", "DE", "Buy credits <here>.")
        drafts.edit_settings(session, values, version=1, author=ADMIN)
    add(session, "Klein", country="DE", currency="EUR", short_info="Für „Sie“ & mich")
    add(session, "Groß", country="DE", currency="EUR", credits=1500, price_minor=26900)
    add(session, "Small", country="US")
    add(session, "Küçük", country="TR", currency="TRY")
    apply_all(session)


live = pytest.mark.usefixtures("_live")


@live
def test_the_whole_answer(client: FlaskClient) -> None:
    assert document(get(client, PACKAGES, country="DE", lang="en"), "Packages") == {
        "release": 1,
        "language": "en",
        "direction": "ltr",
        "mode": "test",
        "country": {"code": "DE", "name": "Germany"},
        "platform_name": "Lotus",
        "intro_text": "Buy credits <here>.",
        "labels": {
            "mode": "TEST",
            "heading": "Credit packages",
            "nothing": "Germany: no packages yet",
            "prices": "Prices in euros.",
            "savings_basis": (
                "Savings compare the price per credit with \u2068Klein\u2069 (100 credits)."
            ),
        },
        "packages": [
            {
                "id": 1,
                "position": 1,
                "name": "Klein",
                "short_info": "Für „Sie“ & mich",
                "credits": 100,
                "price_minor": 1999,
                "currency": "EUR",
                "digits": 2,
                "formatted": "€19.99",
                "unit_price": {"amount": "0.20", "per": 1, "formatted": "€0.20"},
                "is_best_value": False,
                "saving": None,
                "buy_url": "http://localhost/checkout/1?release=1&country=DE&lang=en",
                "labels": {
                    "credits": "100 credits",
                    "price": "€19.99",
                    "unit_price": "€0.20 per credit",
                    "best_value": None,
                    "saving": None,
                    "saving_short": None,
                    "buy": "Buy",
                    "buy_package": "Buy Klein, 100 credits, €19.99",
                },
            },
            {
                "id": 2,
                "position": 2,
                "name": "Groß",
                "short_info": "",
                "credits": 1500,
                "price_minor": 26900,
                "currency": "EUR",
                "digits": 2,
                "formatted": "€269.00",
                "unit_price": {"amount": "0.18", "per": 1, "formatted": "€0.18"},
                "is_best_value": True,
                "saving": {"percent": 10, "than_credits": 100},
                "buy_url": "http://localhost/checkout/2?release=1&country=DE&lang=en",
                "labels": {
                    "credits": "1,500 credits",
                    "price": "€269.00",
                    "unit_price": "€0.18 per credit",
                    "best_value": "Best value",
                    "saving": "10% less per credit than the 100-credit package",
                    "saving_short": "Save 10%",
                    "buy": "Buy",
                    "buy_package": "Buy Groß, 1,500 credits, €269.00",
                },
            },
        ],
    }


@live
@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_says_what_the_cards_say(client: FlaskClient, lang: str) -> None:
    """Caught: credits grouped as in English whatever the language."""
    page = get(client, "/packages", country="DE", lang=lang).text
    shown = find(page, "main").text()
    for package in packages(client, "DE", lang):
        labels = package["labels"]
        assert isinstance(labels, dict)
        del labels["saving"]
        link = find(page, f'a[href$="{str(package["buy_url"]).removeprefix("http://localhost")}"]')
        assert link.attributes["aria-label"] == labels.pop("buy_package")
        for text in (package["name"], package["short_info"], *labels.values()):
            assert (text or "") in shown


def test_a_free_package_has_no_unit_price(client: FlaskClient, session: Session) -> None:
    add(session, "One", credits=1, price_minor=0)
    apply_all(session)
    (package,) = packages(client)
    assert (package["price_minor"], package["formatted"]) == (0, "$0.00")
    nothing = {name: package[name] for name in ("unit_price", "saving", "buy_url")}
    assert (set(nothing.values()), package["is_best_value"]) == ({None}, False)
    assert package["labels"] == {
        "credits": "1 credit",
        "price": "Free",
        "unit_price": None,
        "best_value": None,
        "saving": None,
        "saving_short": None,
        "buy": None,
        "buy_package": None,
    }


@pytest.mark.parametrize(
    ("currency", "minor", "credits", "digits", "formatted", "unit"),
    [
        ("JPY", 1500, 100, 0, "¥1,500", {"amount": "15", "per": 1, "formatted": "¥15"}),
        ("KWD", 1234, 100, 3, "KWD 1.234", {"amount": "0.012", "per": 1, "formatted": "KWD 0.012"}),
        ("JPY", 50, 100, 0, "¥50", {"amount": "50", "per": 100, "formatted": "¥50"}),
        (
            *("USD", 10**12, 1, 2, "$10,000,000,000.00"),
            {"amount": "10000000000.00", "per": 1, "formatted": "$10,000,000,000.00"},
        ),
        ("USD", 1, 10**9, 2, "$0.01", {"amount": "0.10", "per": 10**10, "formatted": "$0.10"}),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(
    client: FlaskClient,
    session: Session,
    currency: str,
    minor: int,
    credits: int,
    digits: int,
    formatted: str,
    unit: dict[str, object],
) -> None:
    add(session, "Pro", currency=currency, price_minor=minor, credits=credits)
    apply_all(session)
    (package,) = packages(client)
    assert (package["price_minor"], package["currency"]) == (minor, currency)
    assert package["digits"] == digits
    assert str(package["formatted"]).replace("\u00a0", " ") == formatted
    assert isinstance(package["unit_price"], dict)
    shown = {**package["unit_price"]}
    shown["formatted"] = shown["formatted"].replace("\u00a0", " ")
    assert shown == unit


def test_packages_keep_their_ids_and_come_in_listing_order(
    client: FlaskClient, session: Session
) -> None:
    first, _, third = add(session, "One", "Two", "Three")
    apply_all(session)
    before = {package["id"]: package["name"] for package in packages(client)}
    move(session, third, 1)
    edit(session, first, name="Uno")
    apply_all(session)
    after = packages(client)
    assert [(p["position"], p["name"]) for p in after] == [(1, "Three"), (2, "Uno"), (3, "Two")]
    assert {p["id"] for p in after} == set(before)


@live
def test_one_answer_is_one_release(client: FlaskClient, session: Session) -> None:
    remove(session, 3)
    edit(session, 1, price_minor=2500)
    assert document(get(client, PACKAGES, country="DE", lang="en"), "Packages")["release"] == 1
    apply_all(session)
    found = document(get(client, PACKAGES, country="DE", lang="en"), "Packages")
    assert (found["release"], found["packages"][0]["price_minor"]) == (2, 2500)
    assert names(client, "US") == []


@live
@pytest.mark.parametrize(
    ("lang", "name", "direction", "credits"),
    [
        ("en", "Türkiye", "ltr", "100 credits"),
        ("tr", "Türkiye", "ltr", "100 kredi"),
        ("de", "Türkei", "ltr", "100 Credits"),
        ("ar", "تركيا", "rtl", "100 رصيد"),
    ],
)
def test_it_speaks_four_languages(
    client: FlaskClient, lang: str, name: str, direction: str, credits: str
) -> None:
    answer = get(client, PACKAGES, country="TR", lang=lang)
    found = document(answer, "Packages")
    assert (found["language"], found["direction"]) == (lang, direction)
    assert answer.headers["Content-Language"] == lang
    assert found["country"]["name"] == name
    assert found["packages"][0]["labels"]["credits"] == credits


@live
def test_a_language_nobody_wrote_is_answered_in_english(client: FlaskClient) -> None:
    for lang, language in (
        *(("de-AT", "de"), ("TR", "tr"), ("ar-Arab-EG", "ar"), ("fr", "en"), ("eng", "en")),
        *(("zh-Hant-TW", "en"), ("xx", "en")),
    ):
        found = document(get(client, PACKAGES, country="US", lang=lang), "Packages")
        assert (lang, found["language"]) == (lang, language)


@live
def test_without_language_the_reader_decides(client: FlaskClient) -> None:
    for accept, language in (
        *(("", "en"), ("de", "de"), ("tr-TR,tr;q=0.9,en;q=0.8", "tr"), ("fr,ar;q=0.5", "ar")),
        *(("fr", "en"), ("*", "en"), ("x" * 2000, "en"), (";q=,\x01", "en")),
    ):
        found = document(get(client, PACKAGES, accept=accept), "Packages")
        assert (accept, found["language"]) == (accept, language)
    assert document(get(client, PACKAGES, lang="en", accept="de"), "Packages")["language"] == "en"


@live
def test_without_country_it_is_the_default_one(client: FlaskClient) -> None:
    client.set_cookie("country", "TR")
    assert document(get(client, PACKAGES), "Packages")["country"]["code"] == "DE"


@live
def test_countries_may_be_written_small(client: FlaskClient) -> None:
    assert names(client, "us") == ["Small"]


@live
def test_a_country_without_packages_has_none(client: FlaskClient) -> None:
    found = document(get(client, PACKAGES, country="JP", lang="en"), "Packages")
    assert found["packages"] == []
    assert found["labels"]["nothing"] == "Japan: no packages yet"


def test_before_the_first_apply_there_is_nothing(client: FlaskClient, session: Session) -> None:
    add(session, "Draft")
    found = document(get(client, PACKAGES), "Packages")
    assert (found["release"], found["platform_name"]) == (0, "Our platform")
    assert (found["country"]["code"], found["packages"]) == ("US", [])


@live
def test_an_unknown_country_is_not_found(client: FlaskClient) -> None:
    for code in ("ZZ", "xx", "EU", "UK"):
        found = problem(get(client, PACKAGES, country=code), 404)
        assert found["detail"] == (
            f"No country has the code {code}. Take a code from /api/v1/countries."
        )


JUNK = ["", " ", "D", "DEU", "D\0", "\0", "٣٣", "ＤＥ", "DE\n", "<b>", "x" * 5000, str(2**63), "-1"]


@live
@pytest.mark.parametrize("name", ["country", "lang"])
def test_what_is_no_code_is_refused(client: FlaskClient, name: str) -> None:
    """Caught: re.match for fullmatch, which lets "DE\\n" through."""
    for text in JUNK:
        if (name, text) != ("lang", "DEU"):
            found = problem(get(client, PACKAGES, **{name: text}), 400)
            assert (text, found["detail"].rpartition("like ")[2]) == (
                text,
                {"country": "country=TR.", "lang": "lang=tr."}[name],
            )
    for raw in ("%ff", "%ED%A0%80", "%", "%zz", "DE%00"):
        problem(client.get(f"{PACKAGES}?{name}={raw}"), 400)


@live
def test_a_repeated_or_unknown_parameter_is_refused(client: FlaskClient) -> None:
    """Caught: request.args.get, which takes the first of two."""
    for query, detail in (
        ("country=DE&country=TR", "The parameter country is there more than once. Send it once."),
        ("lang=de&lang=de", "The parameter lang is there more than once. Send it once."),
        ("contry=DE", "There is no such parameter. Use country and lang."),
        ("country=DE&", None),
        ("country=DE&=", "There is no such parameter. Use country and lang."),
        (f"{quote('<script>')}=1", "There is no such parameter. Use country and lang."),
    ):
        answer = client.get(f"{PACKAGES}?{query}")
        if detail is None:
            document(answer, "Packages")
        else:
            assert problem(answer, 400)["detail"] == detail

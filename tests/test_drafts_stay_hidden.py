"""Whatever admins draft, nothing that a visitor can fetch tells of it before Apply Changes."""

import unicodedata
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from blueprints.pages import STATIC
from domain.catalogue.markets.rules import MARKET_NOTES
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.settings.rules import INTRO_FIELDS
from domain.languages import LANGUAGES
from page_cache.middleware import CacheMiddleware
from tests.html import without_tokens
from tests.page_helpers import (
    add,
    apply_all,
    edit,
    edit_market,
    edit_settings,
    move,
    remove,
)
from tests.soak import SEQUENCES

pytestmark = pytest.mark.on_both

COUNTRIES = ("US", "DE", "EG", "JP")
SECRET = "Xqz7"
# As digits, however a language groups and writes them.
SECRET_CREDITS, SECRET_PRICE = 86_421_357, 97_531_864


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that are kept from before a draft would hide that they tell it when made anew."""
    monkeypatch.setattr(CacheMiddleware, "_keeping", lambda *_: None)


def public_addresses(app: Flask) -> Iterator[str]:
    """Every address that answers whoever is not signed in, with what it may be asked."""
    with app.test_request_context():
        urls = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.rule.startswith("/settings"):
                continue
            if rule.endpoint == "static":
                files = (path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.*"))
                yield from (f"/static/{name}" for name in files)
                continue
            for number in (1, 2) if rule.arguments else (1,):
                yield from with_queries(
                    urls.build(rule.endpoint, dict.fromkeys(rule.arguments, number))
                )
    yield from ("/nowhere", "/api/v1/nowhere", "/settings/", "/settings/credit-packages/")


def with_queries(path: str) -> Iterator[str]:
    yield path
    yield f"{path}?{SECRET}"
    for lang in LANGUAGES:
        yield from (f"{path}?country={country}&lang={lang}" for country in (*COUNTRIES, "ZZ"))


def everything_public(app: Flask) -> dict[str, bytes]:
    """What a new visitor gets, byte for byte, but for the token that is new each time."""
    found = {}
    for path in public_addresses(app):
        answer = app.test_client().get(path, headers={"Accept-Language": "en"}, buffered=True)
        assert answer.status_code < 500, path
        is_html = answer.mimetype == "text/html"
        content = without_tokens(answer.text).encode() if is_html else answer.data
        found[path] = content + str(answer.headers.get("ETag")).encode()
    return found


def tells(content: bytes) -> bool:
    text = content.decode(errors="replace")
    digits = "".join(str(unicodedata.digit(char)) for char in text if char.isdigit())
    return SECRET in text or str(SECRET_CREDITS) in digits or str(SECRET_PRICE) in digits


def draft_at_random(session: Session, chance: Random) -> None:
    staying = session.scalars(select(CreditPackage.id).where(CreditPackage.removed_at.is_(None)))
    ids = list(staying)
    secrets: dict[str, Any] = {
        "name": f"{SECRET} {chance.random()}",
        "short_info": f"{SECRET} {chance.random()}",
        "credits": SECRET_CREDITS,
        "price_minor": SECRET_PRICE,
        "country": chance.choice(COUNTRIES),
        "currency": chance.choice(("USD", "EUR", "EGP", "KWD", "JPY")),
    }
    match chance.choice(("add", "edit", "edit", "move", "remove", "settings", "market")):
        case "add":
            add(session, secrets.pop("name"), **secrets)
        case "edit":
            chosen = chance.sample(sorted(secrets), chance.randint(1, len(secrets)))
            edit(session, chance.choice(ids), **{name: secrets[name] for name in chosen})
        case "move":
            move(session, chance.choice(ids), chance.randint(1, 4))
        case "remove" if len(ids) > 3:
            remove(session, chance.choice(ids))
        case "market":
            notes = dict.fromkeys(MARKET_NOTES, f"{SECRET} {chance.random()}")
            tax = chance.choice((("included", 8642), ("when_used", 0), ("nothing", 0)))
            said: dict[str, Any] = {"tax": tax[0], "tax_basis_points": tax[1], **notes}
            edit_market(session, chance.choice(COUNTRIES), **said)
        case _:
            intros = dict.fromkeys(INTRO_FIELDS, f"{SECRET} {chance.random()}")
            chosen_language = chance.choice(list(LANGUAGES))
            edit_settings(
                session,
                platform_name=SECRET,
                default_country=chance.choice(COUNTRIES),
                main_language=chosen_language,
                **intros,
            )


@pytest.mark.long
@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_nothing_public_changes_before_apply(app: Flask, session: Session, seed: int) -> None:
    """Caught: countries counted in drafts; settings and market of the draft; removed drafts as
    cards."""
    chance = Random(seed)  # noqa: S311 - the same each time
    for country, currency in (("US", "USD"), ("DE", "EUR"), ("EG", "EGP")):
        add(session, "One", country=country, currency=currency)
        add(session, "Two", country=country, currency=currency, credits=300)
        edit_market(session, country, note_en="Note", tax="when_used")
    apply_all(session)
    edit(session, 1, name="Uno")
    apply_all(session)
    before = everything_public(app)
    for _ in range(2):
        for _ in range(12):
            draft_at_random(session, chance)
        after = everything_public(app)
        assert {path for path in after if after[path] != before[path]} == set()
        # Sign-in's links lead back to the address that it was asked under.
        told = {path for path, content in after.items() if tells(content)}
        assert {path for path in told if SECRET not in path} == set()


@pytest.mark.long
def test_after_apply_the_same_places_tell_it(app: Flask, session: Session) -> None:
    """What was looked for above can be found."""
    add(session, SECRET, credits=SECRET_CREDITS, country="EG", currency="EGP")
    add(session, "One", price_minor=SECRET_PRICE)
    for country in ("US", "EG"):
        edit_market(session, country, note_ar=SECRET)
    edit_settings(session, intro_tr=SECRET)
    apply_all(session)
    telling = {path for path, content in everything_public(app).items() if tells(content)}
    for path in ("/packages", "/api/v1/packages", "/api/v1/releases/1"):
        for lang in LANGUAGES:
            for country in ("US", "EG"):
                assert f"{path}?country={country}&lang={lang}" in telling

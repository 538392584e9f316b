"""Ready answers and releases: never older than what is live, never a mixture, wherever asked."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import create_app
from page_cache import middleware
from page_cache.addresses import Address
from page_cache.lru_cache import LruCache
from page_cache.responses import CachedResponse, Encoding
from tests import load, rounds
from tests.conftest import ADMIN, config_for, only_sqlite
from tests.counting import asking_flask
from tests.page_helpers import add, apply_all, edit
from tests.real_server import Browser, running

pytestmark = pytest.mark.own_app

PAGE = "/packages?country=TR&lang=en"
ROUNDS = 4


def test_an_apply_is_seen_at_once_by_every_server(database: str, engine: Engine) -> None:
    """Caught: a release remembered for a second."""
    packages = rounds.fill(engine)
    clients = [create_app(config_for(database)).test_client() for _ in range(2)]
    for number in range(ROUNDS):
        for client in clients * 2:
            for country in rounds.COUNTRIES:
                page = client.get(f"/packages?country={country}&lang=en").text
                assert rounds.round_shown(page, country) == number
        rounds.edit(engine, packages, number + 1)
        rounds.publish(engine, number + 1)


@pytest.mark.long
@pytest.mark.usefixtures("admin")
def test_what_one_real_server_applies_the_other_shows(database: str, engine: Engine) -> None:
    """Caught: a release remembered for a second; the other server showed the one before."""
    packages = rounds.fill(engine)
    with running(database, WORKERS="2") as one, running(database, WORKERS="1") as other:
        admin = load.Admin(one.url, ADMIN, packages)
        admin.sign_in()
        ended = Event()
        with ThreadPoolExecutor(2) as pool:
            pollers = [pool.submit(poll, server.url, ended) for server in (one, other)]
            try:
                for number in range(1, ROUNDS):
                    rounds.edit(engine, packages, number)
                    review = admin.review()
                    assert review
                    assert admin.apply(review, f"Round {number}")
                    for server in (other, one):
                        assert seen(Browser(server.url)) == number
            finally:
                ended.set()
    for poller in pollers:
        found = poller.result()
        assert found == sorted(found)
        assert set(found) <= set(range(ROUNDS))


def seen(browser: Browser) -> int:
    return rounds.round_shown(load.ask(browser, PAGE), "TR")


def poll(url: str, ended: Event) -> list[int]:
    """The rounds that a visitor sees, one after the other, each of them whole."""
    browser, found = Browser(url), []
    while not ended.wait(0.005):
        found.append(seen(browser))
    return found


def test_what_was_made_during_an_apply_is_not_kept(app: Flask, session: Session) -> None:
    """Caught: kept under the release that was asked for before it was made."""
    add(session, "Old", country="TR", currency="TRY")
    apply_all(session)
    edit(session, 1, name="New")

    def publish(response: Response) -> Response:
        if b"Old" in response.data:
            apply_all(session)
        return response

    app.after_request(publish)
    for _ in range(2):
        assert "New" in app.test_client().get(PAGE).text


def test_many_who_miss_it_at_once_have_it_made_once(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: no lock; each thread made it."""
    monkeypatch.setattr(middleware, "PATIENCE_SECONDS", 60)
    add(session, "One", country="TR", currency="TRY")
    apply_all(session)
    together = Barrier(8)

    def ask() -> str:
        client = app.test_client()
        together.wait(30)
        return client.get(PAGE).text

    with asking_flask(app) as asked, ThreadPoolExecutor(8) as pool:
        pages = [pool.submit(ask) for _ in range(8)]
        assert len({page.result() for page in pages}) == 1
    assert len(asked) == 1


def test_who_would_wait_for_long_asks_flask(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: waiting without end for somebody whose database hangs."""
    monkeypatch.setattr(middleware, "PATIENCE_SECONDS", 0.01)
    add(session, "One", country="TR", currency="TRY")
    apply_all(session)
    pages: list[str] = []
    second = Thread(target=lambda: pages.append(app.test_client().get(PAGE).text))

    def come_second(response: Response) -> Response:
        if not second.ident:
            second.start()
            second.join(10)
        return response

    app.after_request(come_second)
    first = app.test_client().get(PAGE).text
    assert pages == [first]


@only_sqlite
@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_database_file_that_is_another_now_is_for_flask(
    app: Flask, client: FlaskClient, session: Session, sqlite_file: Path, is_replaced: bool
) -> None:
    """Caught: the release asked of a file that has another name now, or none."""
    add(session, "One", country="TR", currency="TRY")
    apply_all(session)
    client.get(PAGE)
    aside = sqlite_file.rename(sqlite_file.with_name("aside.db"))
    if is_replaced:
        shutil.copy(aside, sqlite_file)
    with asking_flask(app) as asked:
        client.get(PAGE)
    assert asked


def answer(size: int) -> CachedResponse:
    form = Encoding('"tag"', [], [], b"x" * (size // 2))
    return CachedResponse(((1,),), form, form)


def test_headers_and_sites_take_room_too() -> None:
    """Caught: a hundred bytes counted for the long list of sites that may frame a page."""
    sites = "https://a.example " * 1000
    form = Encoding('"tag"', [("Content-Security-Policy", sites)], [], b"")
    assert CachedResponse(((1, sites),), form, form).size > 3 * len(sites)


def test_what_is_kept_has_a_limit() -> None:
    """Caught: the size of a replaced answer counted on."""
    kept = LruCache(most_bytes=100_000)
    first, second, third = (Address("http", "localhost", "/", name) for name in "abc")
    kept.put(first, answer(40_000))
    kept.put(second, answer(40_000))
    assert kept.get(first)
    kept.put(third, answer(40_000))
    assert [bool(kept.get(address)) for address in (first, second, third)] == [True, False, True]
    for _ in range(9):
        kept.put(first, answer(50_000))
    assert kept.get(third)
    kept.put(second, answer(100_200))
    assert not any(kept.get(address) for address in (first, second, third))

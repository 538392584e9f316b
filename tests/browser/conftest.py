"""Fixtures for tests in a real browser: the served application, and pages that may not fail."""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol, Unpack

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Error, Page
from sqlalchemy import Engine

from extensions import db
from tests.browser import harness
from tests.browser.profiles import Profiles

PICTURES = Path("test-results")
FAILED = pytest.StashKey[bool]()


class MakePage(Protocol):
    def __call__(self, **options: Unpack[harness.PageOptions]) -> Page: ...


SignIn = Callable[[Page], None]


@pytest.fixture(scope="session")
def browser(pytestconfig: pytest.Config) -> Iterator[Browser]:
    if pytestconfig.getoption("--all-on-both"):
        harness.LOOKS.extend(harness.OTHER_LOOKS)
    with harness.chromium() as browser:
        yield browser


@pytest.fixture
def database(sqlite_file: Path) -> str:
    """What a browser sees does not depend on the database, so these tests run on one."""
    return f"sqlite:///{sqlite_file}"


@pytest.fixture(scope="session")
def site() -> Iterator[harness.Site]:
    site = harness.Site()
    with harness.listening(site) as port:
        site.url = f"http://127.0.0.1:{port}"
        yield site


@pytest.fixture(scope="session")
def profiles(browser: Browser, site: harness.Site) -> Iterator[Profiles]:
    profiles = Profiles(browser, site.url)
    yield profiles
    profiles.close()


@pytest.fixture
def live_app(
    site: harness.Site, app: Flask, engine: Engine, admin: str
) -> Iterator[harness.LiveApp]:
    """Scrip for one test: an empty catalogue and one admin, at the address of all tests."""
    site.app = app
    yield harness.LiveApp(site.url, app, engine, admin)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def page_errors() -> harness.PageErrors:
    """Where a test says which errors its pages cause on purpose."""
    return harness.PageErrors()


@pytest.fixture
def make_page(
    profiles: Profiles,
    live_app: harness.LiveApp,  # noqa: ARG001 - for its effect
    page_errors: harness.PageErrors,
    request: pytest.FixtureRequest,
) -> Iterator[MakePage]:
    """Opens pages, each in an empty browser profile; an error in any of them fails the test."""
    contexts: list[BrowserContext] = []

    def make(**options: Unpack[harness.PageOptions]) -> Page:
        context = profiles.take(**options)
        contexts.append(context)
        page_errors.watch(context)
        return context.new_page()

    yield make
    try:
        if request.node.stash.get(FAILED, default=False):
            _take_pictures(request.node.name, contexts)
        page_errors.check()
    finally:
        page_errors.leave()
        for context in contexts:
            profiles.put_back(context)


@pytest.fixture
def page(make_page: MakePage) -> Page:
    return make_page()


@pytest.fixture
def sign_in(live_app: harness.LiveApp) -> SignIn:
    """Signs the admin in, at once and without opening a page."""
    return lambda page: harness.sign_in(page, live_app)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


def _take_pictures(test: str, contexts: list[BrowserContext]) -> None:
    """What was on screen when a test failed, in test-results/."""
    name = re.sub(r"[^\w-]+", "-", test).strip("-")
    pages = [page for context in contexts for page in context.pages if page.url != "about:blank"]
    for number, page in enumerate(pages, start=1):
        with suppress(Error):
            page.screenshot(path=PICTURES / f"{name}-{number}.png")

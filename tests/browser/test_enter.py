"""Handed over by a platform of another site, and by a page that is none of the platform's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Request, Response

from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import (
    LiveApp,
    assert_accessible,
    assert_fit,
    assert_no_sideways_scroll,
    listening,
)
from tests.hosts import Host, new_host

PAGE = """<!doctype html><html lang="en"><title>Lotus app</title><main><h1>Lotus app</h1>
<form method="post" action="{scrip}/enter"><input type="hidden" name="token" value="{token}">
<button>Credits</button></form><a href="{scrip}/enter?token={token}">By link</a></main></html>"""
SECRET = re.compile(r"[\w-]{43}")
GO_ON = {"tr": "Devam et", "ar": "متابعة"}


@dataclass
class Site:
    """A page with a button and a link that hand its visitor over, with this token.

    It is at localhost, and Scrip at 127.0.0.1: for a browser these are two sites, and cookies do
    not go along with a form from one to the other.
    """

    scrip: str
    url: str = ""
    token: str = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:  # noqa: ANN401 - WSGI
        page = PAGE.format(scrip=escape(self.scrip), token=escape(self.token))
        found = Request(environ).path == "/home"
        answer = Response(page, mimetype="text/html") if found else Response(status=204)
        return answer(environ, start_response)

    def send(self, page: Page, token: str) -> None:
        self.token = token
        page.goto(self.url)
        page.get_by_role("button", name="Credits").click()


def site(live_app: LiveApp) -> Iterator[Site]:
    site = Site(live_app.url)
    with listening(site) as port:
        site.url = f"http://localhost:{port}/home"
        yield site


lotus, evil = pytest.fixture(site, name="lotus"), pytest.fixture(site, name="evil")


@pytest.fixture
def host(session: Session, lotus: Site) -> Host:
    return new_host(session, name="Lotus uygulaması لوتس", return_url=lotus.url)


def token(host: Host, live_app: LiveApp, **changes: Any) -> str:  # noqa: ANN401
    return host.token(aud=live_app.url, next="/packages", **changes)


def cookie_of(page: Page) -> str:
    """The key to the session of the customer who is signed in here."""
    found = [one for one in page.context.cookies() if one.get("name") == "scrip-customer"]
    return found[0].get("value", "") if found else ""


def assert_fine(page: Page) -> None:
    assert_accessible(page)
    assert_fit(page)
    page.set_viewport_size({"width": 320, "height": 700})
    assert_no_sideways_scroll(page)
    page.set_viewport_size({"width": 390, "height": 844})


@pytest.mark.parametrize("language", GO_ON)
def test_on_a_phone_it_asks_where_it_must_and_lets_in_where_it_may(
    make_page: MakePage, live_app: LiveApp, host: Host, lotus: Site, evil: Site, language: str
) -> None:
    """Caught: the arrival's cookie SameSite=Strict, which never came back; the customer's, so that
    nobody was seen to be signed in already."""
    page = make_page(locale=language, width=390, height=844, touch=True)
    go_on = page.get_by_role("button", name=GO_ON[language])
    evil.send(page, token(host, live_app))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ayşe Yıldırım")
    assert_fine(page)
    assert cookie_of(page) == ""
    go_on.click()
    page.wait_for_url("**/packages")
    ayse = cookie_of(page)
    assert ayse
    lotus.send(page, token(host, live_app))
    page.wait_for_url("**/packages")
    assert cookie_of(page) not in ("", ayse)
    ayse = cookie_of(page)
    lotus.send(page, token(host, live_app, sub="u2", name="Bora", email="bora@posta.example"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bora")
    expect(page.locator("main")).to_contain_text("Ayşe Yıldırım")
    assert_fine(page)
    assert cookie_of(page) == ayse
    go_on.click()
    page.wait_for_url("**/packages")
    assert cookie_of(page) not in ("", ayse)


def test_by_a_link_no_token_stays_in_the_address(
    page: Page, live_app: LiveApp, host: Host, lotus: Site, evil: Site
) -> None:
    """Caught: the question at the address with the token, kept in the history of the browser."""
    for origin in (evil, lotus):
        origin.token = token(host, live_app)
        page.goto(origin.url)
        page.get_by_role("link", name="By link").click()
        page.wait_for_url("**/packages" if origin is lotus else "**/enter")
        assert "token" not in page.url


def test_an_admin_stays_signed_in(
    page: Page, live_app: LiveApp, sign_in: SignIn, host: Host, lotus: Site
) -> None:
    """Caught: the answer to the platform's form began a session of its own, over the admin's."""
    sign_in(page)
    lotus.send(page, token(host, live_app))
    page.wait_for_url("**/packages")
    page.goto("/settings/platforms")
    expect(page.get_by_role("heading", level=1)).to_have_text("Platforms")
    assert_accessible(page)
    page.get_by_role("link", name="Lotus").click()
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_role("textbox", name="Secret")).to_have_value(SECRET)
    assert_accessible(page)
    page.get_by_role("link", name="Revoke").first.click()
    assert_accessible(page)

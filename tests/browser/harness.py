"""A real server, a real browser, and what every page is held to.

Nothing here needs pytest, so tools/scripts/screenshots.py uses it too.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict, Unpack

from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    FloatRect,
    Locator,
    Page,
    Request,
    Response,
    Route,
    WebError,
    expect,
    sync_playwright,
)
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from domain import database
from tests.conftest import signed_in_client
from tools.scripts.install_browser import find_browser

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# With a limit the pages of a profile share one process: starting it takes longer than most pages.
ARGUMENTS = ["--disable-gpu", "--font-render-hinting=none", "--renderer-process-limit=1"]
IS_TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
AXE = Path(__file__).parent.parent / "vendor" / "axe-4.14.1.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL_RULES = {"type": "tag", "values": AXE_TAGS}
RULES_OF_COLOUR = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
PATIENCE_MS = 10_000


class Look(NamedTuple):
    """One way to look at a page, and the rules that it is held to then."""

    width: int
    scheme: Literal["light", "dark"]
    rules: Mapping[str, object]


# All that both widths show is seen in both schemes. What is left are colours of what one width has.
LOOKS = [Look(1100, "light", ALL_RULES), Look(390, "dark", ALL_RULES)]
OTHER_LOOKS = [Look(390, "light", RULES_OF_COLOUR), Look(1100, "dark", RULES_OF_COLOUR)]

REPORT_CSP_VIOLATIONS = """
addEventListener('securitypolicyviolation', e => console.error(
  `Content Security Policy violation: ${e.effectiveDirective} ${e.blockedURI} ${e.sample}`))
"""
UNTIL_AT_REST = """
() => Promise.allSettled(document.getAnimations()
  .filter(a => a.effect?.getComputedTiming().endTime < 5000).map(a => a.finished)).then(() => {})
"""
# Colours are measured when nothing fades any more. Without axe the answer is null.
RUN_AXE = """
rules => {
  if (!matchMedia('(scripting: enabled)').matches)
    throw Error('axe would never end on a page without JavaScript');
  if (typeof axe == 'undefined') return null;
  document.getAnimations()
    .filter(a => a.effect?.getComputedTiming().endTime < 5000).forEach(a => a.finish());
  return axe.run({runOnly: rules, resultTypes: ['violations']}).then(found =>
    found.violations.map(v =>
      `${v.id} (${v.impact}): ${v.nodes.map(n => n.target.join(' ')).join(', ')}`));
}
"""


@dataclass(frozen=True)
class LiveApp:
    """The application as a browser meets it, and the way around it into its database."""

    url: str
    app: Flask
    engine: Engine
    admin: str

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session for the domain, to set the scene; what it gave stays readable afterwards."""
        with Session(self.engine, expire_on_commit=False) as session, database.writing(session):
            yield session


@contextmanager
def serving(app: Flask, engine: Engine, admin: str) -> Iterator[LiveApp]:
    """Serves `app` in this process, on a free port; `engine` leads to its database."""
    with listening(app) as port:
        yield LiveApp(f"http://127.0.0.1:{port}", app, engine, admin)


class Site:
    """Passes requests on to the application of the test that runs."""

    url: str
    app: Flask

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self.app(environ, start_response)


@contextmanager
def listening(site: Callable[..., Any]) -> Iterator[int]:
    """Serves anything that speaks WSGI in this process; the port that was free."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        yield browser
        browser.close()


class PageOptions(TypedDict, total=False):
    """How a visitor looks at a page; by default with a mouse, on a light screen of 1100x800."""

    width: int
    height: int
    dark: bool
    javascript: bool
    touch: bool
    locale: str
    reduced_motion: bool


def new_context(browser: Browser, url: str, **options: Unpack[PageOptions]) -> BrowserContext:
    """A fresh browser profile in which paths are relative to `url`."""
    touch = options.get("touch", False)
    context = browser.new_context(
        base_url=url,
        viewport={"width": options.get("width", 1100), "height": options.get("height", 800)},
        color_scheme="dark" if options.get("dark") else "light",
        java_script_enabled=options.get("javascript", True),
        has_touch=touch,
        is_mobile=touch,
        locale=options.get("locale", "en-US"),
        reduced_motion="reduce" if options.get("reduced_motion") else "no-preference",
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(REPORT_CSP_VIOLATIONS)
    return context


def sign_in(page: Page, live_app: LiveApp) -> None:
    """Signs the admin in with this page's browser, at once and without the sign-in page."""
    client = signed_in_client(live_app.app, live_app.engine, live_app.admin)
    cookie = client.get_cookie(live_app.app.config["SESSION_COOKIE_NAME"])
    assert cookie
    page.context.add_cookies(
        [{"name": cookie.key, "value": cookie.value, "url": live_app.url, "sameSite": "Lax"}]
    )


class PageErrors:
    """What went wrong in the browser: console and script errors, CSP violations, failed requests.

    Chromium logs every answer from 400 up, so a test that asks for one allows "status of 422".
    """

    def __init__(self) -> None:
        self._seen: list[str] = []
        self._allowed: list[str] = []
        self._contexts: list[BrowserContext] = []

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._look_at_message)
        context.on("weberror", self._look_at_error)
        context.on("response", self._look_at_response)
        context.on("requestfailed", self._look_at_failure)
        self._contexts.append(context)

    def allow(self, pattern: str) -> None:
        """This test causes errors that match `pattern` on purpose."""
        self._allowed.append(pattern)

    def check(self) -> None:
        """Fails when anything went wrong that no pattern allows."""
        for context in self._contexts:
            for page in context.pages:
                # A round trip to the page: what it reported before has arrived after it.
                with suppress(Error):
                    page.evaluate("0")
        bad = [e for e in self._seen if not any(re.search(p, e) for p in self._allowed)]
        assert not bad, "Errors in the browser:\n  " + "\n  ".join(bad)

    def leave(self) -> None:
        """Looks no longer, for the next test to watch."""
        for context in self._contexts:
            context.remove_listener("console", self._look_at_message)
            context.remove_listener("weberror", self._look_at_error)
            context.remove_listener("response", self._look_at_response)
            context.remove_listener("requestfailed", self._look_at_failure)

    def _add(self, error: str) -> None:
        self._seen.append(error)

    def _look_at_error(self, error: WebError) -> None:
        self._add(f"Uncaught: {error.error}")

    def _look_at_message(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._add(f"{message.text} ({message.location['url']})")

    def _look_at_response(self, response: Response) -> None:
        if response.status >= 500:
            self._add(f"{response.request.method} {response.url} answered {response.status}")

    def _look_at_failure(self, request: Request) -> None:
        # A page that is left aborts what it was still loading.
        if request.failure != "net::ERR_ABORTED":
            self._add(f"{request.method} {request.url} failed: {request.failure}")


def axe(page: Page, rules: Mapping[str, object] = ALL_RULES) -> list[str]:
    """What axe-core finds wrong with the page: "rule (impact): selectors" for each rule."""
    found: list[str] | None = page.evaluate(RUN_AXE, rules)
    if found is None:
        # Not as a script element: the Content Security Policy rightly blocks that. The browser
        # compiles it once, which it does for every page if the script is handed to eval().
        devtools = page.context.new_cdp_session(page)
        devtools.send("Runtime.evaluate", {"expression": AXE.read_text()})
        devtools.detach()
        found = page.evaluate(RUN_AXE, rules)
    assert found is not None
    return found


def assert_accessible(page: Page, rules: Mapping[str, object] = ALL_RULES) -> None:
    found = axe(page, rules)
    assert not found, f"{page.url} is not accessible:\n  " + "\n  ".join(found)


def assert_fit(page: Page) -> None:
    """Accessible on wide and narrow screens, light and dark, and not wider than the smallest."""
    size = page.viewport_size
    assert size
    for width, scheme, rules in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        assert_no_sideways_scroll(page)
        assert_accessible(page, rules)
    page.set_viewport_size({"width": 320, "height": 700})
    assert_no_sideways_scroll(page)
    page.set_viewport_size(size)


def assert_no_sideways_scroll(page: Page) -> None:
    assert not page.evaluate(IS_TOO_WIDE), f"{page.url} scrolls sideways"


def drag(page: Page, source: Locator, target: Locator, dy: float = 0) -> None:
    """Drags with the mouse from the middle of `source` to `dy` pixels below that of `target`.

    Sortable swaps two rows once the pointer is past the middle: +10 going down, -10 going up.
    """
    source.scroll_into_view_if_needed()
    page.evaluate(UNTIL_AT_REST)
    x, y = _middle(source)
    to_x, to_y = _middle(target)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + (5 if to_y > y else -5), steps=3)
    page.wait_for_timeout(60)
    page.mouse.move(to_x, to_y + dy, steps=8)
    page.wait_for_timeout(60)
    page.mouse.up()


def touch_drag(page: Page, source: Locator, target: Locator, dy: float = 0) -> None:
    """The same with a finger; the page needs touch=True."""
    source.scroll_into_view_if_needed()
    x, y = _middle(source)
    to_x, to_y = _middle(target)
    devtools = page.context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})
        page.wait_for_timeout(25)

    touch("touchStart", {"x": x, "y": y})
    for step in range(1, 13):
        part = step / 12
        touch("touchMove", {"x": x + (to_x - x) * part, "y": y + (to_y + dy - y) * part})
    touch("touchEnd")
    devtools.detach()


def _middle(locator: Locator) -> tuple[float, float]:
    box: FloatRect | None = locator.bounding_box()
    assert box, f"{locator} is not on screen"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def hold(page: Page, address: str) -> list[Route]:
    """Requests to `address`, which wait here for the test to let them go on."""
    held: list[Route] = []

    def wait(route: Route) -> None:
        held.append(route)

    page.route(address, wait)
    return held

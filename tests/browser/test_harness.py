"""The checks that every browser test relies on do fail when they should."""

import pytest
from playwright.sync_api import Page, expect

from blueprints.security_headers import CONTENT_SECURITY_POLICY
from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import (
    PageErrors,
    assert_accessible,
    assert_fit,
    axe,
    drag,
    touch_drag,
)
from tests.browser.profiles import Profiles

ROWS = """
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/rows.css">
<ol>
  <li><button>A</button></li>
  <li><button>B</button></li>
  <li><button>C</button></li>
</ol>
<script src="/static/vendor/sortable-1.15.7.min.js"></script>
<script src="/rows.js"></script>
"""
LEAVE = "() => { localStorage.left = sessionStorage.left = document.cookie = 'left=1' }"
LEFT = "() => [localStorage.left, sessionStorage.left, document.cookie]"
ROWS_CSS = "li { height: 60px } button { height: 44px; width: 44px; touch-action: none }"
ROWS_JS = (
    "new Sortable(document.querySelector('ol'),"
    " {handle: 'button', forceFallback: true, fallbackOnBody: true, animation: 0})"
)


def show(page: Page, body: str, status: int = 200) -> None:
    """Opens a page with this body, under the Content Security Policy of all our pages."""
    page.route(
        "**/under-test",
        lambda route: route.fulfill(
            status=status,
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
            body=f'<!doctype html><html lang="en"><title>Under test</title>'
            f"<main><h1>Under test</h1>{body}</main>",
        ),
    )
    page.goto("/under-test")


def assert_noticed(page_errors: PageErrors, pattern: str) -> None:
    with pytest.raises(AssertionError, match=pattern):
        page_errors.check()
    page_errors.allow(".")


def test_a_signed_in_page_is_served_as_it_should_be(page: Page, sign_in: SignIn) -> None:
    sign_in(page)
    page.goto("/settings/credit-packages/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Credit Packages")


@pytest.mark.parametrize(
    ("body", "pattern"),
    [
        ('<p style="color: red">Red</p>', "Content Security Policy violation: style-src-attr"),
        ("<script>document.title = 'x'</script>", "violation: script-src-elem inline"),
        ('<img src="https://example.com/x.png" alt="">', "violation: img-src https://example.com"),
    ],
    ids=["inline style", "inline script", "foreign picture"],
)
def test_a_violation_of_the_security_policy_is_noticed(
    page: Page, page_errors: PageErrors, body: str, pattern: str
) -> None:
    show(page, body)
    assert_noticed(page_errors, pattern)


def test_a_violation_is_noticed_without_javascript(
    make_page: MakePage, page_errors: PageErrors
) -> None:
    show(make_page(javascript=False), '<p style="color: red">Red</p>')
    assert_noticed(page_errors, "Content Security Policy")


@pytest.mark.parametrize(
    ("script", "pattern"),
    [
        ("console.error('something broke')", "something broke"),
        ("setTimeout(() => { throw new Error('nobody caught me') })", "Uncaught: .*caught me"),
        ("Promise.reject(new Error('nobody waited'))", "Uncaught: .*nobody waited"),
    ],
    ids=["message", "exception", "rejection"],
)
def test_a_script_error_is_noticed(
    page: Page, page_errors: PageErrors, script: str, pattern: str
) -> None:
    show(page, "")
    page.evaluate(f"() => {{ {script} }}")
    page.wait_for_timeout(50)
    assert_noticed(page_errors, pattern)


def test_a_server_error_is_noticed(page: Page, page_errors: PageErrors) -> None:
    show(page, "", status=500)
    assert_noticed(page_errors, "GET http://.*/under-test answered 500")


def test_an_unanswered_request_is_noticed(page: Page, page_errors: PageErrors) -> None:
    page.route("**/gone", lambda route: route.abort("connectionrefused"))
    show(page, "")
    page.evaluate("() => fetch('/gone').catch(() => {})")
    assert_noticed(page_errors, "GET http://.*/gone failed")


def test_only_what_is_allowed_is_forgiven(page: Page, page_errors: PageErrors) -> None:
    page_errors.allow("status of 422")
    show(page, "", status=422)
    page_errors.check()
    page.evaluate("() => console.error('something else')")
    assert_noticed(page_errors, "something else")


def test_an_inaccessible_page_is_noticed(page: Page) -> None:
    show(page, "<input>")
    assert axe(page) == ["label (critical): input"]
    with pytest.raises(AssertionError, match="label"):
        assert_accessible(page)


@pytest.mark.parametrize(
    "style",
    [
        "@media (prefers-color-scheme: dark) { p { color: #333; background: #222 } }",
        "@media (width < 600px) { p { color: #ccc; background: #fff } }",
        "@media (width > 600px) { p { color: #ccc; background: #fff } }",
    ],
    ids=["dark", "narrow", "wide"],
)
def test_colours_are_looked_at_in_each_width_and_scheme(page: Page, style: str) -> None:
    """Caught: a narrow look in light colours as well; no narrow look."""
    page.route("**/p.css", lambda route: route.fulfill(body=style, content_type="text/css"))
    show(page, '<link rel="stylesheet" href="/p.css"><p>Words</p>')
    with pytest.raises(AssertionError, match="color-contrast"):
        assert_fit(page)


def test_an_accessible_page_passes(page: Page) -> None:
    show(page, "<label>Name <input></label>")
    assert_accessible(page)


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "finger"])
def test_dragging_moves_a_row(make_page: MakePage, touch: bool) -> None:
    page = make_page(touch=touch, width=390)
    page.route("**/rows.css", lambda route: route.fulfill(body=ROWS_CSS, content_type="text/css"))
    page.route(
        "**/rows.js", lambda route: route.fulfill(body=ROWS_JS, content_type="text/javascript")
    )
    show(page, ROWS)
    first, last = page.get_by_role("button", name="A"), page.get_by_role("button", name="C")
    (touch_drag if touch else drag)(page, first, last, 10)
    expect(page.get_by_role("button")).to_have_text(["B", "C", "A"])
    (touch_drag if touch else drag)(page, first, page.get_by_role("button", name="C"), -10)
    expect(page.get_by_role("button")).to_have_text(["B", "A", "C"])


@pytest.mark.usefixtures("live_app")
def test_a_kept_profile_is_as_empty_as_a_new_one(profiles: Profiles) -> None:
    """Caught: a stored text, a cookie, no network or the clock of the test before."""
    used = profiles.take()
    page = used.new_page()
    page.goto("/static/icon.svg")
    page.evaluate(LEAVE)
    used.set_offline(True)
    profiles.put_back(used)
    again = profiles.take()
    assert again is used
    page = again.new_page()
    page.goto("/static/icon.svg")
    assert page.evaluate(LEFT) == [None, None, ""]
    page.clock.install()
    profiles.put_back(again)
    another = profiles.take()
    profiles.put_back(another)
    assert another is not again

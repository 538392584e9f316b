"""Two admins, two browsers: they see each other, and nothing of either is lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.catalogue.models import Presence
from domain.database import writing
from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import LiveApp, PageErrors, assert_accessible, hold
from tests.browser.packages_list import press_in_more
from tests.conftest import make_admin, signed_in_client
from tests.page_helpers import LIST, add, apply_all, draft

BEN = "ben@example.com"


@pytest.fixture
def ana(make_page: MakePage, sign_in: SignIn, session: Session) -> Page:
    add(session, "Pro")
    apply_all(session)
    page = make_page()
    sign_in(page)
    return page


@pytest.fixture
def ben(make_page: MakePage, live_app: LiveApp, engine: Engine) -> Page:
    page = make_page(width=390, dark=True)
    make_admin(engine, BEN)
    client = signed_in_client(live_app.app, engine, BEN)
    cookie = client.get_cookie(live_app.app.config["SESSION_COOKIE_NAME"])
    assert cookie
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_app.url}])
    return page


def open_form(page: Page) -> None:
    """The edit form of Pro, which then has said that it is open."""
    page.goto(LIST)
    with page.expect_response("**/presence/*"):
        page.get_by_role("link", name="Pro", exact=True).click()
    expect(page.get_by_label("Package Name")).to_be_focused()


def ask(page: Page, selector: str = "#pending") -> None:
    """What the page asks by itself every 8 seconds, now; returns when the answer is in place."""
    page.evaluate(
        """selector => new Promise(done => {
          addEventListener('htmx:finally:request',
            event => event.detail.ctx.sourceElement.matches(selector) && done());
          htmx.trigger(selector, 'every');
        })""",
        selector,
    )


def hint(page: Page) -> Locator:
    return page.locator("#editing-1")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def test_different_fields_of_a_row_are_both_kept(ana: Page, ben: Page, session: Session) -> None:
    """Caught: the last save overwriting the row."""
    for page in (ana, ben):
        open_form(page)
    ana.get_by_label("Package Name").fill("Prime")
    ben.get_by_label("Credits").fill("120")
    save(ben)
    expect(ben.get_by_role("status")).to_contain_text("saved.")
    save(ana)
    expect(ana.get_by_role("status")).to_contain_text("Saved together with Ben's changes.")
    assert (draft(session, 1).name, draft(session, 1).credits) == ("Prime", 120)


@pytest.mark.parametrize(("first", "keep"), [("ana", "mine"), ("ben", "Ben's")])
def test_the_same_field_is_decided_by_the_slower_one(
    ana: Page, ben: Page, session: Session, page_errors: PageErrors, first: str, keep: str
) -> None:
    page_errors.allow("status of 409")
    names = {"ana": "From Ana", "ben": "From Ben"}
    pages = {"ana": ana, "ben": ben}
    for who, page in pages.items():
        open_form(page)
        page.get_by_label("Package Name").fill(names[who])
    second = "ben" if first == "ana" else "ana"
    pages[second].get_by_label("Short Info").fill("Typed with care")
    save(pages[first])
    expect(pages[first].get_by_role("status")).to_contain_text("saved.")
    slower = pages[second]
    save(slower)
    expect(slower.locator(".problems")).to_be_focused()
    expect(slower.locator(".problems")).to_contain_text(f"{first.title()} changed ")
    assert_accessible(slower)
    expect(slower.get_by_label("Short Info")).to_have_value("Typed with care")
    slower.get_by_label(f"Keep {keep}").check()
    save(slower)
    expect(slower.get_by_role("status")).to_contain_text("saved.")
    kept = names[second if keep == "mine" else first]
    assert (draft(session, 1).name, draft(session, 1).short_info) == (kept, "Typed with care")


def ask_about_price(ana: Page, ben: Page) -> Page:
    """Ana types 92 where Ben has saved 97; her page, which asks her."""
    for page in (ana, ben):
        open_form(page)
    ana.get_by_label("Price").fill("92")
    ben.get_by_label("Price").fill("97")
    save(ben)
    expect(ben.get_by_role("status")).to_contain_text("saved.")
    save(ana)
    expect(ana.locator(".problems")).to_be_focused()
    return ana


def test_the_choice_and_the_field_say_the_same(
    ana: Page, ben: Page, session: Session, page_errors: PageErrors
) -> None:
    """Caught: 93 typed after "Keep theirs" dropped without a word."""
    page_errors.allow("status of 409")
    page = ask_about_price(ana, ben)
    price = page.get_by_label("Price", exact=True)
    mine, theirs = page.get_by_label("Keep mine"), page.get_by_label("Keep Ben's: $97.00")
    theirs.check()
    expect(price).to_have_value("97.00")
    mine.check()
    expect(price).to_have_value("92")
    theirs.check()
    price.fill("93")
    expect(mine).to_be_checked()
    expect(page.get_by_label("Keep mine: what you typed")).to_be_visible()
    theirs.check()
    mine.check()
    expect(price).to_have_value("93")
    assert_accessible(page)
    save(page)
    expect(page.get_by_role("status")).to_contain_text("saved.")
    assert draft(session, 1).price_minor == 9300


def test_a_choice_holds_still_while_it_is_saved(
    ana: Page, ben: Page, session: Session, page_errors: PageErrors
) -> None:
    """Caught: "Keep theirs" chosen after Save, shown, and not what was saved."""
    page_errors.allow("status of 409")
    page = ask_about_price(ana, ben)
    mine = page.get_by_label("Keep mine")
    mine.check()
    held = hold(page, "**/edit")
    with page.expect_request("**/edit"):
        save(page)
    page.get_by_label("Keep Ben's").click()
    mine.focus()
    page.keyboard.press("ArrowDown")
    expect(mine).to_be_checked()
    expect(page.get_by_label("Price", exact=True)).to_have_value("92")
    held.pop().continue_()
    expect(page.get_by_role("status")).to_contain_text("saved.")
    assert draft(session, 1).price_minor == 9200


def test_theirs_is_kept_after_a_second_thought(
    ana: Page, ben: Page, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 409")
    page = ask_about_price(ana, ben)
    page.get_by_label("Price", exact=True).fill("93")
    page.get_by_label("Keep Ben's").check()
    expect(page.get_by_label("Price", exact=True)).to_have_value("97.00")
    save(page)
    expect(page.get_by_role("status")).to_contain_text("saved.")
    assert draft(session, 1).price_minor == 9700


def remove_pro(page: Page) -> None:
    page.goto(LIST)
    press_in_more(page, "Pro", "Remove Pro")
    expect(page.get_by_role("status")).to_contain_text("Pro will be removed when you apply.")


def test_a_package_removed_meanwhile_is_kept_and_saved_in_one_press(
    ana: Page, ben: Page, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 409")
    open_form(ana)
    ana.get_by_label("Package Name").fill("Prime")
    remove_pro(ben)
    save(ana)
    expect(ana.locator(".problems")).to_be_focused()
    expect(ana.locator(".problems")).to_contain_text("Ben removed Pro")
    expect(ana.get_by_label("Package Name")).to_have_value("Prime")
    assert_accessible(ana)
    ana.get_by_role("button", name="Keep and save").click()
    expect(ana.get_by_role("status")).to_contain_text("Prime kept and saved.")
    expect(ana.get_by_role("button", name="Edit Prime")).to_be_focused()
    assert (draft(session, 1).name, draft(session, 1).removed_at) == ("Prime", None)


def test_a_package_removed_meanwhile_stays_removed_after_cancel(
    ana: Page, ben: Page, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 409")
    open_form(ana)
    remove_pro(ben)
    save(ana)
    expect(ana.locator(".problems")).to_be_focused()
    ana.get_by_role("button", name="Cancel").click()
    expect(ana.get_by_role("button", name="Keep Pro")).to_be_focused()
    ben.get_by_role("button", name="Keep Pro").click()
    expect(ben.get_by_role("link", name="Pro", exact=True)).to_be_focused()


def test_edit_of_what_was_removed_meanwhile_shows_its_keep(
    ana: Page, ben: Page, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 409")
    ana.goto(LIST)
    remove_pro(ben)
    ana.get_by_role("button", name="Edit Pro").click()
    expect(ana.get_by_role("alert")).to_contain_text("Pro will be removed when you apply.")
    expect(ana.get_by_role("button", name="Keep Pro")).to_be_visible()


def test_without_scripts_too(
    make_page: MakePage, ana: Page, sign_in: SignIn, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 409")
    plain = make_page(javascript=False)
    sign_in(plain)
    plain.goto(f"{LIST}1/edit")
    open_form(ana)
    ana.get_by_label("Package Name").fill("First")
    save(ana)
    expect(ana.get_by_role("status")).to_contain_text("saved.")
    plain.get_by_label("Package Name").fill("Second")
    save(plain)
    plain.get_by_label("Keep theirs: First").check()
    save(plain)
    assert draft(session, 1).name == "First"


LEAVING: tuple[Callable[[Page], object], ...] = (
    lambda page: page.get_by_role("button", name="Cancel").click(),
    save,
    lambda page: page.goto("/settings/"),
    lambda page: page.close(run_before_unload=True),
)


def test_the_row_says_who_edits_until_the_form_is_closed(ana: Page, ben: Page) -> None:
    """Seeded bug: nothing said when a form is closed."""
    ana.goto(LIST)
    for leave in LEAVING:
        open_form(ben)
        ask(ana)
        expect(hint(ana)).to_have_text("Ben is editing this")
        if leave is LEAVING[0]:
            assert_accessible(ana)
        leave(ben)
        # Sooner than a tab that just falls silent.
        ana.wait_for_function(
            """() => {
              htmx.trigger('#pending', 'every');
              return document.getElementById('editing-1').textContent === '';
            }""",
            polling=100,
        )


def test_the_hint_of_a_dead_tab_goes_by_itself(ana: Page, ben: Page, session: Session) -> None:
    """Seeded bug: whoever was ever heard of is editing."""
    ana.goto(LIST)
    open_form(ben)
    ask(ana)
    expect(hint(ana)).not_to_be_empty()
    ben.context.set_offline(True)
    ben.close()
    with writing(session):
        for row in session.scalars(select(Presence)):
            row.until -= timedelta(seconds=20)
    ask(ana)
    expect(hint(ana)).to_be_empty()


# Notes what is drawn in the form, and whether it loses the focus.
WATCH = """
() => {
  const form = document.querySelector('.package-form');
  window.drawn = [];
  // What the form says of the typed text comes a moment after it.
  const isEcho = change => change.target.closest?.('.echo');
  new MutationObserver(changes => window.drawn.push(
    ...changes.filter(change => !isEcho(change)).map(
      change => `${change.type} of ${change.target.id || change.target.className}`)))
    .observe(form, {subtree: true, childList: true, characterData: true});
  form.addEventListener('focusout', () => window.drawn.push('lost focus'));
}
"""


def test_an_open_form_says_who_else_has_one_and_disturbs_nobody(ana: Page, ben: Page) -> None:
    """Seeded bug: drawn anew each time; screen readers said it every 8 seconds."""
    open_form(ana)
    name = ana.get_by_label("Package Name")
    name.fill("Typed with care")
    name.evaluate("field => field.setSelectionRange(2, 5)")
    ana.evaluate(WATCH)
    open_form(ben)
    expect(ben.locator(".editors")).to_contain_text("Ana also has Pro open")
    ask(ana, ".editors")
    expect(ana.locator(".editors")).to_contain_text("Ben also has Pro open")
    assert ana.evaluate("() => drawn") == ["childList of package-1-editors"]
    for selector in (".editors", "#pending", ".editors", "#pending"):
        ask(ana, selector)
    assert ana.evaluate("() => drawn") == ["childList of package-1-editors"]
    assert name.evaluate("field => [field.value, field.selectionStart, field.selectionEnd]") == [
        "Typed with care",
        2,
        5,
    ]
    for page in (ana, ben):
        assert_accessible(page)
    ben.get_by_role("button", name="Cancel").click()
    expect(hint(ben)).to_have_text("Ana is editing this")


def test_the_page_of_a_form_says_so_too(ana: Page, ben: Page) -> None:
    open_form(ben)
    ana.goto(f"{LIST}1/edit")
    expect(ana.locator(".editors")).to_contain_text("Ben also has Pro open")
    assert_accessible(ana)
    ask(ben, ".editors")
    expect(ben.locator(".editors")).to_contain_text("Ana also has Pro open")


def test_a_second_tab_of_the_same_admin_is_told_nothing(ana: Page) -> None:
    open_form(ana)
    tab = ana.context.new_page()
    open_form(tab)
    expect(tab.locator(".editors")).to_be_empty()
    ask(ana)
    ask(ana, ".editors")
    expect(ana.locator(".editors")).to_be_empty()


def test_what_is_asked_in_the_background_fails_in_silence(
    ana: Page, page_errors: PageErrors
) -> None:
    """Seeded bug: an answer of 503 put its message over the form every 8 seconds."""
    for error in ("status of 503", "answered 503"):
        page_errors.allow(error)
    open_form(ana)
    message = '<hx-partial hx-target="#alert" hx-swap="innerHTML"><p>Try again.</p></hx-partial>'
    for address in ("**/presence/*", "**/pending?*"):
        ana.route(address, lambda route: route.fulfill(status=503, body=message))
    for selector in (".editors", "#pending"):
        ask(ana, selector)
    expect(ana.locator("#alert")).to_be_empty()


def test_a_form_in_a_background_tab_says_that_it_is(ana: Page) -> None:
    open_form(ana)
    ana.evaluate("() => Object.defineProperty(document, 'hidden', {get: () => true})")
    with ana.expect_request("**/presence/*") as asked:
        ask(ana, ".editors")
    assert asked.value.post_data == "hidden=true"

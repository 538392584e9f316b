"""Listing order by mouse, finger, keyboard and menu; and what happens when the network is bad."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors, drag, touch_drag
from tests.browser.packages_list import more, names, open_more, press_in_more
from tests.page_helpers import LIST, add, apply_all, order

ORDER = "() => [...document.querySelectorAll('[data-name]')].map(name => name.textContent)"
NETWORK_ERRORS = ("net::ERR_FAILED", "Failed to fetch", "INTERNET_DISCONNECTED")
RUNNING_ANIMATIONS = """
() => document.getAnimations().filter(a => a.effect.getComputedTiming().duration).length
"""
SWAP_A_HUNDRED_TIMES = """
async () => {
  const sortable = () => Sortable.get(document.querySelector('.packages')), first = sortable();
  const page = await (await fetch(location.href)).text(), network = window.fetch;
  let swaps = 0;
  addEventListener('htmx:after:swap', () => swaps++);
  window.fetch = async () => new Response(page, {headers: {'Content-Type': 'text/html'}});
  for (let i = 0; i < 100; i++) await reload();
  window.fetch = network;
  return [swaps, Boolean(first) && sortable() === first];
}
"""
LONG_PRESS_MS = 250


@pytest.fixture
def listed(page: Page, sign_in: SignIn, session: Session) -> Page:
    """The list with four live packages of the United States: A, B, C and D."""
    return open_list(page, sign_in, session)


def open_list(page: Page, sign_in: SignIn, session: Session) -> Page:
    add(session, "A", "B", "C", "D")
    apply_all(session)
    sign_in(page)
    page.goto(LIST)
    return page


def handle(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=f"Reorder {name}, ")


def expect_order(page: Page, expected: str) -> None:
    expect(names(page)).to_have_text(list(expected))


def expect_message(page: Page, text: str) -> None:
    expect(page.locator("#status")).to_have_text(text)


def moves_of(page: Page) -> list[str]:
    """The moves that the page asks for from now on, as sent."""
    moves: list[str] = []
    page.on(
        "request",
        lambda request: moves.append(request.post_data or "") if "/move" in request.url else None,
    )
    return moves


def hold_moves(page: Page) -> list[Route]:
    held: list[Route] = []

    def wait(route: Route) -> None:
        held.append(route)

    page.route("**/move", wait)
    return held


def test_a_row_is_dragged_down_and_up(listed: Page, session: Session) -> None:
    drag(listed, handle(listed, "A"), handle(listed, "C"), 10)
    expect_message(listed, "A is at place 3 of 4 in United States.")
    expect_order(listed, "BCAD")
    expect(handle(listed, "A")).to_be_focused()
    drag(listed, handle(listed, "D"), handle(listed, "B"), -10)
    expect_message(listed, "D is at place 1 of 4 in United States.")
    expect_order(listed, "DBCA")
    expect(handle(listed, "D")).to_have_accessible_name("Reorder D, 1 of 4")
    assert order(session) == list("DBCA")


def test_dropping_a_row_in_its_place_sends_nothing(listed: Page) -> None:
    moves = moves_of(listed)
    drag(listed, handle(listed, "B"), handle(listed, "B"), 12)
    handle(listed, "C").click()
    expect_order(listed, "ABCD")
    handle(listed, "D").press("ArrowUp")
    expect_order(listed, "ABDC")
    assert len(moves) == 1


def test_arrow_keys_move_at_once(listed: Page) -> None:
    handle(listed, "B").press("ArrowDown")
    expect_message(listed, "B is at place 3 of 4 in United States.")
    expect(handle(listed, "B")).to_be_focused()
    listed.keyboard.press("ArrowDown")
    expect_message(listed, "B is at place 4 of 4 in United States.")
    listed.keyboard.press("ArrowDown")
    expect_message(listed, "B, 4 of 4, already last.")
    expect_order(listed, "ACDB")
    expect(handle(listed, "B")).to_be_focused()


def test_a_held_arrow_key_ends_with_the_right_message(listed: Page) -> None:
    held = hold_moves(listed)
    with listed.expect_request("**/move"):
        handle(listed, "D").focus()
        for _ in range(3):
            listed.keyboard.down("ArrowUp")
        listed.keyboard.up("ArrowUp")
    assert len(held) == 1
    listed.unroute("**/move")
    expect_message(listed, "D is at place 1 of 4 in United States.")
    expect_order(listed, "DABC")
    expect(handle(listed, "D")).to_be_focused()
    expect(handle(listed, "D")).to_have_accessible_name("Reorder D, 1 of 4")


def test_the_menu_needs_single_clicks_only(listed: Page) -> None:
    """As WCAG 2.5.7 asks for."""
    for name, button, expected in (
        ("B", "Move up", "BACD"),
        ("A", "Move down", "BCAD"),
        ("D", "Move to top", "DBCA"),
        ("B", "Move to bottom", "DCAB"),
    ):
        press_in_more(listed, name, button)
        expect_order(listed, expected)
        expect(more(listed, name)).to_be_focused()
    menu = open_more(listed, "D")
    menu.get_by_label("Move to position").fill("3")
    menu.get_by_role("button", name="Move", exact=True).click()
    expect_order(listed, "CADB")
    expect(more(listed, "D")).to_be_focused()
    assert listed.locator(".row-menu").count() == 1


def test_the_menu_names_its_package_and_its_ends(listed: Page) -> None:
    moves = moves_of(listed)
    for name, ends in (("A", ("Move up", "Move to top")), ("D", ("Move down", "Move to bottom"))):
        menu = open_more(listed, name)
        expect(menu).to_contain_text(f"Move {name}, {1 if name == 'A' else 4} of 4")
        for button in ("Move up", "Move down", "Move to top", "Move to bottom"):
            item = menu.get_by_role("button", name=button)
            expect(item).to_be_disabled() if button in ends else expect(item).to_be_enabled()
            expect(item).not_to_have_attribute("disabled", "")
        menu.get_by_role("button", name=ends[0]).click(force=True)
        expect(menu).to_be_visible()
        listed.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        expect(more(listed, name)).to_be_focused()
    assert moves == []


def test_the_menu_is_walked_with_the_keys(listed: Page) -> None:
    more(listed, "B").press("Enter")
    menu = listed.get_by_role("dialog", name="B", exact=True)
    for key, name in (("", "Duplicate B"), ("ArrowUp", "Remove B"), ("ArrowDown", "Duplicate B")):
        if key:
            listed.keyboard.press(key)
        expect(menu.get_by_role("button", name=name)).to_be_focused()
    listed.keyboard.press("ArrowDown")
    expect(menu.get_by_role("link", name="Copy to… B")).to_be_focused()
    listed.keyboard.press("ArrowDown")
    listed.keyboard.press("Enter")
    expect_order(listed, "BACD")
    expect(more(listed, "B")).to_be_focused()
    expect(menu).to_be_hidden()


def test_a_position_that_is_no_number_is_refused(listed: Page) -> None:
    moves = moves_of(listed)
    open_more(listed, "B")
    position = listed.get_by_label("Move to position")
    position.fill("first")
    listed.keyboard.press("Enter")
    expect(position).to_be_focused()
    assert position.evaluate("field => field.validity.patternMismatch")
    assert moves == []


def test_a_finger_drags_by_the_handle_and_scrolls_by_the_row(
    make_page: MakePage, sign_in: SignIn, session: Session
) -> None:
    page = open_list(make_page(touch=True, width=390, height=420), sign_in, session)
    moves = moves_of(page)
    expect(handle(page, "A")).to_be_hidden()
    page.get_by_role("button", name="More for United States").tap()
    page.get_by_role("button", name="Reorder", exact=True).tap()
    swipe_up(page, names(page).nth(2))
    assert page.evaluate("scrollY") > 50
    assert moves == []
    page.evaluate("() => scrollTo(0, 0)")
    long_press_drag(page, handle(page, "A"), handle(page, "B"), 10)
    expect_message(page, "A is at place 2 of 4 in United States.")
    expect_order(page, "BACD")


def swipe_up(page: Page, start: Locator) -> None:
    start.scroll_into_view_if_needed()
    touch_drag(page, start, start, -150)


def long_press_drag(page: Page, source: Locator, target: Locator, dy: float) -> None:
    """As touch_drag, but the finger rests on the handle first."""
    devtools = page.context.new_cdp_session(page)
    box, to = source.bounding_box(), target.bounding_box()
    assert box
    assert to
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    way = to["y"] + to["height"] / 2 + dy - y

    def touch(kind: str, *points: dict[str, float]) -> None:
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    page.wait_for_timeout(LONG_PRESS_MS)
    for step in range(1, 13):
        touch("touchMove", {"x": x, "y": y + way * step / 12})
        page.wait_for_timeout(25)
    touch("touchEnd")
    devtools.detach()


def wait_until_held(page: Page, held: list[Route], count: int) -> None:
    for _ in range(500):
        if len(held) >= count:
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"{len(held)} moves were sent, not {count}")


def test_fast_moves_on_a_slow_server_are_all_kept(listed: Page, session: Session) -> None:
    held = hold_moves(listed)
    drag(listed, handle(listed, "D"), handle(listed, "A"), -10)
    drag(listed, handle(listed, "A"), handle(listed, "C"), 10)
    drag(listed, handle(listed, "B"), handle(listed, "A"), 10)
    drag(listed, handle(listed, "C"), handle(listed, "D"), -10)
    expect_order(listed, "CDAB")
    for number in range(4):
        wait_until_held(listed, held, number + 1)
        with listed.expect_response("**/move"):
            held[number].continue_()
        assert listed.evaluate(ORDER) == list("CDAB")
    expect_message(listed, "C is at place 1 of 4 in United States.")
    expect_order(listed, "CDAB")
    assert order(session) == list("CDAB")


def fail_with_500(page: Page) -> Callable[[], None]:
    page.route("**/move", lambda route: route.fulfill(status=500, body="Oops"))
    return lambda: page.unroute("**/move")


def fail_to_connect(page: Page) -> Callable[[], None]:
    page.route("**/move", lambda route: route.abort())
    return lambda: page.unroute("**/move")


def lose_the_network(page: Page) -> Callable[[], None]:
    context: BrowserContext = page.context
    context.set_offline(True)
    return lambda: context.set_offline(False)


FAILURES: tuple[tuple[Callable[[Page], Callable[[], None]], str, str], ...] = (
    (fail_with_500, "ABCD", "BCAD"),
    (fail_to_connect, "BCAD", "CABD"),
    (lose_the_network, "CABD", "ABCD"),
)


def test_a_failed_move_goes_back_and_can_be_tried_again(
    listed: Page, page_errors: PageErrors
) -> None:
    for error in (*NETWORK_ERRORS, "status of 500", "answered 500"):
        page_errors.allow(error)
    for fail, before, after in FAILURES:
        mend = fail(listed)
        drag(listed, handle(listed, before[0]), handle(listed, before[2]), 10)
        expect(listed.get_by_role("alert")).to_contain_text("Not moved.")
        expect_order(listed, before)
        mend()
        listed.get_by_role("button", name="Retry").click()
        expect_message(listed, f"{before[0]} is at place 3 of 4 in United States.")
        expect_order(listed, after)
        expect(listed.get_by_role("alert")).to_be_empty()


def test_a_search_shows_places_but_moves_nothing(listed: Page) -> None:
    moves = moves_of(listed)
    listed.get_by_role("searchbox", name="Search").fill("B")
    listed.keyboard.press("Enter")
    expect(listed.get_by_text("To move packages, show all")).to_be_visible()
    expect_order(listed, "B")
    expect(listed.locator("tr.package .position")).to_have_text("2")
    expect(handle(listed, "B")).to_have_count(0)
    expect(open_more(listed, "B").get_by_text("Move up")).to_have_count(0)
    listed.keyboard.press("Escape")
    assert listed.evaluate("() => !Sortable.get(document.querySelector('.packages'))")
    listed.get_by_role("link", name="Show all").click()
    expect_order(listed, "ABCD")
    assert moves == []


def test_a_hundred_swaps_keep_one_sortable(listed: Page) -> None:
    moves = moves_of(listed)
    assert listed.evaluate(SWAP_A_HUNDRED_TIMES) == [100, True]
    drag(listed, handle(listed, "A"), handle(listed, "B"), 10)
    expect_order(listed, "BACD")
    assert len(moves) == 1


def test_every_control_has_a_name_of_its_own(listed: Page) -> None:
    controls = listed.locator("tr.package :is(a, button)").evaluate_all(
        "controls => controls.map(control => control.ariaLabel ?? control.textContent)"
    )
    assert len(controls) == 4 * 4
    assert len(set(controls)) == len(controls)
    assert {"Reorder C, 3 of 4", "C", "Edit C", "More for C"} < set(controls)


def test_reduced_motion_means_no_animation(
    make_page: MakePage, sign_in: SignIn, session: Session
) -> None:
    page = open_list(make_page(reduced_motion=True), sign_in, session)
    animation = "() => Sortable.get(document.querySelector('.packages')).options.animation"
    assert page.evaluate(animation) == 0
    handle(page, "A").press("ArrowDown")
    expect_order(page, "BACD")
    assert page.evaluate(RUNNING_ANIMATIONS) == 0


def test_the_moves_of_two_admins_both_survive(
    listed: Page, make_page: MakePage, sign_in: SignIn, session: Session
) -> None:
    other = make_page()
    sign_in(other)
    other.goto(LIST)
    press_in_more(listed, "A", "Move to bottom")
    expect_order(listed, "BCDA")
    drag(other, handle(other, "C"), handle(other, "B"), -10)
    expect_order(other, "CBDA")
    assert order(session) == list("CBDA")


def test_a_position_on_another_page_is_reached(
    page: Page, sign_in: SignIn, session: Session
) -> None:
    add(session, *(f"P{number}" for number in range(1, 121)))
    sign_in(page)
    page.goto(f"{LIST}?country=US")
    open_more(page, "P2")
    page.get_by_label("Move to position").fill("115")
    page.keyboard.press("Enter")
    expect_message(page, "P2 is at place 115 of 120 in United States.")
    expect(handle(page, "P2")).to_be_focused()
    expect(handle(page, "P2")).to_have_accessible_name("Reorder P2, 115 of 120")
    expect(names(page)).to_have_count(20)
    expect(names(page).nth(14)).to_have_text("P2")


def test_a_row_that_goes_to_another_page_is_in_sight(
    page: Page, sign_in: SignIn, session: Session
) -> None:
    """Caught: the focus following it, but not the window."""
    add(session, *(f"P{number}" for number in range(1, 121)))
    sign_in(page)
    page.goto(f"{LIST}?country=US&page=2")
    handle(page, "P101").press("ArrowUp")
    expect_message(page, "P101 is at place 100 of 120 in United States.")
    expect(handle(page, "P101")).to_be_focused()
    expect(handle(page, "P101")).to_be_in_viewport()


def test_escape_lets_go_of_a_dragged_row(listed: Page, session: Session) -> None:
    """Caught: leaving out isCancelled, so that letting go moved the row after all."""
    moves = moves_of(listed)
    source, target = handle(listed, "D").bounding_box(), handle(listed, "A").bounding_box()
    assert source
    assert target
    listed.mouse.move(source["x"] + 9, source["y"] + 9)
    listed.mouse.down()
    listed.mouse.move(source["x"] + 9, source["y"], steps=3)
    listed.mouse.move(target["x"] + 9, target["y"], steps=8)
    expect(listed.locator(".is-dragged")).to_be_visible()
    listed.keyboard.press("Escape")
    listed.mouse.up()
    expect_message(listed, "D stays where it was.")
    expect_order(listed, "ABCD")
    assert moves == []
    assert order(session) == list("ABCD")
    drag(listed, handle(listed, "D"), handle(listed, "A"), dy=-10)
    expect_order(listed, "DABC")

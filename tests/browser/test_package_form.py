"""The form of a package on the list: focus, keys, proposals, errors, and what is typed stays."""

import re

import pytest
from playwright.sync_api import Dialog, Locator, Page, Request, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import SignIn
from tests.browser.harness import PageErrors, hold
from tests.browser.packages_list import more, names, open_more, press_in_more
from tests.page_helpers import LIST, add, apply_all, order

SELECTION = "() => [document.activeElement.selectionStart, document.activeElement.selectionEnd]"


@pytest.fixture
def listed(page: Page, sign_in: SignIn, session: Session) -> Page:
    """The list with three live packages of the United States: Mini, Midi and Maxi."""
    add(session, "Mini", "Midi", "Maxi")
    apply_all(session)
    sign_in(page)
    page.goto(LIST)
    return page


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def open_form(page: Page, opener: str) -> Locator:
    """Presses Add, Edit or Duplicate; the form that it opens."""
    verb, _space, name = opener.partition(" ")
    if verb == "Duplicate":
        press_in_more(page, name, opener)
    else:
        button(page, opener).click()
    titles = {"Add": "New package", "Edit": opener, "Duplicate": f"Copy of {name}"}
    form = page.get_by_role("form", name=titles[verb], exact=True)
    expect(form.get_by_label("Package Name")).to_be_focused()
    return form


def fill(form: Locator, **fields: str) -> None:
    for name, value in fields.items():
        form.get_by_label(name.replace("_", " ")).fill(value)


def choose(form: Locator, field: str, code: str) -> None:
    form.get_by_label(field).select_option(code)


def opener_of(page: Page, opener: str) -> Locator:
    """Where the focus comes back to from the form that it opened."""
    verb, _space, name = opener.partition(" ")
    return more(page, name) if verb == "Duplicate" else button(page, opener)


def save(form: Locator) -> None:
    button_of(form, "Save").click()


def button_of(form: Locator, name: str) -> Locator:
    return form.get_by_role("button", name=name, exact=True)


def count_warnings(page: Page) -> list[str]:
    """The warnings before the page is left; each is answered with "stay"."""
    warnings: list[str] = []

    def stay(dialog: Dialog) -> None:
        warnings.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return warnings


def test_focus_goes_from_edit_to_the_first_field_and_back(listed: Page) -> None:
    form = open_form(listed, "Edit Midi")
    form.get_by_role("button", name="Cancel").click()
    expect(button(listed, "Edit Midi")).to_be_focused()

    open_form(listed, "Edit Midi")
    listed.keyboard.press("Escape")
    expect(button(listed, "Edit Midi")).to_be_focused()

    fill(open_form(listed, "Edit Midi"), Package_Name="Middle")
    listed.keyboard.press("Enter")
    expect(button(listed, "Edit Middle")).to_be_focused()
    expect(names(listed)).to_have_text(["Mini", "Middle", "Maxi"])


def test_escape_takes_nothing_along_that_was_typed(listed: Page) -> None:
    """Caught: Escape as another Cancel."""
    for opener in ("Edit Midi", "Add"):
        form = open_form(listed, opener)
        expect(listed.locator("#alert")).to_be_empty()
        fill(form, Package_Name="Nothing")
        listed.keyboard.press("Escape")
        expect(listed.locator("#alert")).to_contain_text("This is not saved yet.")
        expect(form.get_by_label("Package Name")).to_have_value("Nothing")
        expect(form.get_by_label("Package Name")).to_be_focused()
        form.get_by_role("button", name="Cancel").click()
        expect(button(listed, opener)).to_be_focused()


def test_cancel_is_too_late_once_save_is_pressed(listed: Page, page_errors: PageErrors) -> None:
    """Caught: Cancel closing the form, and the late answer to Save opening it again."""
    page_errors.allow("status of 422")
    for opener, address in (("Edit Midi", "**/edit"), ("Add", "**/add")):
        form = open_form(listed, opener)
        fill(form, Package_Name="Middle", Credits="none")
        held = hold(listed, address)
        with listed.expect_request(address):
            save(form)
        form.get_by_role("button", name="Cancel").click()
        expect(form.get_by_label("Package Name")).to_have_value("Middle")
        held.pop().continue_()
        expect(listed.locator(".problems")).to_be_focused()
        form.get_by_role("button", name="Cancel").click()
        expect(button(listed, opener)).to_be_focused()
        listed.unroute(address)


def test_a_form_holds_still_while_it_is_saved(listed: Page, page_errors: PageErrors) -> None:
    """Caught: what was typed after Save was pressed went with the form, unsaved and unsaid."""
    page_errors.allow("status of 500|answered 500")
    form = open_form(listed, "Edit Midi")
    info, country = form.get_by_label("Short Info"), form.get_by_label("Package Country")
    fill(form, Short_Info="Before")
    held = hold(listed, "**/edit")
    with listed.expect_request("**/edit"):
        button_of(form, "Save").dblclick()
    info.focus()
    listed.keyboard.type("After")
    country.focus()
    listed.keyboard.type("Ger")
    expect(info).to_have_value("Before")
    expect(country).to_have_value("US")
    expect(country).to_be_focused()
    held.pop().fulfill(status=500, body="Oops")
    expect(listed.locator("#alert")).not_to_be_empty()
    info.focus()
    listed.keyboard.press("End")
    listed.keyboard.type(" and after")
    expect(info).to_have_value("Before and after")


def test_another_form_does_not_replace_one_that_is_being_saved(listed: Page) -> None:
    """Caught: the answer to Save lost, as Duplicate took its form away."""
    form = open_form(listed, "Duplicate Midi")
    held = hold(listed, "**/add")
    with listed.expect_request("**/add"):
        save(form)
    press_in_more(listed, "Mini", "Duplicate Mini")
    expect(listed.locator("#alert")).to_contain_text("The new package is not saved yet.")
    held.pop().continue_()
    expect(names(listed)).to_have_text(["Mini", "Midi", "Maxi", "Midi"])


def test_what_was_said_about_a_form_goes_with_its_answer_or_with_it(
    listed: Page, page_errors: PageErrors
) -> None:
    """Caught: "not saved yet" beside an error; the title telling of one in a closed form."""
    page_errors.allow("status of 422")
    form = open_form(listed, "Add")
    fill(form, Package_Name="New")
    listed.keyboard.press("Escape")
    expect(listed.locator("#alert")).to_contain_text("This is not saved yet.")
    save(form)
    expect(listed.locator(".problems")).to_be_focused()
    expect(listed.locator("#alert")).to_be_empty()
    expect(listed).to_have_title(re.compile("^Error: "))
    form.get_by_role("button", name="Cancel").click()
    expect(listed).to_have_title(re.compile("^Credit Packages"))


def test_focus_goes_from_add_to_the_new_row(listed: Page) -> None:
    form = open_form(listed, "Add")
    listed.keyboard.press("Escape")
    expect(form).to_have_count(0)
    expect(button(listed, "Add")).to_be_focused()

    fill(
        open_form(listed, "Add"), Package_Name="Mega", Credits="1000", Price="99", Listing_Order="2"
    )
    choose(form, "Package Country", "US")
    form.get_by_label("Short Info").press("Enter")
    expect(button(listed, "Edit Mega")).to_be_focused()
    expect(names(listed)).to_have_text(["Mini", "Mega", "Midi", "Maxi"])
    expect(form).to_have_count(0)


def test_focus_stays_with_the_row_that_a_new_listing_order_moves(listed: Page) -> None:
    form = open_form(listed, "Edit Maxi")
    fill(form, Listing_Order="1")
    save(form)
    expect(button(listed, "Edit Maxi")).to_be_focused()
    expect(names(listed)).to_have_text(["Maxi", "Mini", "Midi"])


def test_focus_goes_from_remove_to_keep_and_back(listed: Page) -> None:
    for name in ("Midi", "Maxi"):
        press_in_more(listed, name, f"Remove {name}")
        expect(button(listed, f"Keep {name}")).to_be_focused()
    button(listed, "Keep Midi").click()
    expect(button(listed, "Edit Midi")).to_be_focused()


def test_a_double_click_is_one_press(listed: Page) -> None:
    """Caught: "Press Keep first", said to who just removed it."""
    for verb, focused in (("remove", "#keep-2"), ("keep", "#edit-2")):
        held = hold(listed, f"**/{verb}")
        with listed.expect_request(f"**/{verb}"):
            if verb == "remove":
                open_more(listed, "Midi").get_by_role("button", name="Remove Midi").dblclick()
            else:
                button(listed, "Keep Midi").dblclick()
        while not held:
            listed.wait_for_timeout(5)  # the request event comes before the route holds it
        held.pop(0).continue_()
        expect(listed.locator(focused)).to_be_focused()
        listed.wait_for_timeout(100)  # a second one would wait for this answer
        for route in held:
            route.continue_()
        assert not held
        expect(listed.locator("#alert")).to_be_empty()


def test_focus_goes_from_a_row_that_vanishes_to_the_next_then_to_the_heading(
    listed: Page, session: Session
) -> None:
    add(session, "New", "Newer")
    listed.reload()
    press_in_more(listed, "New", "Remove New")
    expect(button(listed, "Edit Newer")).to_be_focused()
    press_in_more(listed, "Newer", "Remove Newer")
    expect(listed.get_by_role("heading", level=1)).to_be_focused()


def test_keep_is_in_sight_wherever_the_row_was(
    listed: Page, session: Session, page_errors: PageErrors
) -> None:
    """Caught: Keep at the top of the list only; gone after some seconds, or with its own press,
    so that focus was lost when nothing came of it."""
    page_errors.allow("ERR_INTERNET_DISCONNECTED|Failed to fetch")
    add(session, *(f"New {number}" for number in range(40)))
    listed.reload()
    press_in_more(listed, "New 38", "Remove New 38")
    expect(button(listed, "Edit New 39")).to_be_focused()
    said = listed.locator("#status p")
    keep = said.get_by_role("button", name="Keep New 38")
    expect(said).to_have_css("animation-name", "none")
    expect(keep).to_be_in_viewport(ratio=1)
    listed.context.set_offline(True)
    keep.click()
    expect(listed.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(keep).to_be_focused()
    listed.context.set_offline(False)
    keep.click()
    expect(button(listed, "Edit New 38")).to_be_focused()
    expect(button(listed, "Keep New 38")).to_have_count(0)


def test_focus_goes_from_duplicate_to_the_first_field_and_back(listed: Page) -> None:
    for opener in ("Duplicate Midi", "Add", "Duplicate Maxi"):
        form = open_form(listed, opener)
        if opener.startswith("Duplicate"):
            name = opener.removeprefix("Duplicate ")
            row = listed.locator("tr.package", has=more(listed, name))
            expect(row.locator("+ tr").get_by_role("form")).to_have_count(1)
        form.get_by_role("button", name="Cancel").click()
        expect(opener_of(listed, opener)).to_be_focused()


def test_a_country_proposes_its_usual_currency(listed: Page) -> None:
    form = open_form(listed, "Add")
    currency = form.get_by_label("Package Currency")
    for country, usual in (("JP", "JPY"), ("DE", "EUR")):
        choose(form, "Package Country", country)
        expect(currency).to_have_value(usual)
    choose(form, "Package Currency", "GBP")
    choose(form, "Package Country", "US")
    expect(currency).to_have_value("GBP")


def test_a_copy_in_the_usual_currency_follows_its_country(listed: Page, session: Session) -> None:
    add(session, "Tokyo", country="JP", currency="JPY", price_minor=1500)
    add(session, "Dollars", country="JP")
    listed.reload()
    for package, expected in (("Tokyo", "EUR"), ("Dollars", "USD")):
        form = open_form(listed, f"Duplicate {package}")
        choose(form, "Package Country", "DE")
        expect(form.get_by_label("Package Currency")).to_have_value(expected)
        form.get_by_role("button", name="Cancel").click()


def test_another_country_empties_the_listing_order(listed: Page) -> None:
    form = open_form(listed, "Edit Midi")
    expect(form.get_by_label("Listing Order")).to_have_value("2")
    choose(form, "Package Country", "DE")
    expect(form.get_by_label("Listing Order")).to_have_value("")
    save(form)
    germany = listed.locator("#packages-DE")
    expect(germany.get_by_role("button", name="Reorder Midi, 1 of 1")).to_be_visible()


def test_the_form_says_what_the_row_will_say(listed: Page) -> None:
    form = open_form(listed, "Add")
    choose(form, "Package Country", "KW")
    fill(form, Package_Name="Kuwait", Credits="100", Price="1.2")
    echo = form.locator(".echo")
    expect(echo).to_contain_text("Place 1 of 1 in Kuwait")
    expect(echo).to_contain_text("KWD\u00a01.200 for 100 credits")
    said = echo.locator("bdi").all_inner_texts()
    assert said == ["KWD\u00a01.200", "KWD\u00a00.012 per credit"]
    save(form)
    row = listed.get_by_role("row").filter(has=button(listed, "Edit Kuwait"))
    expect(row.locator("td.price bdi")).to_have_text(said[0])
    expect(row.locator("td.unit bdi")).to_have_text(said[1].removesuffix(" per credit"))
    expect(row.get_by_role("button", name="Reorder Kuwait, 1 of 1")).to_be_visible()


def test_an_unclear_price_is_answered_in_place(listed: Page, page_errors: PageErrors) -> None:
    """Caught: Enter in the price, which pressed the first answer."""
    page_errors.allow("status of 422")
    form = open_form(listed, "Add")
    choose(form, "Package Country", "KW")
    fill(form, Package_Name="Kuwait", Credits="100", Price="12,500")
    price = form.get_by_label("Price")
    for _ in range(2):
        with listed.expect_response("**/add"):
            price.press("Enter")
        expect(price).to_be_focused()
        expect(form.get_by_role("group", name="Is that 12.500 or 12,500.000?")).to_be_visible()
    expect(form.locator(".echo")).to_contain_text("KWD\u00a012.500 or KWD\u00a012,500.000?")
    form.get_by_role("button", name="12.500", exact=True).click()
    expect(form).to_have_count(0)
    row = listed.locator(".package").filter(has_text="Kuwait")
    expect(row.locator(".price")).to_contain_text("KWD\u00a012.500")


def test_what_is_wrong_is_said_in_place(listed: Page, page_errors: PageErrors) -> None:
    page_errors.allow("status of 422")
    form = open_form(listed, "Add")
    choose(form, "Package Country", "JP")
    fill(form, Credits="many", Price="1.5", Short_Info="Kept")
    save(form)
    expect(form.locator(".problems")).to_be_focused()
    expect(form.locator(".problems")).to_contain_text("Not saved yet: 3 fields need a look")
    expect(form.get_by_label("Credits")).to_have_value("many")
    expect(form.get_by_label("Short Info")).to_have_value("Kept")
    expect(form.get_by_label("Short Info")).not_to_have_attribute("aria-invalid", "true")
    expect(form.get_by_label("Price")).to_have_accessible_description(
        re.compile("JPY has no decimals")
    )
    for field in ("Package Name", "Credits", "Price"):
        expect(form.get_by_label(field)).to_have_attribute("aria-invalid", "true")
        form.locator(".problems").get_by_role("link", name=field).click()
        expect(form.get_by_label(field)).to_be_focused()

    expect(button_of(form, "Save")).to_be_enabled()
    fill(form, Package_Name="Tokyo")
    expect(form.get_by_label("Package Name")).not_to_have_attribute("aria-invalid", "true")
    expect(form.locator(".problems")).to_contain_text("Not saved yet: 2 fields need a look")
    expect(form.locator(".problems a")).to_have_text(["Credits", "Price"])
    fill(form, Credits="100", Price="1500")
    expect(form.locator(".problems, .field-error")).to_have_count(0)
    save(form)
    expect(button(listed, "Edit Tokyo")).to_be_focused()


def test_an_edited_row_stays_open_until_it_is_right(listed: Page, page_errors: PageErrors) -> None:
    page_errors.allow("status of 422")
    form = open_form(listed, "Edit Midi")
    fill(form, Price="")
    form.get_by_label("Price").press("Enter")
    expect(form.locator(".problems")).to_be_focused()
    fill(form, Price="25")
    form.get_by_label("Price").press("Enter")
    expect(names(listed)).to_have_text(["Mini", "Midi", "Maxi"])
    expect(listed.locator("tr.package > .price").nth(1)).to_contain_text("$25.00")


def test_nothing_is_written_before_save(listed: Page, session: Session) -> None:
    form = open_form(listed, "Edit Midi")
    writes: list[Request] = []
    listed.on("request", lambda request: writes.append(request) if request.post_data else None)
    price = form.get_by_label("Price")
    price.click()
    listed.mouse.wheel(0, 300)
    expect(price).to_have_value("19.99")
    for field in ("Package Country", "Package Currency"):
        form.get_by_label(field).focus()
        for _ in range(5):
            listed.keyboard.press("ArrowDown")
    with listed.expect_response("**/echo"):
        form.get_by_label("Package Name").press_sequentially("Other")
    assert {request.url.rsplit("/", 1)[1] for request in writes} == {"echo"}
    assert order(session) == ["Mini", "Midi", "Maxi"]


def test_leaving_warns_of_what_is_not_saved(listed: Page) -> None:
    warnings = count_warnings(listed)
    form = open_form(listed, "Edit Midi")
    fill(form, Package_Name="Middle")
    listed.get_by_role("link", name="Settings", exact=True).first.click()
    expect(form.get_by_label("Package Name")).to_have_value("Middle")
    with listed.expect_event("dialog"):
        listed.close(run_before_unload=True)
    assert warnings == ["beforeunload", "beforeunload"]

    save(form)
    expect(button(listed, "Edit Middle")).to_be_focused()
    listed.get_by_role("link", name="Settings", exact=True).first.click()
    expect(listed.get_by_role("heading", level=1)).to_have_text("Settings")
    assert len(warnings) == 2


def test_leaving_forms_as_they_were_opened_does_not_warn(listed: Page) -> None:
    warnings = count_warnings(listed)
    for opener in ("Add", "Edit Midi"):
        open_form(listed, opener)
    listed.get_by_role("link", name="Settings", exact=True).first.click()
    expect(listed.get_by_role("heading", level=1)).to_have_text("Settings")
    assert warnings == []


def test_add_and_duplicate_do_not_throw_away_a_form_that_is_not_saved(listed: Page) -> None:
    form = open_form(listed, "Add")
    fill(form, Package_Name="Mega")
    for opener in ("Duplicate Midi", "Add"):
        if opener == "Add":
            button(listed, opener).click()
        else:
            press_in_more(listed, "Midi", opener)
        expect(form.get_by_label("Package Name")).to_be_focused()
        expect(form.get_by_label("Package Name")).to_have_value("Mega")
    expect(listed.get_by_role("alert")).to_contain_text("not saved yet")


def test_a_form_says_that_it_is_not_saved_once_something_is_typed(
    listed: Page, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 422")
    form, other = open_form(listed, "Edit Mini"), open_form(listed, "Edit Maxi")
    for each in (form, other):
        expect(each.get_by_text("Not saved", exact=True)).to_be_hidden()
    fill(form, Package_Name="Less")
    expect(form.get_by_text("Not saved", exact=True)).to_be_visible()
    expect(other.get_by_text("Not saved", exact=True)).to_be_hidden()
    fill(form, Package_Name="Mini")
    expect(form.get_by_text("Not saved", exact=True)).to_be_hidden()
    choose(form, "Package Country", "JP")
    expect(form.get_by_text("Not saved", exact=True)).to_be_visible()
    fill(form, Package_Name="")
    save(form)
    expect(form.locator(".problems")).to_be_focused()
    expect(form.get_by_text("Not saved", exact=True)).to_be_visible()


ECHO_AND_BAR = """
() => ['.echo', '.strip'].map(part => document.querySelector(part).getBoundingClientRect())
  .map(({top, bottom}) => ({top, bottom}))
"""


def test_the_bar_leaves_room_for_what_the_price_comes_to(
    page: Page, sign_in: SignIn, session: Session
) -> None:
    """Caught: the price in words below the bar while the price was typed."""
    add(session, "Mini", "Midi", "Maxi")
    apply_all(session)
    add(session, *(f"New {n}" for n in range(9)))
    sign_in(page)
    for width, height in ((1200, 800), (1200, 600), (1000, 700)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(LIST)
        for opener in ("Edit Maxi", "Edit New 2", "Edit New 5"):
            form = open_form(page, opener)
            expect(form.locator(".echo")).to_contain_text("$19.99")
            form.get_by_label("Price").focus()
            echo, bar = page.evaluate(ECHO_AND_BAR)
            assert echo["bottom"] <= bar["top"], f"{opener} at {width}x{height}"
            form.get_by_role("button", name="Cancel").click()
            expect(form).to_have_count(0)


def test_other_rows_and_the_bar_leave_a_row_in_edit_mode_alone(
    listed: Page, session: Session
) -> None:
    form = open_form(listed, "Edit Midi")
    held = hold(listed, "**/move")
    with listed.expect_request("**/move"):
        listed.get_by_role("button", name="Reorder Maxi, 3 of 3").press("ArrowUp")
        listed.wait_for_timeout(100)  # the request event comes before the route holds it
    info = form.get_by_label("Short Info")
    info.fill("Half typed")
    info.evaluate("field => field.setSelectionRange(2, 6)")
    held[0].continue_()
    expect(listed.locator("#status")).to_contain_text("Maxi is at place 2 of 3")
    expect(listed.locator(".packages > tr").nth(1)).to_have_attribute(
        "id", listed.locator("tr.package", has_text="Maxi").get_attribute("id") or ""
    )
    add(session, "From a colleague")
    listed.evaluate("() => htmx.trigger('#pending', 'every')")
    expect(listed.locator("#pending")).to_contain_text("2 pending changes")
    expect(info).to_be_focused()
    expect(info).to_have_value("Half typed")
    assert listed.evaluate(SELECTION) == [2, 6]


def test_a_double_click_on_save_makes_one_package(listed: Page, session: Session) -> None:
    form = open_form(listed, "Add")
    choose(form, "Package Country", "US")
    fill(form, Package_Name="Mega", Credits="1000", Price="99")
    held = hold(listed, "**/add")
    with listed.expect_request("**/add"):
        button_of(form, "Save").dblclick()
        listed.wait_for_timeout(100)  # the request event comes before the route holds it
    for route in held:
        route.continue_()
    expect(button(listed, "Edit Mega")).to_be_focused()
    assert len(held) == 1
    assert order(session) == ["Mini", "Midi", "Maxi", "Mega"]

"""The list of packages as tests in a browser use it."""

from playwright.sync_api import Locator, Page, expect


def names(page: Page) -> Locator:
    """The names of the rows, in order."""
    return page.locator("tr.package [data-name]")


def states(page: Page) -> Locator:
    """What each row says of its state."""
    return page.locator("tr.package .state")


def more(page: Page, name: str) -> Locator:
    """The button of a row's More menu."""
    return page.get_by_role("button", name=f"More for {name}", exact=True)


def open_more(page: Page, name: str) -> Locator:
    """Opens the More menu of a row, which then has the focus."""
    more(page, name).click()
    menu = page.get_by_role("dialog", name=name, exact=True)
    expect(menu.locator(":focus")).to_have_count(1)
    return menu


def press_in_more(page: Page, name: str, action: str) -> None:
    open_more(page, name).get_by_role("button", name=action, exact=True).click()

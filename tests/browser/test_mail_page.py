"""Mail in a browser: a test that is sent, the list that looks for news, and a mail that is read."""

from functools import partial

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.database import write
from domain.outbox import acts
from domain.outbox.rules import MAIL, Failed
from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors, assert_fit

REFUSED = Failed("recipient", f"550 {'x' * 90}", is_permanent=True)


def give_up(engine: Engine) -> None:
    with Session(engine) as session:
        message = write(session, partial(acts.claim, kind=MAIL))
        assert message
        write(session, partial(acts.conclude, message=message, outcome=REFUSED))


@pytest.mark.parametrize("javascript", [True, False], ids=["htmx", "plain"])
def test_a_test_is_sent_and_its_mail_is_read(
    make_page: MakePage, sign_in: SignIn, engine: Engine, javascript: bool
) -> None:
    page = make_page(javascript=javascript)
    sign_in(page)
    page.goto("/settings/mail")
    page.get_by_role("button", name="Send a test").click()
    mails = page.get_by_role("region", name="Mails")
    expect(mails.get_by_role("listitem")).to_contain_text("Waiting")
    give_up(engine)
    if not javascript:
        page.reload()
    expect(mails.get_by_role("listitem")).to_contain_text("does not know this address")
    if javascript:
        assert_fit(page)
    mails.get_by_role("link", name="Test", exact=True).click()
    expect(page.get_by_role("group", name="Text")).to_contain_text("Mail works")
    if javascript:
        assert_fit(page)
    page.get_by_role("button", name="Send again: Test mail").click()
    expect(page.get_by_role("status")).to_have_text("The mail waits to be sent again.")


def test_bad_input_is_said_at_its_field(
    page: Page, sign_in: SignIn, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 422")
    sign_in(page)
    page.goto("/settings/mail")
    page.get_by_label("Email").fill("bo")
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator(".problems")).to_be_focused()
    expect(page.get_by_label("Email")).to_have_value("bo")
    assert_fit(page)

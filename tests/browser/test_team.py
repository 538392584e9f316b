"""The team in two browsers: invited, joined, given another role, removed; and a lost password."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from domain.accounts.models import Admin
from domain.accounts.roles import Role
from domain.database import read_clock, writing
from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors, assert_fit
from tests.page_helpers import LIST
from tests.team import BOB, CEM, NEW_PASSWORD, TEAM, add_member, new_invitation
from tests.test_invitations import OVER

LONG_NAME = "Maximilian Freiherr von Hohenstein-Bauer-Wiesinger zu Oberhausen"


def open_member(page: Page, name: str) -> None:
    page.goto(TEAM)
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def choose_password(page: Page) -> None:
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD)


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "plain"])
def test_from_the_invitation_to_the_removal(
    make_page: MakePage, sign_in: SignIn, page_errors: PageErrors, javascript: bool
) -> None:
    page_errors.allow("status of 4(01|03|10|22)")
    owner = make_page(javascript=javascript)
    sign_in(owner)
    owner.goto("/settings/")
    owner.get_by_role("link", name="Team").click()
    owner.get_by_role("button", name="Invite").click()
    expect(owner.locator(".problems li")).to_have_count(2)
    owner.get_by_label("Email").fill(CEM)
    owner.get_by_role("radio", name="Editor").check()
    owner.get_by_role("button", name="Invite").click()
    link = owner.get_by_label("The new link").input_value()
    theirs = make_page(width=390, touch=True, javascript=javascript)
    theirs.goto(link)
    theirs.get_by_role("button", name="Join").click()
    expect(theirs.get_by_label("Your name")).to_be_focused()
    if javascript:
        assert_fit(owner)
        assert_fit(theirs)
    theirs.get_by_label("Your name").fill("Cem Deniz")
    choose_password(theirs)
    theirs.get_by_role("button", name="Join").click()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Credit Packages")
    theirs.goto(TEAM)
    expect(theirs.get_by_text("Only owners may do this.")).to_be_visible()
    open_member(owner, "Cem Deniz")
    owner.get_by_role("radio", name="Owner").check()
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_role("status").first).to_contain_text("Cem Deniz is Owner now.")
    theirs.goto(TEAM)
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Team")
    open_member(owner, "Cem Deniz")
    owner.get_by_role("link", name="Remove").click()
    owner.get_by_role("button", name="Remove").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text("Team")
    expect(owner.get_by_role("link", name="Cem Deniz")).to_have_count(0)
    theirs.goto(LIST)
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Sign in")
    theirs.goto(link)
    expect(theirs.get_by_role("heading", level=1)).to_have_text(OVER)


def test_a_lost_password_and_a_second_factor_of_everyone(
    make_page: MakePage, sign_in: SignIn, engine: Engine
) -> None:
    owner = make_page()
    sign_in(owner)
    add_member(engine, BOB, Role.SUPPORT)
    owner.goto(TEAM)
    owner.get_by_role("link", name="Up to each admin").click()
    owner.get_by_role("button", name="Require it").click()
    open_member(owner, "Bob")
    owner.get_by_role("link", name="Make a link").click()
    owner.get_by_role("button", name="Make a link").click()
    link = owner.get_by_label("The link to a new password").input_value()
    theirs = make_page(width=390, touch=True, dark=True)
    theirs.goto(link)
    assert_fit(theirs)
    choose_password(theirs)
    theirs.get_by_role("button", name="Save and sign in").click()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Set up an authenticator app")
    theirs.goto("/customers/")
    expect(theirs).to_have_url(re.compile("/second-factor/on$"))
    assert_fit(theirs)


@pytest.mark.parametrize("language", ["en", "tr"])
def test_long_names_and_many_admins_fit(
    make_page: MakePage,
    sign_in: SignIn,
    session: Session,
    engine: Engine,
    page_errors: PageErrors,
    language: str,
) -> None:
    page_errors.allow("status of 410")
    page = make_page(width=390, touch=True)
    sign_in(page)
    for n, role in enumerate([*Role, *Role]):
        add_member(engine, f"a.very.long.local.part.{n}@subdomain.of.a.long.example.com", role)
    with writing(session):
        values = {"display_name": LONG_NAME, "disabled_at": read_clock(session)}
        session.execute(update(Admin).where(Admin.id == 2).values(values))
    path = new_invitation(session, "a.very.long.local.part@subdomain.of.a.long.example.org")
    act = f"{TEAM}/2/remove"
    for address in (TEAM, f"{TEAM}/1", f"{TEAM}/2", act, f"{TEAM}/second-factor", path):
        page.goto(f"{address}?lang={language}")
        assert_fit(page)
    for address in (f"{TEAM}/invitations/1/renew", f"{TEAM}/invitations/1/revoke", "/password/x"):
        page.goto(f"{address}?lang={language}")
        assert_fit(page)

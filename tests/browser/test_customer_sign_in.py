"""Customers sign in with a code: on a phone, in languages of both directions, without scripts."""

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from domain.customers.claims import Claims
from domain.customers.customers import enter_from_platform
from domain.platforms.models import Platform
from tests.account_pages import last_code
from tests.browser.conftest import MakePage
from tests.browser.harness import (
    LiveApp,
    PageErrors,
    assert_fit,
)
from tests.customers import AYSE

WORDS = {
    "tr": ("Oturum aç", "E-posta", "Kodu gönder", "Kod", "Bir hesap seçin"),
    "ar": ("تسجيل الدخول", "البريد الإلكتروني", "إرسال الرمز", "الرمز", "اختر حسابًا"),
}
LONG_NAME = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihungsurkunde"


@pytest.fixture
def _two_accounts(live_app: LiveApp) -> None:
    with live_app.writing() as session:
        platform = Platform(name=LONG_NAME)
        session.add(platform)
        session.flush()
        for subject in ("u1", "u2"):
            claims = Claims(subject, LONG_NAME, AYSE["email"], is_email_verified=True)
            enter_from_platform(session, platform.id, claims, "tr")


@pytest.mark.usefixtures("_two_accounts")
@pytest.mark.parametrize("language", WORDS)
def test_the_whole_door_on_a_phone(
    make_page: MakePage, session: Session, page_errors: PageErrors, language: str
) -> None:
    page_errors.allow("status of 422")
    sign_in, email, send, code, choose = WORDS[language]
    page = make_page(width=390, touch=True)
    page.goto(f"/account/sign-in?lang={language}&next=/packages")
    page.locator(f".languages [lang={language}]").click()
    expect(page).to_have_url("/account/sign-in?next=%2Fpackages")
    expect(page.get_by_role("heading", level=1)).to_have_text(sign_in)
    assert_fit(page)
    page.get_by_label(email, exact=True).fill(AYSE["email"])
    page.get_by_role("button", name=send).click()

    sent = last_code(session)
    field = page.get_by_label(code, exact=True)
    expect(field).to_be_focused()
    field.fill(f"{(int(sent) + 1) % 10**8:08}")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert_fit(page)
    field.fill(f" {sent[:4]} {sent[4:]} ")
    field.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(choose)
    assert_fit(page)
    page.get_by_role("button", name=LONG_NAME).last.click()
    expect(page).to_have_url("/packages")
    assert any(one["name"] == "scrip-customer" for one in page.context.cookies())


def test_without_javascript(make_page: MakePage, session: Session) -> None:
    page = make_page(javascript=False, width=320)
    page.goto("/account/sign-in?next=/packages")
    page.get_by_label("Email").fill("new@posta.example")
    page.get_by_role("button", name="Send code").click()
    page.get_by_label("Code").fill(last_code(session))
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/packages")

"""Admins and visitors of a real server, who go through its pages and know what a round must be."""

from collections.abc import Mapping, Sequence

from tests import rounds
from tests.conftest import PASSWORD
from tests.page_helpers import LIST, acknowledgements, boxes, field
from tests.real_server import Browser

Fields = Mapping[str, str | Sequence[str]]


class Busy(Exception):
    """Answered 503: nothing was done, and to try again is right."""


class Admin:
    """One admin in one browser. What is as wanted already is left alone: it may have been saved
    before the answer was cut off."""

    def __init__(self, url: str, email: str, packages: rounds.Packages) -> None:
        self.email = email
        self.packages = packages
        self.browser = Browser(url)

    def sign_in(self) -> None:
        page = ask(self.browser, "/login")
        self._save("/login", page, {"email": self.email, "password": PASSWORD})

    def edit(self, country: str, which: int, number: int) -> None:
        path = f"{LIST}{self.packages[country, which]}/edit"
        page, values = ask(self.browser, f"{path}/form"), rounds.values(country, which, number)
        if field(page, "name") == values.name:
            return
        typed = {
            "name": values.name,
            "credits": str(values.credits),
            "price": f"{values.price_minor // 100}.00",
            "country": values.country,
            "currency": values.currency,
            "short_info": values.short_info,
            "position": field(page, "opened_position"),
            "opened_position": field(page, "opened_position"),
            "version": field(page, "version"),
        }
        self._save(path, page, typed)

    def move(self, country: str, number: int) -> None:
        path = f"{LIST}{self.packages[country, rounds.order(number)[-1]]}"
        typed = {"position": str(rounds.EACH), "country": country}
        self._save(f"{path}/move", ask(self.browser, f"{path}/edit/form"), typed)

    def edit_settings(self, number: int) -> None:
        page, wanted = ask(self.browser, "/settings/"), rounds.settings(number)
        if field(page, "platform_name") == wanted.platform_name:
            return
        typed = wanted._asdict() | {"version": field(page, "version")}
        self._save("/settings/", page, typed)

    def review(self) -> Fields | None:
        """The form that applies everything, all its boxes ticked; None when nothing is pending."""
        page = ask(self.browser, f"{LIST}review")
        changes = boxes(page, "change")
        if not changes:
            return None
        hidden = {name: field(page, name) for name in ("csrf_token", "token")}
        return {**hidden, "change": changes, "acknowledge": acknowledgements(page)}

    def apply(self, review: Fields, note: str) -> bool:
        """Whether it went live; another admin may have been faster."""
        status, answer = self.browser.post(f"{LIST}review", {**review, "note": note})
        assert status in (303, 409, 503), f"Apply answered {status}: {answer}"
        return status == 303

    def _save(self, path: str, page: str, typed: Fields) -> None:
        token = field(page, "csrf_token")
        status, answer = self.browser.post(path, {"csrf_token": token, **typed})
        if status == 503:
            raise Busy
        assert status == 303, f"{path} answered {status}: {answer}"


def round_seen(browser: Browser, country: str) -> int:
    """The round that a visitor sees there."""
    return rounds.round_shown(ask(browser, f"/packages?country={country}"), country)


def ask(browser: Browser, path: str) -> str:
    status, page = browser.get(path)
    if status == 503:
        raise Busy
    assert status == 200, f"{path} answered {status}"
    return page

"""Preview links: made and revoked by admins, opened by people without an account."""

import logging
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.catalogue.models import PreviewLink
from domain.catalogue.preview import preview as previews
from domain.catalogue.preview import preview_links
from domain.catalogue.preview.preview_links import MOST_LINKS
from domain.database import writing
from tests.conftest import ADMIN, Once, make_admin, signed_in_client
from tests.html import find, find_all, text_of, texts, values, without
from tests.page_helpers import (
    BOB,
    HTMX,
    LIST,
    add,
    apply_all,
    boxes,
    buyers_pages,
    edit,
    everything,
    main_part,
    moments,
    partials,
    post,
    remove,
    ticked,
)

PREVIEW = f"{LIST}preview"
MAKE = f"{PREVIEW}/links"
PATH = r"/preview/[A-Za-z0-9_-]{43}"
OPENED_ON = r"\?country=[A-Z]{2}(?:&lang=[a-z]{2})?"


@pytest.fixture
def scene(once: Once) -> None:
    once(make_scene)


def make_scene(session: Session) -> None:
    """US: A live and edited to Aa, B to be removed. DE: C new."""
    add(session, "A", "B")
    apply_all(session)
    edit(session, 1, name="Aa")
    remove(session, 2)
    add(session, "C", country="DE", currency="EUR")


pytestmark = pytest.mark.usefixtures("scene")


def make(session: Session, days: int = 7, author: str = ADMIN) -> str:
    """The path of a new link."""
    with writing(session):
        return f"/preview/{preview_links.make_link(session, days, author=author)}"


def revoke_all(session: Session) -> None:
    with writing(session):
        for link in preview_links.list_links(session):
            preview_links.revoke_link(session, link.id)


def expire_all(session: Session) -> None:
    with writing(session):
        for link in session.scalars(select(PreviewLink)):
            link.created_at -= timedelta(days=40)
            link.expires_at -= timedelta(days=40)


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(PreviewLink.id))) or 0


def shown_link(html: str) -> str | None:
    """The path and what it opens on, in the field of a new link; None without the field."""
    found = find_all(html, 'input[type="text"]#new-link')
    if not found:
        return None
    (shown,) = found
    assert "readonly" in shown.attributes
    value = re.fullmatch(f"http://localhost({PATH}{OPENED_ON})", str(shown.attributes["value"]))
    assert value, shown.html
    return value[1]


def listed(html: str) -> list[str]:
    """The working links as the page names them."""
    return texts(html, ".links > li > p")


def names(html: str) -> list[str]:
    """Those on the cards of both sides."""
    return texts(html, ".card h2")


# ---- Making one


def test_a_link_is_made_and_shown_once(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the token left in the cookie, and so on every later page."""
    answer = post(signed_in, f"{MAKE}?country=DE", {"days": "7"})
    assert (answer.status_code, answer.location) == (303, f"{PREVIEW}?country=DE#new-link")
    page = signed_in.get(answer.location).text
    path = shown_link(page)
    assert path
    assert "Link created." in page
    assert signed_in.get(path).status_code == 200
    later = signed_in.get(PREVIEW).text
    assert shown_link(later) is None
    assert path not in later
    assert count(session) == 1


def test_by_htmx_the_part_about_links_comes_anew(signed_in: FlaskClient) -> None:
    answer = post(signed_in, MAKE, {"days": "30"}, htmx=True, page=PREVIEW)
    assert answer.status_code == 200
    part = main_part(answer)
    assert part.startswith('<section class="panel share" id="share"')
    path = shown_link(part)
    assert path
    assert len(listed(part)) == 1
    assert partials(answer)["#status"] == '<p data-focus="new-link">Link created.</p>'
    assert signed_in.get(path).status_code == 200
    assert shown_link(signed_in.get(PREVIEW).text) is None


@pytest.mark.parametrize("days", [1, 7, 30])
def test_it_works_as_long_as_was_chosen(
    signed_in: FlaskClient, session: Session, days: int
) -> None:
    post(signed_in, MAKE, {"days": str(days)})
    (link,) = preview_links.list_links(session)
    assert link.expires_at - link.created_at == timedelta(days=days)


def test_seven_days_are_proposed(signed_in: FlaskClient) -> None:
    page = signed_in.get(PREVIEW).text
    assert (boxes(page, "days"), ticked(page, "days")) == (["1", "7", "30"], ["7"])


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("days", ["", "0", "2", "-7", "7.0", "³0", "365", "x", "\0", "7 days"])
def test_no_other_lifetime_can_be_sent(
    signed_in: FlaskClient, session: Session, days: str, htmx: bool
) -> None:
    """Caught: the choice left to the browser."""
    answer = post(signed_in, f"{MAKE}?country=DE", {"days": days}, htmx=htmx)
    assert answer.status_code == 422
    assert "Choose how long the link is valid." in answer.text
    assert 'aria-describedby="days-error"' in answer.text
    assert answer.text.startswith("<section" if htmx else "<!doctype html>")
    if not htmx:
        assert "<title>Error: " in answer.text
        assert "side-draft" in answer.text
    assert count(session) == 0


def test_two_lifetimes_are_refused(signed_in: FlaskClient, session: Session) -> None:
    assert post(signed_in, MAKE, {"days": ["1", "7"]}).status_code == 400
    assert count(session) == 0


@pytest.mark.parametrize("htmx", [True, False])
def test_at_most_fifty_work(signed_in: FlaskClient, session: Session, htmx: bool) -> None:
    for _ in range(MOST_LINKS):
        make(session)
    answer = post(signed_in, MAKE, {"days": "1"}, htmx=htmx)
    assert answer.status_code == 409
    assert "No link created: 50 work already, the most there can be." in answer.text
    assert len(listed(answer.text)) == count(session) == 50
    assert shown_link(answer.text) is None
    post(signed_in, f"{MAKE}/1/revoke")
    assert post(signed_in, MAKE, {"days": "1"}).status_code == 303


@pytest.mark.parametrize("path", [MAKE, f"{MAKE}/1/revoke"])
def test_strangers_and_forged_forms_change_nothing(
    client: FlaskClient, signed_in: FlaskClient, session: Session, path: str
) -> None:
    """Caught: the preview's addresses let through by the guard."""
    link = make(session)
    assert client.post(path, data={"days": "7"}).status_code == 401
    assert client.post(path, data={"days": "7"}, headers=HTMX).status_code == 401
    assert signed_in.post(path, data={"days": "7"}).status_code == 400
    assert signed_in.get(path).status_code == 405
    assert client.get(path).status_code == 302
    assert (count(session), client.get(link).status_code) == (1, 200)


@pytest.mark.parametrize("htmx", [True, False])
def test_it_opens_on_the_country_and_language_it_was_made_from(
    client: FlaskClient, signed_in: FlaskClient, htmx: bool
) -> None:
    """Caught: a link made from Germany that opened on the United States."""
    answer = post(signed_in, f"{MAKE}?country=DE&cards=ar", {"days": "7"}, htmx=htmx, page=PREVIEW)
    part = main_part(answer) if htmx else signed_in.get(answer.location).text
    path = shown_link(part)
    assert path
    page = client.get(path).text
    assert values(page, "#countries [aria-current]", "href") == ["?country=DE&lang=ar"]
    assert find(page, ".preview-side").attributes["lang"] == "ar"


# ---- The list, and revoking


def test_the_list_says_who_and_until_when(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    make(session, 1)
    make(session, 30, author=BOB)
    rows = listed(signed_in.get(PREVIEW).text)
    until = r"\d\d? \w{3} \d{4}, \d\d:\d\d"
    assert re.fullmatch(rf"By {BOB}, today \d\d:\d\d\. Valid until {until}", rows[0])
    assert rows[1].startswith("By you, ")
    assert len(rows) == 2
    engine = session.get_bind()
    session.rollback()
    make_admin(engine, BOB)  # type: ignore[arg-type]
    other = signed_in_client(app, engine, BOB)  # type: ignore[arg-type]
    seen = listed(other.get(PREVIEW).text)
    assert [row.partition(", ")[0] for row in seen] == ["By you", "By Ana"]


def test_each_revoke_has_a_name_of_its_own(signed_in: FlaskClient, session: Session) -> None:
    make(session)
    button = find(signed_in.get(PREVIEW).text, ".links button")
    name = r"Revoke the link by you, \d\d? \w{3}, \d\d:\d\d:\d\d"
    assert re.fullmatch(name, str(button.attributes["aria-label"]))
    assert text_of(button) == "Revoke"


def test_ended_links_are_not_listed(signed_in: FlaskClient, session: Session) -> None:
    make(session)
    expire_all(session)
    make(session)
    revoke_all(session)
    page = signed_in.get(PREVIEW).text
    assert listed(page) == []
    assert "None. Nobody without an account can see the drafts." in page


def test_a_revoked_link_shows_nothing(
    client: FlaskClient, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: revoke_link() that does nothing."""
    first, second = make(session), make(session)
    answer = post(signed_in, f"{MAKE}/1/revoke?country=DE")
    assert (answer.status_code, answer.location) == (303, f"{PREVIEW}?country=DE#share-title")
    page = signed_in.get(answer.location).text
    assert "The link was revoked. It shows nothing any more." in page
    assert len(listed(page)) == 1
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)


def test_revoking_by_htmx(client: FlaskClient, signed_in: FlaskClient, session: Session) -> None:
    link = make(session)
    answer = post(signed_in, f"{MAKE}/1/revoke", htmx=True, page=PREVIEW)
    assert answer.status_code == 200
    assert listed(main_part(answer)) == []
    assert 'data-focus="share-title"' in partials(answer)["#status"]
    assert client.get(link).status_code == 404


@pytest.mark.parametrize("htmx", [True, False])
def test_revoking_again_is_fine(signed_in: FlaskClient, session: Session, htmx: bool) -> None:
    make(session)
    answers = [post(signed_in, f"{MAKE}/1/revoke", htmx=htmx) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200 if htmx else 303}
    assert count(session) == 1


@pytest.mark.parametrize("number", ["0", "2", "x", str(2**63 - 1), str(2**64)])
def test_an_unknown_link_is_not_found(
    signed_in: FlaskClient, session: Session, number: str
) -> None:
    make(session)
    assert post(signed_in, f"{MAKE}/{number}/revoke").status_code == 404
    assert len(preview_links.list_links(session)) == 1


# ---- What a link shows


def test_it_shows_what_the_preview_shows(
    client: FlaskClient, signed_in: FlaskClient, session: Session
) -> None:
    link = make(session)
    for country in ("US", "DE", "JP"):
        shared = client.get(f"{link}?country={country}&show=both").text
        own = signed_in.get(f"{PREVIEW}?country={country}&show=both").text
        ours, theirs = (find(page, ".preview-sides").html for page in (own, shared))
        assert theirs == ours
    assert "No packages in Japan after Apply Changes" in shared
    assert "Germany , 1 pending" in texts(shared, "#countries > a")


def test_it_holds_nothing_for_admins(client: FlaskClient, session: Session) -> None:
    """Caught: the form that makes links on it."""
    link = make(session)
    page = client.get(f"{link}?show=both").text
    assert names(page) == ["A", "B", "Aa"]
    for word in ("/settings", "<script", "csrf", 'method="post"', ADMIN, "Revoke", "hx-"):
        assert word not in page
    assert link.removeprefix("/preview/") not in page


@pytest.mark.parametrize(
    ("lang", "frame", "cards"),
    [
        ("", "en", "en"),
        ("tr", "tr", "tr"),
        ("de", "en", "de"),
        ("ar", "en", "ar"),
        ("x", "en", "en"),
    ],
)
def test_its_language_can_be_chosen_as_buyers_choose_theirs(
    client: FlaskClient, session: Session, lang: str, frame: str, cards: str
) -> None:
    """Caught: a choice that put the link's token into another address; one kept in a cookie; the
    country forgotten with another language, and the language with another country."""
    link = make(session)
    answer = client.get(f"{link}?country=DE&lang={lang}")
    page = answer.text
    codes = ["en", "tr", "de", "ar"]
    assert values(page, "a[hreflang]", "lang") == codes
    assert values(page, "a[hreflang]", "href") == [f"?country=DE&lang={code}" for code in codes]
    assert values(page, "a[hreflang][aria-current]", "lang") == [cards]
    assert f'<html lang="{frame}"' in page
    assert find(page, ".preview-side").attributes["lang"] == cards
    assert link.removeprefix("/preview/") not in page
    assert "Set-Cookie" not in answer.headers


def test_it_says_what_it_is_and_until_when(client: FlaskClient, session: Session) -> None:
    head = find(client.get(make(session)).text, ".shared-head")
    (end,) = moments(head.html or "")
    said = text_of(head)
    assert said.startswith("Draft preview TEST It updates as drafts change.")
    assert said.endswith(f"This link works until {end}.")


def test_it_shows_the_drafts_as_they_are_now(client: FlaskClient, session: Session) -> None:
    link = make(session)
    client.get(link)
    edit(session, 1, name="Aaa")
    assert names(client.get(link).text)[0] == "Aaa"
    apply_all(session)
    page = client.get(f"{link}?country=US&show=both").text
    assert names(page) == ["Aaa", "Aaa"]
    assert "No pending changes. Everything is live." in page


def test_signed_in_or_not_it_is_the_same(
    client: FlaskClient, signed_in: FlaskClient, session: Session
) -> None:
    link = make(session)
    pages = [browser.get(link).text for browser in (client, signed_in)]
    without_times = {without(page, "time") for page in pages}
    assert len(without_times) == 1


@pytest.mark.parametrize("country", ["", "xx", "%00", "ı"])
def test_what_is_no_country_is_left_out(
    client: FlaskClient, session: Session, country: str
) -> None:
    answer = client.get(f"{make(session)}?country={country}")
    assert values(answer.text, "#countries [aria-current]", "href") == ["?country=US"]


def test_all_that_does_not_work_looks_the_same(client: FlaskClient, session: Session) -> None:
    """Caught: expiry or revocation not asked about, and a sentence of its own for expired ones."""
    expired = make(session)
    expire_all(session)
    revoked = make(session)
    with writing(session):
        preview_links.revoke_link(session, 2)
    unknown = f"/preview/{'A' * 43}"
    junk = ["/preview/x", "/preview/%00", f"{make(session)}x", f"/preview/{'x' * 9000}"]
    answers = [client.get(path) for path in (expired, revoked, unknown, *junk)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert "This preview link does not work any more." in answers[0].text
    assert not any(word in answers[0].text for word in ("Aa", "card-", "Draft"))
    for answer in answers:
        del answer.headers["X-Request-Id"]
    assert len({str(sorted(answer.headers)) for answer in answers}) == 1


def test_it_leaves_no_traces(client: FlaskClient, session: Session) -> None:
    """Caught: keep_to_its_reader() left out of the application, and "public" in its headers."""
    link = make(session)
    for path, method, status in (
        (link, "GET", 200),
        (link, "HEAD", 200),
        ("/preview/x", "GET", 404),
        (f"{link}/x", "GET", 404),
        (link, "PUT", 405),
    ):
        answer = client.open(path, method=method)
        assert (method, answer.status_code) == (method, status)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers
        assert "ETag" not in answer.headers


def test_it_can_only_be_read(client: FlaskClient, signed_in: FlaskClient, session: Session) -> None:
    link = make(session)
    before, seen = everything(session), buyers_pages(client)
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.open(link, method=method).status_code in (400, 405)
    assert post(signed_in, link).status_code == 405
    assert (everything(session), buyers_pages(client)) == (before, seen)
    assert client.get(link).status_code == 200


def test_having_a_link_opens_no_other_page(client: FlaskClient, session: Session) -> None:
    client.get(make(session))
    for path in (PREVIEW, LIST, f"{LIST}review", f"{LIST}1/row"):
        assert client.get(path).status_code == 302
    assert "Aa" not in "".join(page.decode() for page in buyers_pages(client).values())


@pytest.mark.parametrize("error", [OperationalError("x", None, OSError("away")), ValueError("x")])
def test_a_failing_page_logs_no_token(
    client: FlaskClient,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """Caught: no filter on the log, which gets the path of every page that fails."""

    def fail(_session: object) -> None:
        raise error

    link = make(session)
    monkeypatch.setattr(previews, "pending_changes", fail)
    with caplog.at_level(logging.DEBUG):
        answer = client.get(link)
    assert answer.status_code in (500, 503)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "/preview/…" in caplog.text
    assert link not in caplog.text

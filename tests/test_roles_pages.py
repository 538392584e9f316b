"""What each role finds on the pages: no control that it may not use, and all that it may."""

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from selectolax.lexbor import LexborNode
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from domain.accounts.roles import Role
from domain.catalogue.drafts import drafts
from tests.conftest import Once
from tests.html import find_all, inputs, texts, values
from tests.page_helpers import LIST, TYPED_MARKET, add, apply_all, edit, listed, post, remove
from tests.roles import EMAILS, Team, change_role, sign_in_as, sign_in_team
from tests.test_permissions import (
    EDITOR,
    OWNER,
    PUBLISHER,
    SUPPORT,
    VIEWER,
    is_public,
    make_full_scene,
    requests,
    who_may,
)

HTMX_METHODS = {"hx-get": "GET", "hx-post": "POST", "hx-delete": "DELETE", "hx-put": "PUT"}
FORMS_OF_THE_LIST = {"row-pages": "get", "row-actions": "post", "bulk": "post"}
# Pages that show other things by what is asked for.
MORE_PAGES = (
    *(f"{LIST}?country=US", f"{LIST}?country=FR", f"{LIST}?q=nothing", f"{LIST}?removed=3"),
    *(f"{LIST}?country=US&sort=credits", f"{LIST}history/2", f"{LIST}compare?old=1&new=2"),
    *(f"{LIST}review?back=1", f"{LIST}preview?country=US&show=both"),
)


def make_pages(session: Session) -> None:
    """A second release, prices that want a look, an error, and what was removed unseen."""
    make_full_scene(session)
    apply_all(session)
    remove(session, add(session, "Gone")[0])
    edit(session, 1, price_minor=199900)
    add(session, "Twin", "Twin")


@pytest.fixture
def team(once: Once, app: Flask, engine: Engine, cheap_hashing: None) -> Team:  # noqa: ARG001
    once(make_pages)
    return sign_in_team(app, engine)


def controls(html: str, page: str) -> Iterator[tuple[str, str]]:
    """Method and path of each link, form and button."""
    for node in find_all(html, "[href], form, [formaction], [hx-get], [hx-post], [hx-put]"):
        given = node.attributes
        if node.tag == "a" and given.get("href"):
            yield "GET", urljoin(page, given["href"])
        if node.tag == "form" and ("method" in given or "action" in given):
            yield (given.get("method") or "get").upper(), urljoin(page, given.get("action") or "")
        if given.get("formaction"):
            yield method_of(html, node), urljoin(page, given["formaction"])
        for name, method in HTMX_METHODS.items():
            if given.get(name):
                yield method, urljoin(page, given[name])


def method_of(html: str, button: LexborNode) -> str:
    """That of the button's form; a part of a page has it elsewhere."""
    form = button.attributes.get("form")
    if form:
        return (values(html, f"form#{form}", "method") or [FORMS_OF_THE_LIST[form]])[0].upper()
    node = button.parent
    while node and node.tag != "form":
        node = node.parent
    assert node, "a button of no form"
    return (node.attributes.get("method") or "get").upper()


def endpoint_of(addresses: MapAdapter, method: str, address: str) -> str | None:
    """None of addresses elsewhere, and of those that are none."""
    parts = urlsplit(address)
    if parts.scheme not in ("", "http", "https") or parts.netloc not in ("", "localhost"):
        return None
    try:
        return str(addresses.match(parts.path, method=method)[0])
    except HTTPException:
        return None


def without_form(html: str) -> list[str]:
    """Names of forms that fields and buttons of the page belong to, and that are not on it."""
    there = set(values(html, "form[id]", "id"))
    return [name for name in values(html, "[form]", "form") if name not in there]


@pytest.mark.parametrize("role", Role)
def test_no_control_leads_where_the_role_may_not_go(team: Team, app: Flask, role: Role) -> None:
    """Caught, each for everybody: Apply Changes, Edit of markets, the doors of Settings, the form
    of notices, Customers in the menu."""
    addresses = app.url_map.bind("localhost")
    own = [r.path for r in requests(app) if r.method == "GET" and role in who_may(r.endpoint)]
    found = 0
    for page in (*own, *MORE_PAGES):
        answer = team[role].get(page, headers={"Accept-Language": "en"})
        if answer.mimetype != "text/html" or answer.status_code >= 300:
            continue
        for method, address in controls(answer.text, page):
            endpoint = endpoint_of(addresses, method, address)
            if endpoint and not is_public(endpoint):
                assert role in who_may(endpoint), (page, method, address)
                found += 1
        assert "<html" not in answer.text or without_form(answer.text) == [], page
    assert found > 300


def page(client: FlaskClient, path: str = LIST) -> str:
    return client.get(path, headers={"Accept-Language": "en"}).text


def test_the_list_is_there_to_be_read(team: Team) -> None:
    for role in (VIEWER, SUPPORT):
        html = page(team[role])
        assert listed(html) == listed(page(team[OWNER]))
        assert find_all(html, ".handle, [name=package], [data-sortable], .bulk-bar, #add") == []
        assert texts(html, ".strip-actions") == ["Preview Review"]
        assert texts(html, ".strip-hint") == ["A publisher applies them."]
        columns = sum(1 for _ in find_all(html, ".package-table thead th"))
        assert set(values(html, ".package-table .group th", "colspan")) == {str(columns)}
        for row in find_all(html, "tr.package"):
            assert sum(1 for cell in row.iter() if cell.tag in ("td", "th")) == columns


def test_an_editor_drafts_and_does_not_apply(team: Team) -> None:
    html = page(team[EDITOR])
    assert find_all(html, "#add")
    assert find_all(html, ".handle")
    assert find_all(html, "#apply") == []
    assert texts(html, ".strip-hint") == ["A publisher applies them."]
    assert find_all(page(team[PUBLISHER]), "#apply")


def test_what_is_saved_waits_for_a_publisher(team: Team, session: Session) -> None:
    """Caught: "when you apply" for editors."""
    for role, who in ((EDITOR, "a publisher applies"), (PUBLISHER, "you apply")):
        typed = TYPED_MARKET | {"version": str(draft_version(session))}
        answer = post(team[role], "/settings/markets/US", typed)
        assert answer.status_code == 303
        assert f"Buyers see it when {who}." in texts(page(team[role]), "#status p")[0]


def draft_version(session: Session) -> int:
    session.rollback()
    market = drafts.find_market(session, "US")
    return market.version if market else 1


def test_the_review_without_apply(team: Team) -> None:
    """Everything is there to be read, with all that looks odd, and nothing to tick. Caught: only
    the errors of what the reader made."""
    for role in (VIEWER, EDITOR):
        html = page(team[role], f"{LIST}review")
        assert find_all(html, "#review-form [type=checkbox], #apply, #review-note") == []
        assert texts(html, "#warnings-title, #check h2") != []
        assert find_all(html, ".warned[hidden], .warnings[hidden]") == []
        buttons = texts(html, "#review-form button")
        assert set(buttons) == ({"Discard"} if role is EDITOR else set())
        for table in find_all(html, "table.changes"):
            widths = {width_of(row) for row in table.css("tr")}
            assert len(widths) == 1, widths


def width_of(row: LexborNode) -> int:
    """In columns."""
    cells = (cell for cell in row.iter() if cell.tag in ("td", "th"))
    return sum(int(cell.attributes.get("colspan") or 1) for cell in cells)


def test_an_editor_discards_in_the_review(team: Team) -> None:
    html = page(team[EDITOR], f"{LIST}review")
    [token] = values(html, "#review-form [name=token]", "value")
    discard = values(html, "#review-form [formaction]", "formaction")[0]
    answer = post(team[EDITOR], discard, {"token": token})
    assert answer.status_code in (200, 303)
    assert len(find_all(page(team[EDITOR], f"{LIST}review"), "#review-form [formaction]")) < len(
        find_all(html, "#review-form [formaction]")
    )


def test_settings_are_read_in_fields_that_are_disabled(team: Team) -> None:
    html = page(team[SUPPORT], "/settings/")
    assert find_all(html, "#settings-form fieldset[disabled] [name=platform_name]")
    assert find_all(html, "#settings-save") == []
    assert "Only editors, publishers and owners may change drafts." in texts(
        html, "#settings-form > p"
    )
    assert texts(html, ".door-title") == ["Credit Packages", "Markets"]
    assert find_all(page(team[EDITOR], "/settings/"), "fieldset[disabled]") == []
    assert len(texts(page(team[OWNER], "/settings/"), ".door-title")) > 7


def test_the_menu_has_customers_for_who_serves_them(team: Team) -> None:
    for role in Role:
        menu = texts(page(team[role]), ".side nav a")
        assert ("Customers" in menu) is ("Purchases" in menu) is (role in (SUPPORT, OWNER)), role


def test_undo_and_the_way_back_are_offered_to_who_may(team: Team) -> None:
    """In the message after an act, should the role be another by then. Caught: Undo for all."""
    for role in Role:
        for category, words in (("undo-1", "Undo"), ("1-US", "Go back to release 1")):
            with team[role].session_transaction() as cookie:
                cookie["_flashes"] = [(category, "Done.")]
            buttons = texts(page(team[role], "/settings/markets"), "#status button")
            able = (EDITOR, PUBLISHER, OWNER) if words == "Undo" else (PUBLISHER, OWNER)
            assert buttons == ([words] if role in able else []), role


@pytest.mark.usefixtures("cheap_hashing")
def test_an_empty_list_asks_only_those_who_may_add(app: Flask, engine: Engine) -> None:
    """Caught: its buttons for everybody."""
    for role in Role:
        html = page(sign_in_as(app, engine, role))
        may_add = role in (EDITOR, PUBLISHER, OWNER)
        title = "Add your first credit package" if may_add else "No packages yet"
        assert texts(html, ".nothing h2") == [title]


def test_notices_are_offered_to_who_serves_customers(team: Team) -> None:
    for role in Role:
        is_offered = "Mails to you" in texts(page(team[role], "/settings/account"), "h2")
        assert is_offered is (role in (SUPPORT, OWNER)), role


@pytest.mark.usefixtures("cheap_hashing")
def test_a_role_that_was_lowered_keeps_what_was_typed(
    app: Flask, engine: Engine, session: Session
) -> None:
    """Refused with 403; once the role is raised, Send again saves it. Caught: the page that left
    out what was typed."""
    add(session, "Pro")
    client = sign_in_as(app, engine, EDITOR)
    typed = inputs(page(client, f"{LIST}1/edit"), ".package-form input[name]")
    typed |= {"name": "Prime", "country": "US", "currency": "USD"}
    change_role(engine, EMAILS[EDITOR], VIEWER)
    answer = post(client, f"{LIST}1/edit", typed, htmx=True)
    assert answer.status_code == 403
    assert '<hx-partial hx-target="#alert"' in answer.text
    headers = {"Origin": "http://localhost", "Accept-Language": "en"}
    answer = client.post(f"{LIST}1/edit", data=typed, headers=headers)
    assert answer.status_code == 403
    assert "Ask an owner for another role, then press Send again." in answer.text
    again = inputs(answer.text, "form [name]")
    assert again["name"] == "Prime"
    [path] = values(answer.text, "form", "action")
    assert client.post(path, data=again, headers=headers).status_code == 403
    change_role(engine, EMAILS[EDITOR], EDITOR)
    assert client.post(path, data=again, headers=headers).status_code == 303
    assert listed(page(client)) == ["Prime"]

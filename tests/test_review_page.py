"""The review: every change in words, ticks that decide, and Apply for what was seen."""

import re
import threading
from collections import Counter
from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.catalogue.drafts import drafts
from domain.catalogue.models import Release
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.settings.rules import SettingsValues
from domain.database import writing
from tests.conftest import ADMIN, Once, csrf_token, make_admin, signed_in_client
from tests.counting import assert_flat
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import (
    BOB,
    HTMX,
    LIST,
    acknowledgements,
    add,
    apply_acknowledged,
    apply_all,
    boxes,
    buyers_pages,
    differences,
    edit,
    edit_market,
    edit_settings,
    everything,
    field,
    move,
    package_values,
    partials,
    pending,
    post,
    releases,
    remove,
    ticked,
)

REVIEW = f"{LIST}review"
AGAIN = f"{REVIEW}/again"
# What is pending in the scene, in reading order.
ALL = ["package-3-moved", "package-1-edited", "package-2-removed"]


def edit_mine(session: Session, package_id: int, **changes: object) -> None:
    with writing(session):
        version = drafts.get_package(session, package_id).version
        values = package_values(**changes)  # type: ignore[arg-type]
        drafts.edit_package(session, package_id, values, version=version, author=ADMIN)


def keep(session: Session, package_id: int) -> None:
    with writing(session):
        version = drafts.get_package(session, package_id).version
        drafts.keep_package(session, package_id, version=version, author=BOB)


def shown(page: str) -> list[str]:
    """The keys of the changes on the page, in order."""
    return boxes(page, "change")


def form(page: str, **changes: object) -> dict[str, object]:
    """What the review sends as it was opened."""
    sent = {name: field(page, name) for name in ("token", "note")}
    return {**sent, "change": ticked(page), "acknowledge": [], **changes}


def form_of_all(page: str, **changes: object) -> dict[str, object]:
    """What it sends with everything ticked and agreed to."""
    return form(page, **{"change": shown(page), "acknowledge": acknowledgements(page), **changes})


def marked(page: str) -> list[str]:
    """The changes that are said to be new."""
    return values(page, 'tr:has([data-state="Unseen"])', "id")


def press(client: FlaskClient, fields: Mapping[str, object], htmx: bool = False) -> TestResponse:
    return post(client, REVIEW, fields, htmx=htmx, page=REVIEW)


@pytest.fixture
def scene(once: Once) -> list[int]:
    once(make_scene)
    return [1, 2, 3]


def make_scene(session: Session) -> None:
    """A, B, C are live in the US; A was edited by Ana, B removed and C moved by Bob."""
    ids = [
        *add(session, "A"),
        *add(session, "B", credits=200, price_minor=3899),
        *add(session, "C", credits=300, price_minor=5799),
    ]
    apply_all(session)
    edit_mine(session, ids[0], name="A", price_minor=2199)
    remove(session, ids[1])
    move(session, ids[2], 1)


@pytest.mark.usefixtures("scene")
def test_every_change_is_told_in_plain_words(signed_in: FlaskClient) -> None:
    page = signed_in.get(REVIEW).text
    assert sorted(shown(page)) == sorted(ALL)
    assert differences(page) == [
        ("Order", "was 3rd → now 1st"),
        ("Removed", "was 200 credits, $38.99 → –"),
        ("Price", "was $19.99 → now $21.99"),
    ]
    price = find(page, "#change-package-1-edited")
    assert text_of(price).endswith("+10.0% was $0.20 → $0.22 Discard")
    assert [by.split()[1] for by in texts(page, ".by")] == [BOB, "You"]
    assert all(re.search(r" today \d\d:\d\d$", by) for by in texts(page, ".by"))
    assert texts(page, ".group strong, .group .muted") == ["United States", "3 changes"]


@pytest.mark.usefixtures("scene")
def test_what_others_made_is_not_ticked_until_it_is_included(signed_in: FlaskClient) -> None:
    """Caught: a colleague's draft live by one press of somebody who had not seen whose it was."""
    page = signed_in.get(REVIEW).text
    assert ticked(page) == ["package-1-edited"]
    assert "2 of the changes are by" in text_of(find(page, ".colleague"))
    assert texts(page, "#apply .with-script") == ["Apply 1 change"]
    assert texts(page, ".strip strong") == ["1 of 3 selected"]


def test_settings_come_first_then_countries_by_name(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, "US one")
    add(session, "Eins", country="DE", currency="EUR")
    with writing(session):
        lotus = SettingsValues("Lotus", "TR", "Hi")
        drafts.edit_settings(session, lotus, version=1, author=ADMIN)
    page = signed_in.get(REVIEW).text
    titles = values(page, '[id^="changes-"]', "id")
    assert titles == ["changes-settings", "changes-DE", "changes-US"]
    assert ("Default Country", "was United States → now Türkiye") in differences(page)
    assert ("Intro Text (English)", "was (empty) → now Hi") in differences(page)


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("all", ALL),
        ("mine", ["package-1-edited"]),
        ("none", []),
        ("x", []),
    ],
)
@pytest.mark.usefixtures("scene")
def test_ticks_are_set_and_nothing_else_is_lost(
    signed_in: FlaskClient, session: Session, htmx: bool, which: str, expected: list[str]
) -> None:
    """Caught: links that opened the review anew, without the note and what was agreed to."""
    page = signed_in.get(REVIEW).text
    sent = form(page, note="x" * 501, change=["package-2-removed"], select=which)
    answer = post(signed_in, AGAIN, sent, htmx=htmx, page=REVIEW)
    assert (answer.status_code, releases(session)) == (200, 1)
    assert (sorted(ticked(answer.text)), len(shown(answer.text))) == (sorted(expected), 3)
    assert texts(answer.text, ".strip strong") == [f"{len(expected)} of 3 selected"]
    assert field(answer.text, "note") == "x" * 501
    included = [f"by-{BOB}"] if which == "all" else []
    assert ticked(answer.text, "acknowledge") == included


@pytest.mark.usefixtures("scene")
def test_without_scripts_whom_to_include_is_shown_before_it_is_applied(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: changes applied that were not ticked; a tick passed over in silence."""
    page = signed_in.get(REVIEW).text
    answer = press(signed_in, form(page, acknowledge=[f"by-{BOB}"]))
    assert (answer.status_code, releases(session)) == (422, 1)
    assert "your colleagues&#39; changes are selected now" in answer.text
    assert len(ticked(answer.text)) == 3
    again = form(answer.text, acknowledge=[f"by-{BOB}"])
    assert press(signed_in, again).status_code == 303
    assert pending(session) == []


@pytest.mark.usefixtures("scene")
def test_select_all_leaves_out_what_was_not_seen(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a colleague's newest change ticked by whoever had not seen it."""
    page = signed_in.get(REVIEW).text
    add(session, "Late")
    answer = post(signed_in, AGAIN, form(page, select="all"))
    assert "package-4-added" not in ticked(answer.text)
    assert marked(answer.text) == ["change-package-4-added"]
    assert "package-4-added" in ticked(post(signed_in, AGAIN, form(answer.text, select="all")).text)


def test_the_address_of_that_page_opens_the_review(signed_in: FlaskClient) -> None:
    """Caught: "does not work that way" after a reload, or after choosing other colours."""
    answer = signed_in.get(AGAIN)
    assert (answer.status_code, answer.location) == (303, REVIEW)


@pytest.mark.usefixtures("scene")
def test_enter_presses_apply_and_no_other_button(signed_in: FlaskClient) -> None:
    """Caught: Select all as the form's first button."""
    page = signed_in.get(REVIEW).text
    first = find_all(page, "#review-form button")[0]
    assert first.attributes == {"class": "vh", "tabindex": "-1", "aria-hidden": "true"}


@pytest.mark.usefixtures("scene")
def test_every_check_box_is_named_with_its_state(signed_in: FlaskClient, session: Session) -> None:
    """Caught: two boxes "A", one for the edit and one for the move."""
    edit_mine(session, 3, name="C", credits=310, price_minor=5799)
    page = signed_in.get(REVIEW).text
    names = values(page, 'input[type="checkbox"][id^="choose-"]', "aria-label")
    assert sorted(names) == ["A, Edited", "B, Removed", "C, Edited", "C, Moved"]


@pytest.mark.parametrize("query", ["only=x", "next=//x", "back=x", "x=%00"])
@pytest.mark.usefixtures("scene")
def test_garbage_in_the_address_is_harmless(signed_in: FlaskClient, query: str) -> None:
    assert signed_in.get(f"{REVIEW}?{query}").status_code == 200


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.usefixtures("scene")
def test_ticked_changes_go_live_with_their_note(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: chosen left out of apply_reviewed, so that all went live."""
    page = signed_in.get(REVIEW).text
    answer = press(signed_in, form(page, note="  Dearer  ", change=["package-1-edited"]), htmx)
    if htmx:
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, LIST)
    else:
        assert (answer.status_code, answer.location) == (303, LIST)
    assert "Release 2 is live. Buyers see it now." in signed_in.get(LIST).text
    session.rollback()
    release = session.get_one(Release, 2)
    assert (release.note, release.author, release.change_count) == ("Dearer", ADMIN, 1)
    assert sorted(pending(session)) == ["moved C", "removed B"]


@pytest.mark.usefixtures("scene")
def test_changes_of_others_need_a_tick(signed_in: FlaskClient, session: Session) -> None:
    """Caught: NeedsReview raised for warnings only."""
    page = signed_in.get(REVIEW).text
    assert acknowledgements(page) == [f"by-{BOB}"]
    before = buyers_pages(signed_in)
    answer = press(signed_in, form(page, change=ALL))
    assert answer.status_code == 422
    assert "<title>Error: Review" in answer.text
    assert "Not applied: include them, or clear them below." in answer.text
    assert find(answer.text, ".colleague[autofocus] [aria-invalid]").id == f"acknowledge-by-{BOB}"
    assert (releases(session), buyers_pages(signed_in)) == (1, before)
    again = form(answer.text, acknowledge=acknowledgements(answer.text))
    assert press(signed_in, again).status_code == 303
    assert pending(session) == []


@pytest.mark.usefixtures("scene")
def test_a_tick_for_one_author_is_none_for_another(
    signed_in: FlaskClient, session: Session
) -> None:
    page = signed_in.get(REVIEW).text
    typed = ["by-cleo@example.com", "by-", "x", "\0"]
    answer = press(signed_in, form(page, change=ALL, acknowledge=typed))
    assert (answer.status_code, releases(session)) == (422, 1)


def test_what_may_be_a_slip_has_a_tick_of_its_own(signed_in: FlaskClient, session: Session) -> None:
    """Caught: warnings shown but not asked for; ten times the price checked along with the rest."""
    ids = [*add(session, "A"), *add(session, "B", price_minor=2000)]
    apply_all(session)
    edit_mine(session, ids[0], name="A", price_minor=19990)
    edit_mine(session, ids[1], name="B", price_minor=2999)
    page = signed_in.get(REVIEW).text
    assert text_of(find(page, "#warnings-title")) == "Check 2 warnings before applying"
    said = [
        "A Price is ten times the live price: $19.99 → $199.90",
        "B Price goes up by 50.0%: $20.00 → $29.99",
    ]
    assert texts(page, ".warnings li") == said
    assert texts(page, "#change-package-1-edited + .warned .beside > span") == [
        said[0].removeprefix("A ")
    ]
    assert texts(page, ".warnings .tick") == ["I have checked the other warning"]
    assert texts(page, ".warned .tick") == ["Checked"]
    shared = {"warnings": values(page, "#checked", "value")}
    answer = press(signed_in, form(page, note="Meant so", **shared))
    assert (answer.status_code, releases(session)) == (422, 1)
    assert text_of(find(answer.text, "#warnings-title")) == "Not applied: check 2 warnings first"
    assert find(answer.text, ".warnings[autofocus]")
    assert field(answer.text, "note") == "Meant so"
    assert find(answer.text, "#checked[checked]")
    alone = boxes(answer.text, "acknowledge")
    assert press(signed_in, form(answer.text, **shared, acknowledge=alone)).status_code == 303


def test_warnings_of_what_is_not_ticked_do_not_ask(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a box to tick for the price of a colleague's change that stays pending."""
    add(session, "A")
    apply_all(session)
    edit(session, 1, price_minor=2999)
    add(session, "B", credits=900, price_minor=9000)
    page = signed_in.get(REVIEW).text
    assert "hidden" in find(page, ".warnings").attributes
    assert "hidden" in find(page, ".warnings li").attributes
    assert press(signed_in, form(page)).status_code == 303
    assert pending(session) == ["edited A"]


def test_the_tick_for_one_price_is_none_for_another(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a warning named by its rule and its package only."""
    (id,) = add(session, "A")
    apply_all(session)
    edit_mine(session, id, name="A", price_minor=2999)
    seen = acknowledgements(signed_in.get(REVIEW).text)
    edit_mine(session, id, name="A", price_minor=999)
    page = signed_in.get(REVIEW).text
    assert press(signed_in, form(page, acknowledge=seen)).status_code == 422


def test_an_error_blocks_whatever_is_ticked(signed_in: FlaskClient, session: Session) -> None:
    """Caught: errors asked for like warnings."""
    ids = add(session, "A", "A")
    page = signed_in.get(REVIEW).text
    assert "Correct 1 error before applying" in page
    answer = press(signed_in, form_of_all(page))
    assert (answer.status_code, releases(session)) == (409, 0)
    assert texts(answer.text, ".problems h2, .problems li") == [
        "Not applied: correct 1 error first",
        "Two packages named A in United States offer the same. Change or remove one. "
        "Edit the 1st, Edit the 2nd",
    ]
    for id, place in zip(ids, ("1st", "2nd"), strict=True):
        assert f'<a href="{LIST}{id}/edit?next={REVIEW}">Edit the {place}</a>' in answer.text


def test_a_part_that_is_valid_by_itself_can_go_live(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, "A", "A")
    page = signed_in.get(REVIEW).text
    assert press(signed_in, form(page, change=["package-1-added"])).status_code == 303
    assert pending(session) == ["added A"]


def test_a_part_that_is_wrong_by_itself_cannot(signed_in: FlaskClient, session: Session) -> None:
    """Caught: slips looked for in all drafts and not in what was picked."""
    (id,) = add(session, "A")
    apply_all(session)
    edit_mine(session, id, name="Old", price_minor=1899)
    add(session, "A")
    page = signed_in.get(REVIEW).text
    assert press(signed_in, form(page, change=["package-2-added"])).status_code == 409
    assert press(signed_in, form(page)).status_code == 303


def test_every_blocker_is_named_with_a_link(signed_in: FlaskClient, session: Session) -> None:
    ids = add(session, "One", "Two")
    with writing(session):
        session.execute(text("UPDATE credit_package SET currency = 'XXX'"))
    answer = press(signed_in, form(signed_in.get(REVIEW).text))
    assert answer.status_code == 409
    for id, name, place in zip(ids, ("One", "Two"), ("1st", "2nd"), strict=True):
        named = f"<bdi>{name}</bdi> (United States, 100 credits, {place})"
        link = f'<a href="{LIST}{id}/edit?next={REVIEW}">{named}</a>'
        assert f"{link}: Choose a currency from the list." in answer.text


@pytest.mark.parametrize(
    ("language", "named"),
    [
        ("en", ["A (Germany, 2,500 credits, 1st)", "A (Japan, 1 credit, 1st)"]),
        ("tr", ["A (Almanya, 2.500 kredi, 1.)", "A (Japonya, 1 kredi, 1.)"]),
    ],
)
def test_a_blocker_is_named_with_its_country_credits_and_place(
    signed_in: FlaskClient, session: Session, language: str, named: list[str]
) -> None:
    """Caught: two links "A" and no way to know which is which; 2500 for every reader."""
    add(session, "A", credits=1, country="JP")
    add(session, "A", credits=2500, country="DE")
    with writing(session):
        session.execute(text("UPDATE credit_package SET currency = 'XXX'"))
    page = signed_in.get(REVIEW, headers={"Accept-Language": language}).text
    found = texts(page, '.problems li:has(a[href*="/edit?next="])')
    assert [problem.partition(":")[0] for problem in found] == named


def test_packages_alike_in_all_but_their_place_are_told_apart(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: "Mend A (United States, 100 credits) or A (United States, 100 credits)"."""
    add(session, "A")
    add(session, "B", credits=200, price_minor=3899)
    add(session, "A")
    links = texts(signed_in.get(REVIEW).text, '.problems a[href*="/edit?next="]')
    assert links == ["Edit the 1st", "Edit the 3rd"]


def test_a_package_that_stays_as_its_removal_is_left_out_has_its_place(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: places of the drafts, where a removed package has none; the page broke."""
    add(session, "B", credits=200, price_minor=3899)
    (old,) = add(session, "A")
    apply_all(session)
    remove(session, old, author=ADMIN)
    (new,) = add(session, "A")
    page = signed_in.get(REVIEW).text
    answer = press(signed_in, form(page, change=[f"package-{new}-added"]))
    links = texts(answer.text, '.problems a[href*="/edit?next="]')
    assert (answer.status_code, len(links), len(set(links))) == (409, 2, 2)


@pytest.mark.parametrize("htmx", [True, False])
def test_stale_nothing_is_applied_and_the_news_are_marked(
    scene: list[int], signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: the form's token taken from the fresh review; news ticked without being seen."""
    page = signed_in.get(REVIEW).text
    add(session, "Late")
    edit(session, scene[0], price_minor=2299)
    before = buyers_pages(signed_in)
    changes = ["package-1-edited", "package-2-removed"]
    answer = press(signed_in, form_of_all(page, note="Mine", change=changes), htmx)
    assert answer.status_code == 409
    assert "Nothing applied: what is pending changed while you were looking." in answer.text
    assert "press Apply Changes" not in answer.text
    assert (releases(session), buyers_pages(signed_in)) == (1, before)
    assert ticked(answer.text) == ["package-2-removed"]
    assert sorted(marked(answer.text)) == ["change-package-1-edited", "change-package-4-added"]
    assert field(answer.text, "note") == "Mine"
    assert f"by-{BOB}" in ticked(answer.text, "acknowledge")
    again = form(answer.text, acknowledge=acknowledgements(page))
    assert press(signed_in, again).status_code == 303


def test_a_note_that_is_refused_hides_no_news(
    scene: list[int], signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the page with the bad note drawn afresh, all ticks kept: the next press published a
    price that its presser had never seen marked."""
    page = signed_in.get(REVIEW).text
    edit(session, scene[0], price_minor=2299)
    answer = press(signed_in, form_of_all(page, note="a\u200bb"))
    assert answer.status_code == 422
    assert "package-1-edited" not in ticked(answer.text)
    assert marked(answer.text) == ["change-package-1-edited"]
    assert field(answer.text, "note") == "a\u200bb"


def test_twenty_posts_at_once_make_one_release(
    app: Flask, engine: Engine, admin: str, session: Session
) -> None:
    """Caught: check_token left out of apply_reviewed."""
    add(session, "One")
    clients = [signed_in_client(app, engine, e) for e in (admin, make_admin(engine, BOB)) * 10]
    sent = form(clients[0].get(REVIEW).text, acknowledge=[f"by-{ADMIN}"])
    forms = [{**sent, "csrf_token": csrf_token(client, LIST)} for client in clients]
    start, answers = threading.Barrier(20), []

    def press_now(client: FlaskClient, fields: dict[str, object]) -> None:
        start.wait()
        answers.append(client.post(REVIEW, data=fields))

    pairs = zip(clients, forms, strict=True)
    threads = [threading.Thread(target=press_now, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(answer.status_code for answer in answers) == {303: 1, 409: 19}
    assert sum("applied release 1 " in answer.text for answer in answers) == 19
    assert releases(session) == 1


def test_without_the_token_nothing_is_applied(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    for token in ("", "x", "0-", "\0", "9" * 500, "1-x"):
        sent = {"token": token, "change": "package-1-added"}
        assert (token, press(signed_in, sent).status_code) == (token, 409)
    assert releases(session) == 0


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"change": []}, 422, "Nothing applied: select the changes"),
        ({"change": ["x", "package-99-edited"]}, 409, "Nothing applied: what is pending changed"),
        (
            {"change": ["package-1-added", "99-edited"]},
            409,
            "Nothing applied: what is pending changed",
        ),
        ({"note": "x" * 501}, 422, "It has 501 characters. Shorten it to 500."),
        ({"note": "a\u202eb"}, 422, "It holds an invisible character."),
        ({"note": ["a", "b"]}, 400, "more than once"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    signed_in: FlaskClient,
    session: Session,
    changes: dict[str, object],
    status: int,
    sentence: str,
) -> None:
    add(session, "One")
    page = signed_in.get(REVIEW).text
    answer = press(signed_in, form(page, **changes))
    assert (answer.status_code, releases(session)) == (status, 0)
    assert sentence in answer.text


def test_nothing_pending_is_told(signed_in: FlaskClient, session: Session) -> None:
    page = signed_in.get(REVIEW)
    assert page.status_code == 200
    assert "No pending changes" in page.text
    assert not find_all(page.text, "#apply")
    token = pending_changes(session).token
    session.rollback()
    assert press(signed_in, {"token": token}).status_code == 409


def test_a_broken_draft_does_not_break_the_page(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    with writing(session):
        session.execute(text("UPDATE credit_package SET currency = 'XXX', country = 'ZZ'"))
    page = signed_in.get(REVIEW)
    assert page.status_code == 200
    assert "Choose a country from the list." in page.text


def test_hundreds_of_changes_can_be_ticked(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the limit of fields that other forms have."""
    with writing(session):
        for n in range(1, 401):
            values = package_values(f"P{n}", credits=n, price_minor=n * 50)
            drafts.add_package(session, values, author=ADMIN)
    page = signed_in.get(REVIEW).text
    assert press(signed_in, form(page)).status_code == 303
    assert pending(session) == []


def test_signed_out_nothing_is_shown_or_applied(client: FlaskClient, session: Session) -> None:
    add(session, "One")
    assert client.get(REVIEW).status_code == 302
    assert client.post(REVIEW, data={"change": "package-1-added"}).status_code == 401
    assert client.post(REVIEW, headers=HTMX).status_code == 401
    assert releases(session) == 0


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.usefixtures("scene")
def test_the_bar_leads_to_the_review_when_there_is_something_to_see(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: the bar applying whatever is pending."""
    page = signed_in.get(LIST).text
    assert f'href="{REVIEW}">Review</a>' in page
    answer = post(signed_in, f"{LIST}apply", {"token": field(page, "token")}, htmx=htmx)
    assert answer.status_code == (200 if htmx else 303)
    assert (answer.headers.get("HX-Redirect") or answer.location) == f"{REVIEW}#check"
    assert releases(session) == 1
    assert find(signed_in.get(REVIEW).text, "#check.colleague[tabindex]")


def test_the_bar_applies_what_is_mine_and_plain(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    token = {"token": field(signed_in.get(LIST).text, "token")}
    answer = post(signed_in, f"{LIST}apply", token, htmx=True)
    assert "Release 1 is live." in partials(answer)["#status"]


@pytest.mark.usefixtures("scene")
def test_a_refusal_changes_no_draft(signed_in: FlaskClient, session: Session) -> None:
    before = everything(session)
    page = signed_in.get(REVIEW).text
    press(signed_in, form(page))
    press(signed_in, form(page, token="1-x"))
    assert everything(session) == before


def test_more_changes_ask_no_more_questions(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    assert_flat(app, session, signed_in, REVIEW)


def test_a_free_package_has_no_button(signed_in: FlaskClient, session: Session) -> None:
    """Caught: said of packages that become free, not of those that were when buttons come; and said
    where no card has a button."""
    edit_settings(session, author=ADMIN, buying="nowhere")
    add(session, "Gift", price_minor=0)
    assert "Free for buyers." in signed_in.get(REVIEW).text
    apply_all(session)
    add(session, "Paid", country="DE", currency="EUR")
    edit_settings(session, author=ADMIN, buying="here")
    page = signed_in.get(REVIEW).text
    said = "Gift is free, so its card gets no button to buy."
    assert texts(page, ".warnings li") == [f"Gift {said}"]
    assert values(page, ".warnings li a", "href") == ["#choose-settings-1-edited"]
    apply_all(session)
    edit(session, 2, price_minor=0)
    assert "so its card has no button" in signed_in.get(REVIEW).text


def test_how_packages_are_bought_is_one_line(signed_in: FlaskClient, session: Session) -> None:
    link = "https://shop.example/buy?package={id}"
    edit_settings(session, author=ADMIN, buying="link", buying_link=link)
    page = signed_in.get(REVIEW).text
    assert differences(page) == [("How packages are bought", f"was Here → now {link}")]


def test_a_market_stands_under_its_country(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a market among the settings, or in a country of its own without a name."""
    add(session, "Eins", country="DE", currency="EUR")
    notes = {"note_en": "Note\nTwo", "note_ar": "ملاحظة"}
    edit_market(session, "DE", author=ADMIN, tax="included", tax_basis_points=1900, **notes)
    edit_market(session, "JP", author=ADMIN, tax="when_used")
    page = signed_in.get(REVIEW).text
    assert shown(page) == ["market-1-edited", "package-1-added", "market-2-edited"]
    titles = values(page, '[id^="changes-"]', "id")
    assert titles == ["changes-DE", "changes-JP"]
    germany = find(page, "#change-market-1-edited").html or ""
    assert text_of(find(page, "#change-market-1-edited th")) == "Market of Germany"
    assert differences(page)[:3] == [
        ("Tax", "was Nothing is said → now Price includes 19% VAT"),
        ("Note (English)", "was (empty) → now Note Two"),
        ("Note (العربية)", "was (empty) → now ملاحظة"),
    ]
    assert values(germany, "a[aria-label='Edit Market of Germany']", "href") == [
        f"/settings/markets/DE?next={REVIEW}%23change-market-1-edited"
    ]
    names = values(page, 'input[type="checkbox"][id^="choose-market"]', "aria-label")
    assert names == ["Market of Germany, Edited", "Market of Japan, Edited"]


def test_a_market_goes_live_alone(signed_in: FlaskClient, session: Session) -> None:
    add(session, "Eins", country="DE", currency="EUR")
    edit_market(session, "DE", author=ADMIN, note_en="Note")
    page = signed_in.get(REVIEW).text
    assert press(signed_in, form(page, change=["market-1-edited"])).status_code == 303
    assert pending(session) == ["added Eins"]


def test_every_language_of_the_intro_is_named(signed_in: FlaskClient, session: Session) -> None:
    edit_settings(session, intro_tr="Selam", main_language="ar", time_zone="Asia/Tokyo")
    assert differences(signed_in.get(REVIEW).text) == [
        ("Intro Text (Türkçe)", "was (empty) → now Selam"),
        ("Main Language", "was English → now العربية"),
        ("Time Zone", "was UTC → now Asia/Tokyo"),
    ]


BROKEN = {
    "market": (
        "UPDATE market SET note_en = :bad",
        ("/settings/markets/DE", "Market of Germany"),
        "It holds an invisible character.",
    ),
    "settings": (
        "UPDATE storefront_settings SET intro_de = :bad",
        ("/settings/", "Settings"),
        "It holds an invisible character.",
    ),
    "language": (
        "UPDATE storefront_settings SET main_language = 'xx', intro_de = :bad",
        ("/settings/", "Settings"),
        "Choose a language from the list.",
    ),
    "zone": (
        "UPDATE storefront_settings SET time_zone = 'Mars/Olympus', intro_de = :bad",
        ("/settings/", "Settings"),
        "Choose a time zone from the list.",
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_broken_in_the_database_blocks_with_a_link(
    signed_in: FlaskClient, session: Session, broken: str
) -> None:
    """Caught: a page that breaks for a market's blocker, as no package has its key; an error 500
    for a main language that nobody knows."""
    statement, (address, name), sentence = BROKEN[broken]
    edit_market(session, "DE", author=ADMIN, note_en="Note")
    edit_settings(session, author=ADMIN, intro_de="Hallo")
    with writing(session):
        session.execute(text(statement), {"bad": "a\u202eb"})
    page = signed_in.get(REVIEW)
    assert page.status_code == 200
    answer = press(signed_in, form_of_all(page.text))
    assert (answer.status_code, releases(session)) == (409, 0)
    link = f'<a href="{address}?next={REVIEW}">{name}</a>'
    assert f"{link}: {sentence}" in answer.text
    for path in (LIST, address, f"{LIST}preview?country=DE", f"{LIST}discard"):
        assert (path, signed_in.get(path).status_code) == (path, 200)


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("htmx", [True, False])
def test_what_came_after_the_page_was_opened_stays_pending(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: 409 whatever others had added; the whole of what is pending applied."""
    page = signed_in.get(REVIEW).text
    add(session, "Late")
    edit_market(session, "US", note_en="Note")
    edit_market(session, "DE", note_en="Note")
    edit_settings(session, platform_name="Shop", author="eve@example.com")
    answer = press(signed_in, form_of_all(page), htmx)
    assert answer.status_code == (200 if htmx else 303)
    (message,) = texts(signed_in.get(LIST).text, "#status p")
    assert message.partition(" View the store")[0] == (
        "Release 2 is live. Buyers see it now. "
        f"1 new change by you stays pending. "
        f"2 new changes by {BOB} stay pending. "
        "1 new change by eve@example.com stays pending."
    )
    assert sorted(pending(session)) == [
        *("added Late", "edited market", "edited market", "edited settings")
    ]


@pytest.mark.usefixtures("scene")
def test_a_change_that_is_not_chosen_may_have_become_another(
    signed_in: FlaskClient, session: Session
) -> None:
    page = signed_in.get(REVIEW).text
    edit(session, 3, name="Cc")
    sent = form(page, change=["package-1-edited"])
    assert press(signed_in, sent).status_code == 303
    assert sorted(pending(session)) == ["edited Cc", "moved Cc", "removed B"]


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("change", ["edited", "discarded", "moved", "released", "kept"])
def test_a_seen_change_that_became_another_is_asked_about(
    signed_in: FlaskClient, session: Session, change: str
) -> None:
    """Caught: the values of now applied under the tick for those that were seen; a token of
    before the newest release."""
    page = signed_in.get(REVIEW).text
    match change:
        case "edited":
            edit(session, 1, price_minor=2299)
        case "discarded":
            edit(session, 1, price_minor=1999)
        case "moved":
            move(session, 3, 2)
        case "released":
            with writing(session):
                apply_acknowledged(session, author=BOB, chosen=["package-2-removed"])
        case "kept":
            keep(session, 2)
    now = releases(session)
    answer = press(signed_in, form_of_all(page))
    assert (answer.status_code, releases(session)) == (409, now)
    assert "Nothing was applied: " in answer.text or "Nothing applied: what is" in answer.text


@pytest.mark.usefixtures("scene")
def test_a_move_seen_is_applied_whatever_is_moved_elsewhere(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: an order of Germany asked about because of one in the US."""
    ids = add(session, "Eins", "Zwei", "Drei", country="DE", currency="EUR")
    apply_all(session)
    move(session, 3, 2, author=ADMIN)
    page = signed_in.get(REVIEW).text
    move(session, ids[2], 1)
    assert press(signed_in, form_of_all(page)).status_code == 303
    assert pending(session) == ["moved Drei"]


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("number", ["0", "1", "5", "99"])
def test_a_page_of_before_the_upgrade_is_shown_anew(
    signed_in: FlaskClient, session: Session, htmx: bool, number: str
) -> None:
    """Its token was a number and a digest, its changes had no type, and it said what was seen.

    Caught: an error 500 for such a token; its first digits read as a cursor; what nobody had seen
    ticked."""
    old = f"{number}-0123456789abcdef0123456789abcdef"
    sent = {"token": old, "seen": "1-edited:01234567", "change": ["1-edited"], "note": "Mine"}
    for address in (REVIEW, AGAIN):
        answer = post(signed_in, address, sent, htmx=htmx, page=REVIEW)
        assert answer.status_code == (409 if address == REVIEW else 200)
        assert (sorted(shown(answer.text)), ticked(answer.text)) == (sorted(ALL), [])
        assert len(marked(answer.text)) == 3
        assert field(answer.text, "note") == "Mine"
        assert releases(session) == 1
    again = form(answer.text, change=ALL, acknowledge=[f"by-{BOB}"])
    assert press(signed_in, again).status_code == 303

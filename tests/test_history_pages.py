"""The history: releases, what each changed, any two compared, restoring, what buyers saw."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert
from sqlalchemy.orm import Session

from domain.catalogue.models import DraftBatch, Release
from domain.catalogue.releases.history import PAGE_RELEASES
from domain.catalogue.settings.models import ReleasedSettings
from domain.catalogue.settings.rules import INITIAL_SETTINGS
from domain.database import writing
from tests.conftest import ADMIN, Once
from tests.counting import assert_flat
from tests.html import find, find_all, text_of, texts, values, without
from tests.page_helpers import (
    BOB,
    LIST,
    add,
    apply_all,
    buyers_pages,
    chosen,
    differences,
    edit,
    edit_settings,
    everything,
    field,
    moments,
    order,
    pending,
    post,
    releases,
    remove,
)

HISTORY = f"{LIST}history"
BATCHES = f"{HISTORY}/drafts"
LATER = "2024-05-04T09:30"
NO_CHANGE = {"revision_id": 0, "author": ADMIN, "note": ""}
PLAIN = {"item_id": 1, **INITIAL_SETTINGS._asdict()}


@pytest.fixture
def scene(once: Once) -> None:
    once(make_scene)


def make_scene(session: Session) -> None:
    """Release 1 sells A and B, release 2 sells Aa dearer and no B, with a note."""
    ids = add(session, "A", "B")
    apply_all(session)
    edit(session, ids[0], name="Aa", price_minor=2199)
    remove(session, ids[1])
    apply_all(session, BOB, "Spring <prices>")


def cards(page: str) -> str:
    return "".join(node.html or "" for node in find_all(page, "ul.cards"))


@pytest.mark.usefixtures("scene")
def test_every_release_says_who_when_why_and_how_much(signed_in: FlaskClient) -> None:
    page = signed_in.get(HISTORY).text
    assert values(page, ".release-number a", "aria-label") == ["Release 2", "Release 1"]
    assert len(moments(page)) == 3
    assert texts(page, ".release-who [title]") == [BOB, "Ana"]
    assert texts(page, ".release-note") == ["Spring <prices>", ""]
    assert texts(page, ".release-changes") == ["1 edited, 1 removed", "2 new"]
    assert texts(page, ".release .state") == ["Live"]
    assert texts(page, "#more-2 > *") == ["What buyers see"]
    assert texts(page, "#more-1 > *") == [
        *("What buyers saw", "Go back to release 1", "Restore as drafts")
    ]


@pytest.mark.usefixtures("scene")
def test_what_is_live_leads_to_its_store_and_back(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the country that comes first for the one that most was changed in."""
    add(session, "X", "Y", country="TR")
    add(session, "Z", country="AE")
    apply_all(session)
    page = signed_in.get(HISTORY).text
    assert texts(page, ".message strong") == ["Release 3 is live."]
    assert values(page, ".message a", "href") == ["/packages?country=TR"]
    assert texts(page, ".message :is(a, button)") == [
        *("View the store in Türkiye", "Go back to release 2")
    ]
    assert texts(page, "#pending h2") == []
    edit(session, 1, name="Pending")
    assert texts(signed_in.get(HISTORY).text, "#pending h2") == ["Pending changes"]


def test_without_releases_it_says_what_will_be_here(signed_in: FlaskClient) -> None:
    assert "No releases yet" in signed_in.get(HISTORY).text


def test_it_is_paged(signed_in: FlaskClient, session: Session) -> None:
    with writing(session):
        rows = [{"number": n, **NO_CHANGE} for n in range(1, PAGE_RELEASES + 2)]
        session.execute(insert(Release), rows)
    assert len(find_all(signed_in.get(HISTORY).text, ".release")) == PAGE_RELEASES
    last = signed_in.get(f"{HISTORY}?page=2").text
    assert values(last, ".release-number a", "aria-label") == ["Release 1"]
    assert not find_all(last, ".message")
    for page in ("3", "0", "-1", "x", "9" * 99, "²", "%00"):
        assert signed_in.get(f"{HISTORY}?page={page}").status_code == 200


@pytest.mark.usefixtures("scene")
def test_a_release_shows_what_it_changed(signed_in: FlaskClient) -> None:
    page = signed_in.get(f"{HISTORY}/2").text
    assert "from release 1 to release 2" in page
    assert differences(page)[:2] == [
        ("Name", "was A → now Aa"),
        ("Price", "was $19.99 → now $21.99"),
    ]
    (link,) = values(page, ".group a", "href")
    assert link == f"{HISTORY}/2/cards?country=US"
    assert texts(page, "blockquote") == ["Spring <prices>"]
    assert "from the beginning to release 1" in signed_in.get(f"{HISTORY}/1").text


@pytest.mark.usefixtures("scene")
def test_any_two_can_be_compared(signed_in: FlaskClient, session: Session) -> None:
    edit(session, 1, name="Aaa", price_minor=2199)
    apply_all(session)
    for address in ("3?with=1", "1?with=3"):
        page = signed_in.get(f"{HISTORY}/{address}").text
        assert "from release 1 to release 3" in page
        assert ("Name", "was A → now Aaa") in differences(page)
    assert "from the beginning to release 3" in signed_in.get(f"{HISTORY}/3?with=0").text
    assert "from release 2 to release 3" in signed_in.get(f"{HISTORY}/3?with=").text


@pytest.mark.usefixtures("scene")
def test_two_releases_are_chosen_from_lists(signed_in: FlaskClient) -> None:
    """Caught: an older release chosen second, and a page of nothing."""
    page = signed_in.get(f"{HISTORY}/2").text
    assert values(page, "#compare-old option", "value") == ["2", "1", "0"]
    assert values(page, "#compare-new option", "value") == ["2", "1"]
    for text, number in zip(texts(page, "#compare-new option"), (2, 1), strict=True):
        assert re.fullmatch(rf"Release {number} · today \d\d:\d\d", text)
    assert [chosen(page, name) for name in ("old", "new")] == ["1", "2"]
    for query in ("old=1&new=2", "old=2&new=1"):
        answer = signed_in.get(f"{HISTORY}/compare?{query}")
        assert (answer.status_code, answer.location) == (303, f"{HISTORY}/2?with=1")


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize(
    "address", ["2?with=3", "2?with=x", "compare?old=1", "compare?old=1&new=9"]
)
def test_a_number_that_is_no_release_is_asked_for_again(
    signed_in: FlaskClient, address: str
) -> None:
    """Caught: x passed over in silence."""
    answer = signed_in.get(f"{HISTORY}/{address}")
    assert (answer.status_code, "Choose two releases from the lists." in answer.text) == (422, True)


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("rest", ["", "/cards", "/restore"])
def test_an_unknown_release_is_not_found(signed_in: FlaskClient, rest: str) -> None:
    for number in ("0", "3", "x", str(2**31), str(2**63 - 1), str(2**64)):
        answer = signed_in.get(f"{HISTORY}/{number}{rest}")
        assert (number, answer.status_code) == (number, 404)


@pytest.mark.usefixtures("scene")
def test_restoring_shows_its_plan_then_makes_drafts(
    signed_in: FlaskClient, session: Session
) -> None:
    before = buyers_pages(signed_in)
    page = signed_in.get(f"{HISTORY}/1/restore").text
    assert "Restore release 1?" in page
    assert "Replaces all drafts, your colleagues' too." in page
    assert differences(page)[:2] == [
        ("Name", "was Aa → now A"),
        ("Price", "was $21.99 → now $19.99"),
    ]
    answer = post(signed_in, f"{HISTORY}/1/restore", {"token": field(page, "token")})
    assert answer.status_code == 303
    assert answer.location == f"{LIST}review"
    assert (releases(session), buyers_pages(signed_in)) == (2, before)
    assert order(session) == ["A", "B"]
    review = signed_in.get(answer.location).text
    assert "Drafts now match release 1." in review
    assert "/undo/" in review
    assert "Nothing to restore" in signed_in.get(f"{HISTORY}/1/restore").text


@pytest.mark.usefixtures("scene")
def test_a_restore_by_htmx_leads_to_the_review(signed_in: FlaskClient) -> None:
    token = field(signed_in.get(f"{HISTORY}/1/restore").text, "token")
    answer = post(signed_in, f"{HISTORY}/1/restore", {"token": token}, htmx=True)
    assert answer.headers["HX-Redirect"] == f"{LIST}review"


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("htmx", [True, False])
def test_a_stale_plan_restores_nothing(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: restore without its token."""
    token = field(signed_in.get(f"{HISTORY}/1/restore").text, "token")
    add(session, "Late")
    before = everything(session)
    answer = post(signed_in, f"{HISTORY}/1/restore", {"token": token}, htmx=htmx)
    assert (answer.status_code, everything(session)) == (409, before)
    assert "Nothing restored: the drafts changed" in answer.text
    assert field(answer.text, "token") != token
    for wrong in ("", "x", "\0", "1-"):
        answer = post(signed_in, f"{HISTORY}/1/restore", {"token": wrong})
        assert answer.status_code == 409
    assert everything(session) == before


@pytest.mark.usefixtures("scene")
def test_restoring_what_is_there_already_is_told(signed_in: FlaskClient, session: Session) -> None:
    page = signed_in.get(f"{HISTORY}/2/restore")
    assert "Nothing to restore" in page.text
    assert '<button class="primary"' not in page.text
    assert post(signed_in, f"{HISTORY}/9/restore", {"token": "x"}).status_code == 404
    assert pending(session) == []


@pytest.mark.usefixtures("scene")
def test_discards_and_restores_can_be_undone_later(
    signed_in: FlaskClient, session: Session
) -> None:
    token = field(signed_in.get(f"{HISTORY}/1/restore").text, "token")
    post(signed_in, f"{HISTORY}/1/restore", {"token": token})
    page = signed_in.get(BATCHES).text
    assert "You restored release 1 as drafts" in page
    (address,) = values(page, 'main form[action*="/undo/"]', "action")
    assert post(signed_in, address).status_code == 303
    assert pending(session) == []


@pytest.mark.usefixtures("scene")
def test_a_restore_that_did_not_note_its_release_is_listed_without(
    signed_in: FlaskClient, session: Session
) -> None:
    with writing(session):
        session.add(DraftBatch(action="restore", first_id=1, last_id=1, author=ADMIN))
    assert "You restored a release as drafts" in signed_in.get(BATCHES).text


@pytest.mark.usefixtures("scene")
def test_the_cards_are_those_buyers_saw(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the cards of the live release on every page."""
    now = buyers_pages(signed_in)["US"].decode()
    edit(session, 1, name="Later", price_minor=2199)
    apply_all(session)
    then = signed_in.get(f"{HISTORY}/2/cards?country=us").text
    assert texts(now, ".card .button") == ["Buy"]
    assert cards(then).split() == without(cards(now), ".button").split() != []
    assert "Later" not in then
    assert 'name="robots" content="noindex"' in then


@pytest.mark.usefixtures("scene")
def test_the_cards_of_another_country_can_be_chosen(signed_in: FlaskClient) -> None:
    assert "Germany: no packages yet" in signed_in.get(f"{HISTORY}/2/cards?country=DE").text
    for country in ("", "xx", "%00", "USA"):
        page = signed_in.get(f"{HISTORY}/2/cards?country={country}")
        assert (page.status_code, "Aa" in cards(page.text)) == (200, True)


def test_a_moment_leads_to_what_was_live(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the newest release whatever the moment."""
    begin = datetime(2024, 5, 1, 12, tzinfo=UTC)
    with writing(session):
        for n in (1, 2):
            live_from = begin + timedelta(days=n)
            session.execute(insert(Release).values(number=n, live_from=live_from, **NO_CHANGE))
            session.execute(insert(ReleasedSettings).values(release_number=n, **PLAIN))
    for moment, number in (("2024-05-02T12:00", 1), ("2024-05-03T11:59:59", 1), (LATER, 2)):
        answer = signed_in.get(f"{HISTORY}/at?moment={moment}")
        exactly = moment if len(moment) > len(LATER) else f"{moment}:00"
        address = f"{HISTORY}/{number}?moment={exactly}Z"
        assert (answer.status_code, unquote(answer.location)) == (303, address)
    said = texts(signed_in.get(address).text, ".notice > p")
    assert said == ["4 May 2024, 09:30: release 2 was live"]
    for wrong in (f"1?moment={LATER}", "2?moment=x", "2?moment=2999-01-01T00:00", "2?moment=%00"):
        page = signed_in.get(f"{HISTORY}/{wrong}")
        assert (page.status_code, " was live" in page.text) == (200, False)
    answer = signed_in.get(f"{HISTORY}/at?moment=2024-05-02T11:59:59")
    assert answer.status_code == 404
    assert "Nothing was live yet at that time." in answer.text
    assert 'value="2024-05-02T11:59:59"' in answer.text


def test_moments_are_read_and_told_by_the_readers_clock(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: 17:00 in Istanbul looked for at 17:00 UTC. On 31 March 2024 clocks in Berlin went
    from 02:00 to 03:00, on 27 October from 03:00 to 02:00."""
    with writing(session):
        live_from = datetime(2024, 3, 31, 0, 59, 7, tzinfo=UTC)
        session.execute(insert(Release).values(number=1, live_from=live_from, **NO_CHANGE))
        session.execute(insert(ReleasedSettings).values(release_number=1, **PLAIN))
    add(session, "Pro")
    apply_all(session)
    signed_in.set_cookie("zone", "Europe/Berlin")
    page = signed_in.get(HISTORY).text
    assert text_of(find(page, "#moment-hint")) == "Date and time in Europe/Berlin"
    assert re.fullmatch(r"today \d\d:\d\d", texts(page, ".release time")[0])
    for typed, told, title in (
        ("2024-03-31T01:59", None, None),
        ("2024-03-31T02:30", "31 Mar 2024, 03:30", "03:30:00, Europe/Berlin (UTC+2)"),
        ("2024-10-27T02:30", "27 Oct 2024, 02:30", "02:30:00, Europe/Berlin (UTC+2)"),
        ("2024-10-27T03:30", "27 Oct 2024, 03:30", "03:30:00, Europe/Berlin (UTC+1)"),
    ):
        answer = signed_in.get(f"{HISTORY}/at?moment={typed}")
        assert answer.status_code == (303 if told else 404)
        if told:
            page = signed_in.get(answer.location).text
            assert texts(page, ".notice time") == [told]
            assert values(page, ".notice time", "title")[0].endswith(str(title))


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("zone", ["", "Europe/Atlantis", "../../etc/passwd", "a" * 3000])
def test_without_a_zone_of_the_reader_the_platforms_is_used(
    signed_in: FlaskClient, session: Session, zone: str
) -> None:
    edit_settings(session, time_zone="America/New_York")
    signed_in.set_cookie("zone", zone)
    assert "Date and time in UTC<" in signed_in.get(HISTORY).text
    apply_all(session)
    page = signed_in.get(HISTORY).text
    assert "Date and time in America/New York<" in page
    assert re.search(r", America/New York \(UTC−[45]\)$", values(page, ".release time", "title")[0])


@pytest.mark.usefixtures("scene")
def test_a_moment_to_come_is_refused(signed_in: FlaskClient) -> None:
    """Caught: what is live now told as what will be live."""
    answer = signed_in.get(f"{HISTORY}/at?moment=2999-01-01T00:00")
    assert answer.status_code == 422
    assert "That lies in the future. Release 2 is live now." in answer.text
    assert field(answer.text, "moment") == "2999-01-01T00:00"


def test_a_moment_to_come_is_refused_before_the_first_release(signed_in: FlaskClient) -> None:
    answer = signed_in.get(f"{HISTORY}/at?moment=2999-01-01T00:00")
    assert (answer.status_code, "Nothing is live yet." in answer.text) == (422, True)


@pytest.mark.usefixtures("scene")
def test_what_is_live_is_seen_and_what_was_live_was_seen(signed_in: FlaskClient) -> None:
    for number, word, title in ((2, "see", "live since"), (1, "saw", "live from")):
        assert f">What buyers {word}</a>" in signed_in.get(f"{HISTORY}/{number}").text
        cards_page = signed_in.get(f"{HISTORY}/{number}/cards").text
        assert f"What buyers {word} in release {number}, {title}" in cards_page


@pytest.mark.usefixtures("scene")
def test_restore_is_not_offered_for_what_is_live(signed_in: FlaskClient, session: Session) -> None:
    def offers_restore(number: int) -> bool:
        return ">Restore</a>" in signed_in.get(f"{HISTORY}/{number}").text

    edit(session, 1, name="Pending")
    assert [offers_restore(n) for n in (1, 2)] == [True, False]


@pytest.mark.parametrize(
    "moment", ["", "x", "2026-13-01T00:00", "2026-11-23T17:00+25:00", "0000-00-00T00:00", "%00"]
)
def test_what_is_no_moment_is_refused(signed_in: FlaskClient, moment: str) -> None:
    answer = signed_in.get(f"{HISTORY}/at?moment={moment}")
    assert answer.status_code == 422
    assert "Choose a date and a time" in answer.text


@pytest.mark.usefixtures("scene")
def test_signed_out_nothing_is_shown(client: FlaskClient, session: Session) -> None:
    before = everything(session)
    for rest in ("", "/drafts", "/2", "/2/cards", "/2/restore", "/at?moment=2026-11-23T17:00"):
        assert client.get(f"{HISTORY}{rest}").status_code == 302
    assert client.post(f"{HISTORY}/1/restore").status_code == 401
    assert everything(session) == before


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("rest", ["", "/drafts", "/2", "/1/restore", "/2/cards"])
def test_more_packages_ask_no_more_questions(
    app: Flask, signed_in: FlaskClient, session: Session, rest: str
) -> None:
    assert_flat(app, session, signed_in, f"{HISTORY}{rest}")

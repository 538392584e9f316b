"""Sites that may show your packages: a list that works at once, beside all drafts."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.embedding.sites import MOST_SITES, list_sites
from tests.conftest import ADMIN
from tests.html import find, text_of, texts, values
from tests.page_helpers import add, apply_all, everything, field, main_part, partials, pending, post

SITES = "/settings/sites"
SITE = "https://www.example.com"


def origins(session: Session) -> list[str]:
    session.rollback()
    return [site.origin for site in list_sites(session)]


def site_id(session: Session) -> int:
    session.rollback()
    return list_sites(session)[0].id


def add_site(client: FlaskClient, origin: str = SITE) -> None:
    assert post(client, SITES, {"origin": origin}).status_code == 303


def test_settings_lead_to_the_page(signed_in: FlaskClient) -> None:
    page = signed_in.get("/settings/").text
    assert texts(page, f"a.door[href='{SITES}'] .door-title") == ["Allowed websites"]
    page = signed_in.get(SITES).text
    assert "<title>Allowed websites · Scrip</title>" in page
    assert texts(page, "a[href='/settings/'][aria-current=true]") == ["Settings"]


def test_the_page_says_that_it_works_at_once(signed_in: FlaskClient) -> None:
    page = signed_in.get(SITES).text
    assert "Changes here work at once, without Apply Changes." in page
    assert "No website may show your packages in a frame. Add the first one above." in page


def test_a_plain_form_adds_and_leads_back(signed_in: FlaskClient, session: Session) -> None:
    answer = post(signed_in, SITES, {"origin": " HTTPS://WWW.example.com:443/ "})
    assert (answer.status_code, answer.location) == (303, SITES)
    page = signed_in.get(SITES).text
    assert f"{SITE} may show your packages now." in page
    assert f"<strong>{SITE}</strong>" in page
    assert f'<span dir="auto" title="{ADMIN}">you</span>' in page
    assert origins(session) == [SITE]


def test_htmx_gets_the_list_and_a_message(signed_in: FlaskClient, session: Session) -> None:
    answer = post(signed_in, SITES, {"origin": SITE}, htmx=True, page=SITES)
    assert answer.status_code == 200
    assert main_part(answer).startswith('<section id="sites"')
    assert SITE in main_part(answer)
    assert field(main_part(answer), "origin") == ""
    assert partials(answer)["#status"] == (
        f'<p data-focus="site-origin">{SITE} may show your packages now.</p>'
    )
    assert origins(session) == [SITE]


def test_a_site_that_is_there_stays_there(signed_in: FlaskClient, session: Session) -> None:
    add_site(signed_in)
    answer = post(signed_in, SITES, {"origin": f"{SITE}/"}, htmx=True)
    assert "is on the list already." in partials(answer)["#status"]
    assert origins(session) == [SITE]


@pytest.mark.parametrize("htmx", [True, False])
def test_what_names_no_site_is_told_and_kept(
    signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    for typed, message in (
        ("", "Enter a website's address"),
        ("www.example.com", "Start it with https://"),
        ("https://*.example.com", "Add each website by its own name"),
        ("http://example.com", "Use https://"),
        ("https://example.com/x?<b>", "Type the address only"),
        ("https://a;b", "This is no website's name"),
        ("https://a\0b", "This is no website's name"),
    ):
        answer = post(signed_in, SITES, {"origin": typed}, htmx=htmx)
        assert (typed, answer.status_code) == (typed, 422)
        assert text_of(find(answer.text, "#site-origin-error")).startswith(message)
        # Whoever reads HTML reads NUL as this.
        assert values(answer.text, "[name=origin]", "value") == [typed.replace("\0", "\ufffd")]
        assert ("<title>Error: Allowed websites" in answer.text) is not htmx
    assert origins(session) == []


def test_a_full_list_says_so(signed_in: FlaskClient, session: Session) -> None:
    for number in range(MOST_SITES):
        add_site(signed_in, f"https://{number}.example")
    answer = post(signed_in, SITES, {"origin": SITE}, htmx=True)
    assert answer.status_code == 422
    assert "Not added: the list is full with 50 websites. Remove one first." in answer.text
    assert field(answer.text, "origin") == SITE
    assert SITE not in origins(session)


def test_a_site_is_removed(signed_in: FlaskClient, session: Session) -> None:
    add_site(signed_in)
    add_site(signed_in, "https://b.example")
    answer = post(signed_in, f"{SITES}/{site_id(session)}/remove")
    assert (answer.status_code, answer.location) == (303, SITES)
    assert "https://b.example may not show your packages any more." in signed_in.get(SITES).text
    answer = post(signed_in, f"{SITES}/{site_id(session)}/remove", htmx=True)
    assert f"{SITE} may not show your packages any more." in partials(answer)["#status"]
    assert "No website may show your packages" in main_part(answer)
    assert origins(session) == []


def test_what_a_colleague_removed_is_not_found(signed_in: FlaskClient) -> None:
    for htmx in (True, False):
        answer = post(signed_in, f"{SITES}/7/remove", htmx=htmx)
        assert answer.status_code == 404
        assert "This website is no longer on the list. Reload the page" in answer.text


def test_no_draft_changes_and_nothing_is_pending(signed_in: FlaskClient, session: Session) -> None:
    add(session, "One")
    apply_all(session)
    before = everything(session)
    add_site(signed_in)
    assert pending(session) == []
    assert everything(session) == before


def test_signed_out_nothing_is_saved(client: FlaskClient, session: Session) -> None:
    assert client.get(SITES).status_code == 302
    assert client.post(SITES, data={"origin": SITE}).status_code == 401
    assert client.post(f"{SITES}/1/remove").status_code == 401
    assert origins(session) == []


def test_it_rejects_other_methods(signed_in: FlaskClient) -> None:
    assert signed_in.get(f"{SITES}/1/remove").status_code == 405
    for path in (SITES, f"{SITES}/1/remove"):
        assert signed_in.put(path).status_code == 405


def test_the_snippets_are_as_they_are_written_in_html(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, "One")
    apply_all(session)
    page = signed_in.get(SITES).text
    for snippet in (
        '&lt;iframe src="http://localhost/embed/packages?country=US&amp;amp;lang=en"',
        '&lt;script src="http://localhost/embed.js" async&gt;&lt;/script&gt;',
        '&lt;scrip-packages country="US" lang="en" cards="4"&gt;',
        '&lt;a href="http://localhost/packages?country=US&amp;amp;lang=en"&gt;',
    ):
        assert snippet in page


def test_the_snippets_are_for_the_readers_country_where_it_has_packages(
    signed_in: FlaskClient, session: Session
) -> None:
    add(session, "Eins", country="DE")
    apply_all(session)
    for header, country in (("de-DE", "DE"), ("en-GB", "US")):
        page = signed_in.get(SITES, headers={"Accept-Language": header}).text
        assert f'&lt;scrip-packages country="{country}"' in page
    assert values(page, "[data-copy]", "data-copy") == ["frame", "element"]

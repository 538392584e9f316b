"""The list of sites in the database."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from domain.connections import connect
from domain.database import lock, writing
from domain.embedding.errors import SiteNotFound, TooManySites
from domain.embedding.models import EmbeddingSite
from domain.embedding.sites import MOST_SITES, add_site, list_sites, remove_site
from domain.origins import UnfitOrigin
from tests.conftest import ADMIN, only_postgres


def add(session: Session, *texts: str) -> list[tuple[str, bool]]:
    with writing(session):
        added = [add_site(session, text, author=ADMIN) for text in texts]
        return [(site.origin, is_new) for site, is_new in added]


def origins(session: Session) -> list[str]:
    session.rollback()
    return [site.origin for site in list_sites(session)]


def test_it_begins_empty(session: Session) -> None:
    assert origins(session) == []


def test_sites_are_kept_in_their_normal_form_with_their_author(session: Session) -> None:
    add(session, "https://B.example/", "https://a.example:443")
    assert origins(session) == ["https://a.example", "https://b.example"]
    site = list_sites(session)[0]
    assert site.author == ADMIN
    assert site.created_at.tzinfo


def test_a_site_is_on_the_list_once(session: Session) -> None:
    assert add(session, "https://a.example", "HTTPS://A.example:443/") == [
        ("https://a.example", True),
        ("https://a.example", False),
    ]
    assert origins(session) == ["https://a.example"]


def test_what_names_no_site_is_not_added(session: Session) -> None:
    with pytest.raises(UnfitOrigin):
        add(session, "https://*.example")
    assert origins(session) == []


def test_the_list_has_an_end(session: Session) -> None:
    """Caught: the count taken after the site was added, so one too few."""
    add(session, *(f"https://{n}.example" for n in range(MOST_SITES)))
    with pytest.raises(TooManySites, match="the list is full with 50 websites"):
        add(session, "https://more.example")
    assert add(session, "https://0.example") == [("https://0.example", False)]
    assert len(origins(session)) == MOST_SITES


def test_a_site_is_removed(session: Session) -> None:
    add(session, "https://a.example", "https://b.example")
    first = list_sites(session)[0].id
    with writing(session):
        assert remove_site(session, first) == "https://a.example"
    with pytest.raises(SiteNotFound), writing(session):
        remove_site(session, first)
    assert origins(session) == ["https://b.example"]


def test_no_writer_adds_past_another(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caught: add_site without its lock; two could both find one place free."""
    monkeypatch.setattr("domain.connections.LOCK_TIMEOUT_SECONDS", 0.05)
    impatient = connect(database)
    with (
        Session(impatient) as session,
        Session(impatient) as other,
        writing(other),
        pytest.raises(DBAPIError, match="lock"),
    ):
        lock(other, "embedding")
        add(session, "https://a.example")
    impatient.dispose()


@pytest.mark.parametrize(
    "origin", ["https://A.example", "https://a.example; script-src *", "https:/", "https://a,b"]
)
def test_the_database_refuses_what_the_domain_would(session: Session, origin: str) -> None:
    """Caught: each CHECK left out."""
    with pytest.raises(IntegrityError), writing(session):
        session.add(EmbeddingSite(origin=origin, author=ADMIN))


@only_postgres
def test_an_origin_too_long_for_the_column_is_refused(session: Session) -> None:
    with pytest.raises(DBAPIError), writing(session):
        insert = "INSERT INTO embedding_site (origin, author, created_at) VALUES (:o, 'a', now())"
        session.execute(text(insert), {"o": "https://" + "a" * 260})

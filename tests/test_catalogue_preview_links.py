"""Preview links: only the digest is kept, and what has ended shows nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import Engine, event, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.catalogue.errors import LinkNotFound, TooManyLinks
from domain.catalogue.models import PreviewLink
from domain.catalogue.preview import preview_links
from domain.catalogue.preview.preview_links import LIFETIMES_DAYS, MOST_LINKS, find_link, list_links
from domain.database import writing
from tests.conftest import ADMIN
from tests.page_helpers import BOB


def make(session: Session, days: int = 7, author: str = ADMIN) -> str:
    with writing(session):
        return preview_links.make_link(session, days, author=author)


def revoke(session: Session, link_id: int) -> None:
    with writing(session):
        preview_links.revoke_link(session, link_id)


def let_pass(session: Session, time: timedelta) -> None:
    """As if every link had been made that much earlier."""
    with writing(session):
        for link in session.scalars(select(PreviewLink)):
            link.created_at -= time
            link.expires_at -= time


@contextmanager
def no_statements(engine: Engine) -> Iterator[None]:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield
    event.remove(engine, "before_cursor_execute", note)
    assert seen == []


@pytest.mark.parametrize("days", LIFETIMES_DAYS)
def test_a_link_says_who_when_and_until_when(session: Session, days: int) -> None:
    token = make(session, days, author=BOB)
    link = find_link(session, token)
    assert (link.author, link.expires_at - link.created_at) == (BOB, timedelta(days=days))
    assert list_links(session) == [link]


def test_the_token_is_kept_nowhere(session: Session) -> None:
    """Caught: the token itself in token_hash."""
    token = make(session)
    (row,) = session.execute(select(*PreviewLink.__table__.columns)).all()
    assert row.token_hash == sha256(token.encode()).hexdigest()
    assert not any(token in str(value) for value in row)


def test_tokens_have_256_bits_and_differ(session: Session) -> None:
    tokens = {make(session) for _ in range(5)}
    assert len(tokens) == 5
    assert all(preview_links.TOKEN.fullmatch(token) for token in tokens)
    assert preview_links.TOKEN_BYTES * 8 == 256


@pytest.mark.parametrize("days", [0, -1, 2, 365, 10**9])
def test_no_other_lifetime(session: Session, days: int) -> None:
    with pytest.raises(ValueError, match="A link works for"):
        make(session, days)
    assert list_links(session) == []


def test_an_expired_link_is_not_found(session: Session) -> None:
    """Caught: expires_at left out of _works()."""
    token, longer = make(session, 1), make(session, 7)
    let_pass(session, timedelta(hours=23, minutes=59))
    find_link(session, token)
    let_pass(session, timedelta(minutes=1))
    with pytest.raises(LinkNotFound):
        find_link(session, token)
    assert list_links(session) == [find_link(session, longer)]


def test_a_revoked_link_is_not_found(session: Session) -> None:
    """Caught: revoked_at left out of _works()."""
    token, other = make(session), make(session)
    revoke(session, find_link(session, token).id)
    with pytest.raises(LinkNotFound):
        find_link(session, token)
    assert list_links(session) == [find_link(session, other)]


def test_revoking_again_changes_nothing(session: Session) -> None:
    make(session)
    (link,) = list_links(session)
    revoke(session, link.id)
    first = link.revoked_at
    assert first
    revoke(session, link.id)
    assert link.revoked_at == first


@pytest.mark.parametrize("link_id", [2, 2**62])
def test_an_unknown_link_cannot_be_revoked(session: Session, link_id: int) -> None:
    make(session)
    with pytest.raises(LinkNotFound):
        revoke(session, link_id)
    assert len(list_links(session)) == 1


def test_an_unknown_token_is_not_found(session: Session) -> None:
    token = make(session)
    for wrong in (f"{'A' * 43}", token[:-1] + ("A" if token[-1] != "A" else "B"), token.swapcase()):
        with pytest.raises(LinkNotFound):
            find_link(session, wrong)


def test_junk_never_reaches_the_database(session: Session, engine: Engine) -> None:
    """Caught: no look at the token's shape."""
    token = make(session)
    with no_statements(engine):
        for junk in ("", token[:-1], f"{token}x", f"{token}\n", "A" * 10**6, "é" * 43, "\0" * 43):
            with pytest.raises(LinkNotFound):
                find_link(session, junk)


def test_newest_first(session: Session) -> None:
    tokens = [make(session) for _ in range(3)]
    assert list_links(session) == [find_link(session, token) for token in reversed(tokens)]


def test_at_most_fifty_work_at_once(session: Session) -> None:
    """Caught: no limit; and all links counted, those that ended too."""
    for _ in range(MOST_LINKS):
        make(session, 1)
    with pytest.raises(TooManyLinks, match="50 work already"):
        make(session)
    assert len(list_links(session)) == MOST_LINKS == 50
    revoke(session, 1)
    make(session)
    with pytest.raises(TooManyLinks):
        make(session)
    let_pass(session, timedelta(days=1))
    make(session)


@pytest.mark.parametrize(
    "wrong",
    [
        {"token_hash": "x"},
        {"author": ""},
        {"expires_at": PreviewLink.created_at},
    ],
)
def test_the_database_refuses_nonsense(session: Session, wrong: dict[str, object]) -> None:
    make(session)
    with pytest.raises(IntegrityError), writing(session):
        session.execute(update(PreviewLink).values(wrong))

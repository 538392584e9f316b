"""Who may sign in, and what an email may be."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from babel.support import Translations
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from blueprints.locale import TRANSLATIONS
from domain.accounts.admins import (
    find_admin,
    has_admin,
    list_names,
    normal_email,
    save_admin,
)
from domain.accounts.errors import UnfitEmail, UnfitName
from domain.accounts.models import Admin, SignInSession
from domain.accounts.names import clean_display_name, name_from
from domain.accounts.own_account import OwnAccount, change_account
from domain.accounts.sessions import find_session, open_session
from domain.catalogue.review.review import UNKNOWN_AUTHOR
from domain.database import writing
from domain.languages import ADMINS_LANGUAGES

ANA, BOB = "ana@example.com", "bob@example.com"
NO_EMAILS = [
    *("", "ana", "@", "ana@", "@example.com", "a@b@c", "a b@c.de", "a\0@b.de", "a@b.de\r\nBcc: x"),
    *("a\ud800@b.de", "a\u200b@b.de", f"{'a' * 250}@b.de", "a@b.de" * 20_000),
    *("ana@example..com", ".ana@example.com", "ana@-x.com", "ana@[127.0.0.1]", "ana(x)@b.de"),
    *("<script>@b.de", "ana@b.de.", '"a"@b.de', "a..b@b.de", f"{'a' * 65}@b.de"),
]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ana@example.com", "ana@example.com"),
        ("  Ana@Example.COM\n", "ana@example.com"),
        ("Jose\u0301@exämple.de", "josé@exämple.de"),
        ("ana+scrip@例え.jp", "ana+scrip@例え.jp"),
    ],
)
def test_one_spelling_is_kept(typed: str, kept: str) -> None:
    assert normal_email(typed) == kept == normal_email(kept)


@pytest.mark.parametrize("typed", NO_EMAILS)
def test_what_is_no_email_is_refused(typed: str) -> None:
    with pytest.raises(UnfitEmail):
        normal_email(typed)


def test_a_new_admin_is_saved_once(session: Session) -> None:
    assert not has_admin(session)
    with writing(session):
        assert save_admin(session, ANA, "hash 1")
    with writing(session):
        assert not save_admin(session, ANA, "hash 2")
    assert has_admin(session)
    assert session.scalars(select(Admin.password_hash)).all() == ["hash 2"]


def test_a_new_password_ends_the_sessions_of_this_admin_only(session: Session) -> None:
    """Seeded bug: keeping the sessions; whoever stole one stays in after the password changed."""
    tokens = {}
    with writing(session):
        for email in (ANA, BOB):
            save_admin(session, email, "hash")
            admin = find_admin(session, email)
            assert admin
            tokens[email] = open_session(session, admin).token
    with writing(session):
        save_admin(session, ANA, "another hash")
    assert find_session(session, tokens[ANA]) is None
    assert find_session(session, tokens[BOB])
    assert session.scalar(select(func.count(SignInSession.id))) == 1


@pytest.mark.parametrize("email", ["Ana@example.com", "a", "a" * 255])
def test_the_database_refuses_emails_of_another_spelling(engine: Engine, email: str) -> None:
    refused = pytest.raises((IntegrityError, DataError))
    with Session(engine) as session, refused, writing(session):
        session.add(Admin(email=email, display_name="Ana", password_hash="hash"))


def test_an_admin_is_called_by_the_email_until_renamed(session: Session) -> None:
    with writing(session):
        save_admin(session, "deniz.kaya@example.com", "hash")
        save_admin(session, ANA, "hash", "  Ana   Pereira ")
        save_admin(session, ANA, "another hash")
    assert list_names(session) == {"deniz.kaya@example.com": "Deniz Kaya", ANA: "Ana Pereira"}
    deniz = find_admin(session, "deniz.kaya@example.com")
    assert deniz
    with writing(session):
        change_account(session, deniz.id, OwnAccount("ana pereira", None, None))
    assert list_names(session) == {
        "deniz.kaya@example.com": "ana pereira (deniz.kaya@example.com)",
        ANA: f"Ana Pereira ({ANA})",
    }


def test_what_an_email_calls_its_admin() -> None:
    called = {
        "admin@example.com": "Admin",
        "josé_maria-diaz+scrip@example.com": "José Maria Diaz",
        "mcDonald@example.com": "McDonald",
        "+@example.com": "+@example.com",
        "you@example.com": "you@example.com",
        f"{'a' * 79}.b@example.com": "A" + "a" * 78,
    }
    assert {email: name_from(email) for email in called} == called


def test_names_that_are_refused() -> None:
    """Caught: a name of nothing but spaces; one that turns the text after it around."""
    for name in ("", " \t\n", "-", "Ana\0", "Ana\u202ecod", "a\ud800", "a" * 81, "a" * 20_000):
        with pytest.raises(UnfitName):
            clean_display_name(name)
    for name in ("Ö", "علی‌رضا", "李", "O'Brien 2", "Ana ❤️", "Yousef", "Siza"):
        assert clean_display_name(name) == name


def test_a_name_is_not_that_of_another() -> None:
    """Caught: "You" in a colleague's review, "Admin (admin@example.com)" for Mallory."""
    emails = ("admin@example.com", "Admin (admin@example.com)", "admin\uff20example.com")
    words = ("You", "YOU", "\uff39\uff4f\uff55", "Siz", "S\u0130Z", "An unknown author")
    unseen = ("Ana\u034f", "Ana\ufe0f", "\u3164Ana", "Ana\uffa0", "A\u200dna", "Ana\u2800")
    for name in (*emails, *words, *unseen):
        with pytest.raises(UnfitName):
            clean_display_name(name)


def test_no_word_for_the_reader_or_for_nobody_is_a_name() -> None:
    """Caught: a language that admins read added, and its words forgotten."""
    for language in ADMINS_LANGUAGES:
        texts = Translations.load(TRANSLATIONS, [language])
        for word in ("You", "you", UNKNOWN_AUTHOR):
            with pytest.raises(UnfitName, match="Scrip uses"):
                clean_display_name(texts.gettext(word))


def test_names_that_look_the_same_are_shown_with_the_emails(session: Session) -> None:
    """Caught: "ＡＮＡ" beside "Ana"; "علیرضا" with and without a joiner; DENİZ and Deniz."""
    same = [("Ana", "\uff21\uff2e\uff21"), ("❤️ 1", "❤ 1"), ("علی‌رضا", "علیرضا"), ("Deniz", "DENİZ")]
    for n, (one, other) in enumerate(same):
        emails = [f"a{n}@example.com", f"b{n}@example.com"]
        with writing(session):
            save_admin(session, emails[0], "hash", one)
            save_admin(session, emails[1], "hash", other)
        names = list_names(session)
        assert [names[email] for email in emails] == [
            f"{one} ({emails[0]})",
            f"{other} ({emails[1]})",
        ]


@pytest.mark.parametrize("name", ["", " Ana", "a" * 81])
def test_the_database_refuses_other_names(engine: Engine, name: str) -> None:
    refused = pytest.raises((IntegrityError, DataError))
    with Session(engine) as session, refused, writing(session):
        session.add(Admin(email=ANA, display_name=name, password_hash="hash"))


def test_the_same_new_admin_can_be_saved_by_many_at_once(engine: Engine) -> None:
    """Seeded bug: no lock on PostgreSQL; all but one failed with an IntegrityError."""
    start = threading.Barrier(6)

    def save(n: int) -> bool:
        start.wait()
        with Session(engine) as session, writing(session):
            return save_admin(session, ANA, f"hash {n}")

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(save, range(6))) == [False] * 5 + [True]

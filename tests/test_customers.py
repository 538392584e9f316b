"""Customers: added by hand, by mail, by a platform; found by name and email."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.customers import sessions
from domain.customers.claims import Claims
from domain.customers.customers import (
    add_by_hand,
    add_by_mail,
    change_contact,
    customers_with_email,
    enter_from_platform,
    get_customer,
)
from domain.customers.errors import CustomerNotFound, EmailTaken, StaleContact
from domain.customers.models import CustomerSession
from domain.database import writing
from domain.platforms.models import Platform
from tests.clock import Clock

AYSE = {"email": "Ayse.Yildirim@posta.example", "name": "Ayşe  Yıldırım", "language": "tr"}


def add_platform(session: Session) -> int:
    platform = Platform(name="Lotus app")
    session.add(platform)
    session.flush()
    return platform.id


def test_who_is_added_by_hand_is_invited_until_they_sign_in(session: Session) -> None:
    with writing(session):
        ayse = add_by_hand(session, **AYSE)
    person = get_customer(session, ayse)
    assert (person.name, person.email) == ("Ayşe Yıldırım", "ayse.yildirim@posta.example")
    assert person.is_invited
    assert person.email_verified_at is None
    with writing(session):
        sessions.open_session(session, ayse)
    assert not get_customer(session, ayse).is_invited


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a@münchen.example", "a@xn--mnchen-3ya.example"),
        ("Ayse@posta.example", " ayse@POSTA.example "),
    ],
)
def test_two_added_by_hand_never_share_an_email(session: Session, first: str, second: str) -> None:
    """Caught: emails compared as typed, not by their key."""
    with writing(session):
        ayse = add_by_hand(session, email=first, name="", language="tr")
    with pytest.raises(EmailTaken) as refused, writing(session):
        add_by_hand(session, email=second, name="", language="en")
    assert refused.value.customer_id == ayse


def test_an_address_opens_who_has_it_verified_and_who_is_ours(session: Session) -> None:
    """Caught: a platform's unverified claim let the owner of the mailbox in."""
    email = "ayse@posta.example"
    with writing(session):
        platform = add_platform(session)
        enter_from_platform(session, platform, Claims("u1", email=email), "en")
        verified = enter_from_platform(
            session, platform, Claims("u2", email=email, is_email_verified=True), "en"
        )
        ours = add_by_hand(session, email=email, name="", language="tr")
    assert [person.id for person in customers_with_email(session, email)] == [verified, ours]


def test_a_platforms_customer_is_its_subject_and_follows_its_claims(session: Session) -> None:
    with writing(session):
        platform, other = add_platform(session), add_platform(session)
        first = enter_from_platform(session, platform, Claims("u1", "Ayşe", "a@b.example"), "tr")
        again = enter_from_platform(session, platform, Claims("u1", "Ayşe Y.", country="TR"), "de")
        elsewhere = enter_from_platform(session, other, Claims("u1", "Ayşe"), "tr")
    assert first == again != elsewhere
    person = get_customer(session, first)
    assert (person.name, person.email, person.country) == ("Ayşe Y.", "a@b.example", "TR")
    assert person.language == "tr"


def test_a_form_is_stale_once_the_platform_says_something_new(session: Session) -> None:
    """Caught: a new country without a new version, which the form then wrote over."""
    with writing(session):
        platform = add_platform(session)
        ayse = enter_from_platform(session, platform, Claims("u1", country="TR"), "tr")
        opened = get_customer(session, ayse)
        enter_from_platform(session, platform, Claims("u1", country="TR"), "tr")
        assert get_customer(session, ayse).version == opened.version
        enter_from_platform(session, platform, Claims("u1", country="DE"), "tr")
    typed = {"name": "Ayşe", "language": "tr"}
    with pytest.raises(StaleContact), writing(session):
        change_contact(session, ayse, opened.version, email=None, country="TR", **typed)
    assert get_customer(session, ayse).country == "DE"


def test_another_email_is_not_verified(session: Session) -> None:
    """Caught: `email_verified_at` kept with another address."""
    with writing(session):
        ayse = add_by_mail(session, "a@posta.example", "tr")
        person = get_customer(session, ayse)
        assert person.email_verified_at
        contact = {"name": "Ayşe", "country": "TR", "language": "tr"}
        change_contact(session, ayse, person.version, email="b@posta.example", **contact)
    changed = get_customer(session, ayse)
    assert (changed.email, changed.email_verified_at) == ("b@posta.example", None)
    with pytest.raises(StaleContact), writing(session):
        change_contact(session, ayse, person.version, email=None, **contact)


def test_who_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(CustomerNotFound):
        get_customer(session, 7)


def test_signing_in_removes_some_sign_ins_that_ended(
    clock: Clock, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: all sign-ins of all customers read, which took 40 ms with 100,000 of them."""
    monkeypatch.setattr(sessions, "LOOKED_AT", 2)
    with writing(session):
        ayse = add_by_hand(session, **AYSE)
    left = []
    for days in (0, 0, 0, 8, 0, 0):
        clock.go_on(days=days)
        with writing(session):
            sessions.open_session(session, ayse)
        left.append(session.scalar(select(func.count()).select_from(CustomerSession)))
    assert left == [1, 2, 3, 2, 2, 3]

"""Platforms and their keys: added, changed, removed; made, revoked."""

import pytest
from sqlalchemy.orm import Session

from domain.customers.claims import Claims, read_claims
from domain.database import writing
from domain.origins import UnfitOrigin
from domain.platforms import keys, platforms
from domain.platforms.errors import (
    KeyNotFound,
    PlatformNotFound,
    StaleKeys,
    StalePlatform,
    TooManyKeys,
    TooManyPlatforms,
    UnfitPlatform,
)
from domain.platforms.rules import MOST_PLATFORMS, PlatformValues, clean_name, clean_url, origin_of
from tests.conftest import ADMIN
from tests.hosts import SECRET_KEY, make_key, new_host

LOTUS = PlatformValues("Lotus app", "https://lotus.example/home", trusts_emails=False)
YES = {"email": "a@b.example", "email_verified": True}


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        (" HTTPS://Lotus.example ", "https://lotus.example"),
        ("https://lotus.example:443/a?b=c#d", "https://lotus.example/a?b=c#d"),
        ("https://lotüs.example/ş*/%C5%9F", "https://xn--lots-2ra.example/%C5%9F*/%C5%9F"),
        ("http://localhost:5000/", "http://localhost:5000/"),
    ],
)
def test_an_address_is_kept_as_browsers_send_it(typed: str, url: str) -> None:
    assert clean_url(typed) == url
    assert url.startswith(origin_of(url))


@pytest.mark.parametrize(
    "typed",
    [
        *("", "lotus.example", "http://lotus.example", "javascript://lotus.example"),
        *("https://lotus.example/a b", "https://lotus.example/\\evil.example"),
        *("https://lotus.example/\u202e", "https://me@lotus.example", "https://10.0.0.1/"),
        *("https://lotus.example/" + "ş" * 200, "https://lotus.example/" + "a" * 500),
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(UnfitOrigin):
        clean_url(typed)
    assert not origin_of("null")


@pytest.mark.parametrize("typed", ["", "  ", "a\u200b", "a\0", "a\u202eb", "n" * 81])
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(UnfitPlatform):
        clean_name(typed)


def test_platforms_are_added_changed_and_removed(session: Session) -> None:
    with writing(session):
        lotus = platforms.add(session, LOTUS._replace(name=" Lotus   app "))
        platforms.add(session, LOTUS._replace(name="agora"))
    assert [one.name for one in platforms.list_platforms(session)] == ["agora", "Lotus app"]
    with writing(session):
        platforms.change(session, lotus, 1, LOTUS._replace(trusts_emails=True))
    with pytest.raises(StalePlatform), writing(session):
        platforms.change(session, lotus, 1, LOTUS)
    assert platforms.get(session, lotus).trusts_emails
    with writing(session):
        assert platforms.remove(session, lotus) == "Lotus app"
    for act in (
        lambda: platforms.get(session, lotus),
        lambda: platforms.remove(session, lotus),
        lambda: platforms.change(session, lotus, 2, LOTUS),
        lambda: make_key(session, lotus),
    ):
        with pytest.raises(PlatformNotFound), writing(session):
            act()


def test_the_list_has_an_end(session: Session) -> None:
    """Caught: the count taken after the platform was added, so one too few."""
    with writing(session):
        every = [platforms.add(session, LOTUS) for _ in range(MOST_PLATFORMS)]
    with pytest.raises(TooManyPlatforms), writing(session):
        platforms.add(session, LOTUS)
    with writing(session):
        platforms.remove(session, every[0])
        platforms.add(session, LOTUS)


def test_two_keys_are_alive_at_most(session: Session) -> None:
    """Caught: keys of all platforms counted, and revoked ones too."""
    new_host(session)
    host = new_host(session)
    with writing(session):
        second = make_key(session, host.platform_id)
    with pytest.raises(TooManyKeys), writing(session):
        make_key(session, host.platform_id)
    with writing(session):
        keys.revoke_key(session, host.platform_id, host.key.id)
        third = make_key(session, host.platform_id)
    alive = keys.list_keys(session, host.platform_id, SECRET_KEY)
    assert {key.id for key in alive} == {second.id, third.id}
    assert len({host.key.secret, second.secret, third.secret}) == 3


def test_one_form_makes_one_key(session: Session) -> None:
    """Caught: a page loaded again made a second key, and hid the secret of the first."""
    host = new_host(session)
    with pytest.raises(StaleKeys), writing(session):
        keys.make_key(session, host.platform_id, made=0, secret_key=SECRET_KEY, author=ADMIN)


def test_a_key_is_revoked_once_and_by_its_own_platform(session: Session) -> None:
    """Caught: the platform in the address left unread."""
    host, other = new_host(session), new_host(session)
    with pytest.raises(KeyNotFound), writing(session):
        keys.revoke_key(session, other.platform_id, host.key.id)
    with writing(session):
        keys.revoke_key(session, host.platform_id, host.key.id)
    with pytest.raises(KeyNotFound), writing(session):
        keys.revoke_key(session, host.platform_id, host.key.id)
    assert keys.list_keys(session, host.platform_id, SECRET_KEY) == []
    assert len(keys.list_keys(session, other.platform_id, SECRET_KEY)) == 1


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({}, Claims("u")),
        (
            {"name": " Ayşe  Y. ", "locale": "TR-tr", "country": "tr"},
            Claims("u", "Ayşe Y.", language="tr", country="TR"),
        ),
        ({"name": "n" * 121, "email": "no", "locale": "tlh", "country": "ß"}, Claims("u")),
        ({"name": 7, "email": [], "locale": {}, "country": True}, Claims("u")),
        ({"name": "", "email": "\ud800@b.example", "locale": "english"}, Claims("u")),
        (
            {"name": "a\0b", "email": "a@b.example\n", "country": "XX"},
            Claims("u", None, "a@b.example"),
        ),
        (YES, Claims("u", None, "a@b.example", True)),
        (YES | {"email_verified": "true"}, Claims("u", None, "a@b.example")),
        (YES | {"email": ""}, Claims("u")),
    ],
)
def test_what_is_unfit_counts_as_not_said(said: dict[str, object], read: Claims) -> None:
    """Caught: "true" as a text, which counted as verified."""
    assert read_claims({"sub": "u"} | said, trusts_emails=True) == read
    distrusted = read_claims({"sub": "u"} | said, trusts_emails=False)
    assert distrusted == read._replace(is_email_verified=False)

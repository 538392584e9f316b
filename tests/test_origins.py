"""Origins: what may be typed, and that nothing else ever gets into a header."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.origins import ORIGIN_LIMIT, UnfitOrigin, normal_origin

SAFE = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?", re.ASCII)
near_misses = st.from_regex(
    r"(https?|HTTP|ftp|):?//?([a-zA-Z0-9ıßüς。．.*_%-]{0,12}){1,4}(:[0-9]{0,6})?"
    r"[/?#\\;,' \n]?.{0,3}",
    fullmatch=True,
)


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://example.com", "https://example.com"),
        ("  https://example.com/ \n", "https://example.com"),
        ("HTTPS://WWW.Example.COM", "https://www.example.com"),
        ("https://example.com:443", "https://example.com"),
        ("https://example.com:0443/", "https://example.com"),
        ("https://example.com:80", "https://example.com:80"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("https://intranet", "https://intranet"),
        ("https://a-b.example", "https://a-b.example"),
        ("https://1.example", "https://1.example"),
        ("http://localhost", "http://localhost"),
        ("http://localhost:80", "http://localhost"),
        ("http://LOCALHOST:3000", "http://localhost:3000"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("https://localhost:3000", "https://localhost:3000"),
        ("https://münchen.example", "https://xn--mnchen-3ya.example"),
        ("https://MÜNCHEN.example", "https://xn--mnchen-3ya.example"),
        ("https://mu\u0308nchen.example", "https://xn--mnchen-3ya.example"),
        ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("https://例え。テスト", "https://xn--r8jz45g.xn--zckzah"),
        ("https://مثال.إختبار", "https://xn--mgbh0fb.xn--kgbechtv"),
        ("https://ｅｘａｍｐｌｅ．com", "https://example.com"),
        (f"https://{'a' * 63}.example", f"https://{'a' * 63}.example"),
    ],
)
def test_each_site_has_one_spelling(typed: str, origin: str) -> None:
    """Caught: Python's own idna codec, for which straße is strasse, another site."""
    assert normal_origin(typed) == origin
    assert normal_origin(origin) == origin


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("", "Enter a website's address, like https://www.example.com."),
        ("   ", "Enter a website's address"),
        ("example.com", "Start it with https://"),
        ("//example.com", "Start it with https://"),
        ("ftp://example.com", "Start it with https://"),
        ("https:example.com", "Start it with https://"),
        ("data:text/html,x", "Start it with https://"),
        ("null", "Start it with https://"),
        ("'self'", "Start it with https://"),
        ("https://*.example.com", "without a star"),
        ("*", "without a star"),
        ("https://example.com:*", "without a star"),
        ("http://example.com", "Use https://. Only localhost works without."),
        ("http://localhost.example.com", "Use https://."),
        ("https://example.com/prices", "Type the address only"),
        ("https://example.com?x", "Type the address only"),
        ("https://example.com#x", "Type the address only"),
        ("https://example.com\\x", "Type the address only"),
        ("https://example.com//", "Type the address only"),
        ("https://ana@example.com", "Leave out the name before the @."),
        ("https://ana:secret@example.com", "Leave out the name before the @."),
        ("https://example.com:0", "The port is a number from 1 to 65535."),
        ("https://example.com:65536", "The port is a number"),
        ("https://example.com:", "The port is a number"),
        ("https://example.com:٤٤٣", "The port is a number"),
        ("https://example.com:1:2", "The port is a number"),
        ("https://192.0.2.1", "An IP address does not work here"),
        ("https://127.1", "An IP address does not work here"),
        ("https://0x7f.0.0.0x1", "An IP address does not work here"),
        ("https://2130706433", "An IP address does not work here"),
        ("https://１２７.０.０.２", "An IP address does not work here"),
        ("https://[::1]", "An IP address does not work here"),
        ("https://", "This is no website's name."),
        ("https://.", "This is no website's name."),
        ("https://example.com.", "This is no website's name."),
        ("https://.example.com", "This is no website's name."),
        ("https://a..b", "This is no website's name."),
        ("https://-a.example", "This is no website's name."),
        ("https://my_shop.example", "This is no website's name."),
        ("https://exa mple.com", "This is no website's name."),
        ("https://example.com;script-src *", "a star"),
        ("https://example.com; script-src 'unsafe-inline'", "This is no website's name."),
        ("https://example.com https://evil.example", "Type the address only"),
        ("https://example.com,evil.example", "This is no website's name."),
        ("https://example.com\r\nSet-Cookie: x", "This is no website's name."),
        ("https://example\0.com", "This is no website's name."),
        ("https://xn--zzz-.example", "This is no website's name."),
        (f"https://{'a' * 64}.example", "This is no website's name."),
        (f"https://{'a.' * 140}example", "This is no website's name."),
        ("https://" + "a" * 500, "This address is too long"),
    ],
)
def test_what_names_no_site_is_refused(typed: str, advice: str) -> None:
    with pytest.raises(UnfitOrigin, match=re.escape(advice)):
        normal_origin(typed)


@given(st.one_of(near_misses, st.text(max_size=40).map(lambda text: f"https://{text}")))
def test_what_is_accepted_is_one_plain_origin(text: str) -> None:
    """Caught: the host left as it was typed when it is ASCII."""
    with suppress(UnfitOrigin):
        origin = normal_origin(text)
        assert SAFE.fullmatch(origin)
        assert len(origin) <= ORIGIN_LIMIT
        assert normal_origin(origin) == origin

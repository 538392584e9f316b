"""The adapter to Stripe, without a network: signatures, errors, its library.

What goes over the wire is in tests/payments_contract.py.
"""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import stripe

from domain.purchases.payments.stripe import (
    API_VERSION,
    KeyRefused,
    NotAllowed,
    Stripe,
    _params,
    _translate,
)
from domain.purchases.payments.stripe_webhooks import Webhook, of_hosts
from domain.purchases.payments.stripe_words import EVENTS
from domain.purchases.provider import (
    BadSignature,
    Order,
    OtherMode,
    ProviderError,
    Refused,
    UnknownRef,
    Unreachable,
)
from tests.real_server import ROOT

SECRET = "whsec_of_a_test"
AT = datetime(2026, 12, 1, tzinfo=UTC)
ORDER = Order("c" * 32, "p" * 32, {}, "Start", 1, 99, "EUR", "en", None, "http://a", "http://b", AT)
# Gives the address at which everything is answered by this text, with this status.
Answering = Callable[..., str]
TEST, LIVE = Stripe("sk_test_a", SECRET), Stripe("rk_live_a", SECRET)


def test_the_version_is_the_librarys() -> None:
    """Caught: a library that was raised, and an endpoint of the webhook that was not."""
    assert stripe.StripeClient("sk_test_a")._requestor._options.stripe_version == API_VERSION


@pytest.fixture
def answering() -> Iterator[Answering]:
    """Serves one answer to everything, and gives the address."""

    class Handler(BaseHTTPRequestHandler):
        body, status = b"", 200

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(self.status)
            self.end_headers()
            self.wfile.write(self.body)

        do_GET = do_POST = answer  # noqa: N815 - as the library wants it

        def log_message(self, *_arguments: object) -> None:
            pass

    def answer_with(text: str, status: int = 200) -> str:
        Handler.body, Handler.status = text.encode(), status
        return f"http://127.0.0.1:{server.server_port}"

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield answer_with
        server.shutdown()


def event(*, livemode: bool = False) -> dict[str, object]:
    return {
        "id": "evt_1",
        "object": "event",
        "type": EVENTS[0],
        "created": 1_800_000_000,
        "livemode": livemode,
        "data": {"object": {"object": "checkout.session", "id": "cs_1"}},
    }


def signed(sent: bytes, secret: str = SECRET, at: int | None = None) -> dict[str, str]:
    sign = stripe.WebhookSignature.generate_signature_header
    return {"Stripe-Signature": sign(sent.decode("latin-1"), secret, at)}


def test_news_come_as_they_were_signed() -> None:
    sent = json.dumps(event()).encode()
    [news] = TEST.parse_webhook(sent, signed(sent))
    assert (news.id, news.ref) == ("evt_1", "cs_1")


def test_only_news_that_stripe_signed_a_moment_ago_are_read() -> None:
    """Caught: a signature that is not checked, or is good for ever."""
    sent = json.dumps(event()).encode()
    old = int(time.time()) - 301
    for headers in (
        {},
        signed(sent, "whsec_of_others"),
        signed(sent, at=old),
        signed(sent + b" "),
        {"Stripe-Signature": "t=1,v1=é"},
        {"Stripe-Signature": "t=one,v1=a"},
    ):
        with pytest.raises(BadSignature):
            TEST.parse_webhook(sent, headers)
    with pytest.raises(BadSignature):
        TEST.parse_webhook(b"\xff", signed(b"\xff"))


def test_news_of_the_other_mode_are_refused() -> None:
    """Caught: a test payment that is told to a live database."""
    for adapter, livemode in ((TEST, True), (LIVE, False)):
        sent = json.dumps(event(livemode=livemode)).encode()
        with pytest.raises(OtherMode):
            adapter.parse_webhook(sent, signed(sent))
    sent = json.dumps({"object": "v2.core.event"}).encode()
    assert TEST.parse_webhook(sent, signed(sent)) == []


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        *((status, None, Unreachable) for status in (None, 200, 429, 409, 404, 500, 503)),
        *((401, None, KeyRefused), (403, None, NotAllowed), (404, "resource_missing", UnknownRef)),
        *((400, None, Refused), (402, None, Refused)),
    ],
)
def test_what_may_work_later_is_told_apart(
    status: int | None, code: str | None, error: type[ProviderError]
) -> None:
    """Caught: an answer "still running" taken for a refusal; the 404 of a proxy on the way, by
    which checkouts that can be paid have ended."""
    problem = stripe.StripeError("Card 4242 of Ayşe", http_status=status, code=code)
    translated = _translate(problem)
    assert type(translated) is error
    assert "Ayşe" not in str(translated)


@pytest.mark.parametrize(
    "answer", ["{}", "[]", '"x"', '{"error": "x"}', '{"id": "", "url": "", "expires_at": 9}']
)
def test_an_answer_that_is_none_of_stripes_is_asked_for_again(
    answer: str, answering: Answering
) -> None:
    """Caught: a buyer back from paying, and a page that says that something broke."""
    adapter = replace(TEST, simulator=answering(answer))
    for ask in (
        lambda: adapter.create_checkout(ORDER),
        lambda: adapter.fetch_payment("cs_1"),
        lambda: adapter.expire_checkout("cs_1"),
        lambda: adapter.refund("pi_1", 1, "k"),
        lambda: list(adapter.list_events(AT)),
    ):
        with pytest.raises(Unreachable):
            ask()


def test_an_email_that_stripe_may_refuse_is_left_to_the_buyer() -> None:
    """Caught: buyers with ş in their address, who can never pay."""
    for email, sent in (("ali@posta.example", True), ("ayşe@posta.example", False), (None, False)):
        assert ("customer_email" in _params(ORDER._replace(email=email))) is sent


def test_what_stripe_says_of_a_buyer_is_not_noted(
    answering: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    """Caught: the library's own lines, which repeat the email that was refused."""
    caplog.set_level(logging.INFO)
    said = json.dumps({"error": {"message": "Invalid email address: ayse@posta.example"}})
    with pytest.raises(Refused) as refusal:
        replace(TEST, simulator=answering(said, 400)).create_checkout(ORDER)
    assert "ayse" not in caplog.text + repr(refusal.value)


def test_a_webhook_that_fits_is_found_by_its_host() -> None:
    def at(url: str, *, version: str | None = API_VERSION, is_on: bool = True) -> Webhook:
        return Webhook("we_1", url, version, frozenset(EVENTS), is_on)

    ours = at("https://credits.example.com/webhooks/stripe")
    assert ours.fits
    assert not at(ours.url, version=None).fits
    assert not at(ours.url, is_on=False).fits
    assert not ours._replace(events=frozenset(EVENTS[1:])).fits
    others = [at("https://other.example/webhooks/stripe"), at("https://credits.example.com/hook")]
    for hosts in (
        ["credits.example.com"],
        [".example.com:443"],
        ["a.example", "credits.example.com"],
    ):
        assert of_hosts([*others, ours], hosts) == [ours]
    assert of_hosts([*others, ours], []) == [others[0], ours]


def test_keys_are_not_shown() -> None:
    assert "sk_test_a" not in repr(TEST)
    assert SECRET not in repr(TEST)


def test_a_start_does_without_the_library() -> None:
    """Caught: `import stripe` at the top of the adapter, which costs each start 0.36 s."""
    look = "import sys, wsgi, worker, app; app.create_app(); print('stripe' in sys.modules)"
    environ = {"DATABASE_URL": "sqlite:////nowhere/scrip.db", "SECRET_KEY": "k" * 40}
    looked = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, env=environ, capture_output=True, check=True
    )
    assert looked.stdout == b"False\n"

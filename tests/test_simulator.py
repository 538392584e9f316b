"""The payment simulator, asked by Stripe's own client, and its page, opened as buyers do."""

import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread
from typing import Any, cast
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest
import stripe
from stripe.params.checkout import SessionCreateParams

from simulator.cards import CARDS
from simulator.settings import API_VERSION
from tests.real_server import Browser
from tests.simulator import (
    ASKS,
    ASKS_THEN_DECLINED,
    DISPUTED,
    NO_FUNDS,
    REFUND_FAILS,
    REFUND_PENDS,
    Simulator,
)

DECLINES = [card for card in CARDS if card.decline and not card.asks_bank]


@pytest.fixture
def client(simulator: Simulator) -> stripe.StripeClient:
    return client_of(simulator)


def client_of(simulator: Simulator, key: str = "", retries: int = 0) -> stripe.StripeClient:
    return stripe.StripeClient(
        key or simulator.key,
        base_addresses={"api": simulator.url},
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=10),
    )


def order(amount: int = 1999, currency: str = "eur", **changes: Any) -> SessionCreateParams:  # noqa: ANN401
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "Starter"}}
    params = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "metadata": {"purchase": "abc"},
        "payment_intent_data": {"metadata": {"purchase": "abc"}},
        "adaptive_pricing": {"enabled": False},
        "expires_at": int(time.time()) + 3600,
        "locale": "en",
        "success_url": "http://127.0.0.1:9/done?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:9/back",
    }
    return cast("SessionCreateParams", {**params, **changes})


def open_session(client: stripe.StripeClient, **changes: Any) -> str:  # noqa: ANN401
    return client.v1.checkout.sessions.create(order(**changes)).id


def look(client: stripe.StripeClient, session: str) -> Any:  # noqa: ANN401
    found = client.v1.checkout.sessions.retrieve(
        session, {"expand": ["payment_intent.latest_charge"]}
    )
    return found.to_dict()


def kinds(simulator: Simulator) -> list[str]:
    return [event["type"] for event in simulator.events()]


def test_it_speaks_the_version_of_the_library() -> None:
    assert stripe.api_version == API_VERSION


def test_a_key_is_answered_once(client: stripe.StripeClient) -> None:
    """Caught: two sessions for one key."""
    create, wanted = client.v1.checkout.sessions.create, order()
    first = create(wanted, {"idempotency_key": "one"})
    assert create(wanted, {"idempotency_key": "one"}).id == first.id
    with pytest.raises(stripe.IdempotencyError) as refused:
        create({**wanted, "locale": "de"}, {"idempotency_key": "one"})
    assert refused.value.http_status == 400
    assert create(wanted, {"idempotency_key": "two"}).id != first.id
    listed = client.v1.checkout.sessions.list()
    assert [session.id for session in listed.data][1] == first.id


def test_a_key_whose_first_request_still_runs_is_a_conflict(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    wanted = order()
    simulator.faults({"kind": "slow", "seconds": 0.5, "method": "POST"})
    with ThreadPoolExecutor(2) as pool:
        create = partial(client.v1.checkout.sessions.create, wanted, {"idempotency_key": "one"})
        answers = [pool.submit(create) for _ in range(2)]
        errors = [answer.exception() for answer in answers]
    (error,) = filter(None, errors)
    assert isinstance(error, stripe.StripeError)
    assert error.http_status == 409


def test_another_key_is_let_in_nowhere(simulator: Simulator) -> None:
    with pytest.raises(stripe.AuthenticationError):
        client_of(simulator, "sk_test_other").v1.events.list()
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(f"{simulator.url}/simulator/reset", b"{}")  # noqa: S310
    assert refused.value.code == 401
    refused.value.close()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 49}, "amount_too_small"),
        ({"amount": 100_000_000}, "amount_too_large"),
        ({"amount": 1234, "currency": "kwd"}, "invalid_charge_amount"),
        (
            {"amount": 1950, "currency": "isk"},
            "invalid_charge_amount_no_decimal_compatible",
        ),
        ({"currency": "irr"}, None),
        ({"locale": "ar"}, None),
        ({"expires_at": int(time.time()) + 600}, None),
        ({"success_url": "done"}, "url_invalid"),
        ({"submit": "pay"}, "parameter_unknown"),
        ({"line_items": []}, None),
    ],
)
def test_what_stripe_refuses_is_refused(
    client: stripe.StripeClient, changes: dict[str, Any], code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        open_session(client, **changes)
    assert (refused.value.http_status, refused.value.code) == (400, code)
    assert client.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize(
    ("amount", "currency"), [(1999, "eur"), (500, "jpy"), (1230, "kwd"), (199900, "isk")]
)
def test_a_payment_is_of_the_amount_that_was_asked_for(
    simulator: Simulator, client: stripe.StripeClient, amount: int, currency: str
) -> None:
    session = open_session(client, amount=amount, currency=currency)
    simulator.pay(session)
    seen = look(client, session)
    payment = seen["payment_intent"]
    assert (seen["status"], seen["payment_status"]) == ("complete", "paid")
    assert (seen["amount_total"], payment["amount_received"]) == (amount, amount)
    assert (payment["status"], payment["metadata"]) == ("succeeded", {"purchase": "abc"})
    charge = payment["latest_charge"]
    assert (charge["amount_captured"], charge["currency"]) == (amount, currency)
    assert charge["payment_method_details"]["card"]["last4"] == "4242"
    if currency in ("kwd", "isk"):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.refunds.create({"charge": charge["id"], "amount": 115})
    assert "checkout.session.completed" in kinds(simulator)


@pytest.mark.parametrize("card", DECLINES, ids=lambda card: card.about)
def test_who_is_declined_may_pay_in_the_same_session(
    simulator: Simulator,
    client: stripe.StripeClient,
    card: Any,  # noqa: ANN401
) -> None:
    session = open_session(client)
    error = simulator.pay(session, card.number)["last_payment_error"]
    assert (error["code"], error["decline_code"]) == card.decline[:2]
    seen = look(client, session)
    assert (seen["status"], seen["payment_intent"]["status"]) == ("open", "requires_payment_method")
    assert kinds(simulator)[-1] == "payment_intent.payment_failed"
    assert simulator.pay(session)["status"] == "succeeded"


def test_a_bank_that_asks(simulator: Simulator, client: stripe.StripeClient) -> None:
    session = open_session(client)
    refused = simulator.pay(session, ASKS, confirms=False)
    assert refused["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert simulator.pay(session, ASKS_THEN_DECLINED)["status"] == "requires_payment_method"
    assert simulator.pay(session, ASKS)["status"] == "succeeded"
    charge = look(client, session)["payment_intent"]["latest_charge"]
    secure = charge["payment_method_details"]["card"]["three_d_secure"]
    assert secure["result"] == "authenticated"


def test_a_second_payment_is_refused(simulator: Simulator, client: stripe.StripeClient) -> None:
    session = open_session(client)
    simulator.pay(session)
    with pytest.raises(HTTPError) as refused:
        simulator.pay(session)
    assert refused.value.code == 410
    refused.value.close()


@pytest.mark.parametrize(
    ("says", "status", "kind"),
    [
        ("succeeds", "paid", "checkout.session.async_payment_succeeded"),
        ("fails", "unpaid", "checkout.session.async_payment_failed"),
    ],
)
def test_a_bank_that_confirms_later(
    simulator: Simulator, client: stripe.StripeClient, says: str, status: str, kind: str
) -> None:
    session = open_session(client)
    simulator.pay(session, bank_says=says, seconds=600)
    seen = look(client, session)
    assert (seen["status"], seen["payment_status"]) == ("complete", "unpaid")
    assert seen["payment_intent"]["status"] == "processing"
    simulator.forward(600)
    assert look(client, session)["payment_status"] == status
    assert kind in kinds(simulator)


def test_a_session_ends_by_its_time_or_when_told(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    lapses, told, paid = (open_session(client) for _ in range(3))
    simulator.pay(paid)
    assert client.v1.checkout.sessions.expire(told).status == "expired"
    for over in (told, paid):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.checkout.sessions.expire(over)
    simulator.forward(3601)
    assert look(client, lapses)["status"] == "expired"
    assert look(client, paid)["status"] == "complete"
    assert kinds(simulator).count("checkout.session.expired") == 2
    simulator.pay(lapses, late=True)
    assert look(client, lapses)["payment_status"] == "paid"


def test_refunds_in_parts_and_no_more_than_was_paid(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    payment = simulator.pay(open_session(client))["id"]
    refund = client.v1.refunds.create(
        {"payment_intent": payment, "amount": 500}, {"idempotency_key": "refund:1"}
    )
    assert (refund.status, refund.amount) == ("succeeded", 500)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": payment, "amount": 1500})
    client.v1.refunds.create({"payment_intent": payment})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": payment})
    assert refused.value.code == "charge_already_refunded"
    listed = client.v1.refunds.list({"payment_intent": payment})
    assert [one.amount for one in listed.data] == [1499, 500]
    assert kinds(simulator)[-2:] == ["refund.created", "charge.refunded"]


def test_refunds_that_take_a_while_or_come_back(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    refunds = []
    for card in (REFUND_PENDS, REFUND_FAILS):
        payment = simulator.pay(open_session(client), card)["id"]
        refunds.append(client.v1.refunds.create({"payment_intent": payment}))
    assert [refund.status for refund in refunds] == ["pending", "succeeded"]
    simulator.forward(60)
    later = [client.v1.refunds.retrieve(refund.id).status for refund in refunds]
    assert later == ["succeeded", "failed"]
    charge = client.v1.charges.retrieve(str(refunds[1].charge))
    assert charge.amount_refunded == 0


def test_disputes(simulator: Simulator, client: stripe.StripeClient) -> None:
    """Caught: a refund of what the bank has already taken back."""
    payment = simulator.pay(open_session(client), DISPUTED)["id"]
    (dispute,) = client.v1.disputes.list({"payment_intent": payment}).data
    assert (dispute.status, dispute.amount) == ("needs_response", 1999)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": payment})
    assert refused.value.code == "charge_disputed"
    simulator.end_dispute(dispute.id, "won")
    assert client.v1.disputes.retrieve(dispute.id).status == "won"
    assert "charge.dispute.funds_reinstated" in kinds(simulator)


def test_events_are_listed_page_by_page_since_a_time(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    simulator.pay(open_session(client))
    everything = [event.type for event in client.v1.events.list({"limit": 2}).auto_paging_iter()]
    assert list(reversed(everything)) == kinds(simulator)
    wanted = {"types": ["checkout.session.completed"], "created": {"gte": int(time.time()) - 60}}
    (event,) = client.v1.events.list(cast("Any", wanted)).data
    assert event.data.object["id"].startswith("cs_test_")
    assert client.v1.events.list({"created": {"gte": int(time.time()) + 60}}).data == []


def test_an_answer_that_is_lost_does_its_work_once(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    wanted = order()
    simulator.faults({"kind": "lost", "path": "/v1/checkout/sessions", "method": "POST"})
    with pytest.raises(stripe.APIConnectionError):
        client.v1.checkout.sessions.create(wanted, {"idempotency_key": "one"})
    again = client.v1.checkout.sessions.create(wanted, {"idempotency_key": "one"})
    assert [one.id for one in client.v1.checkout.sessions.list().data] == [again.id]


@pytest.mark.parametrize(
    ("kind", "error"),
    [("500", stripe.APIError), ("429", stripe.RateLimitError), ("down", stripe.APIConnectionError)],
)
def test_answers_that_fail_do_nothing(
    simulator: Simulator, client: stripe.StripeClient, kind: str, error: type[Exception]
) -> None:
    simulator.faults({"kind": kind, "method": "POST"})
    with pytest.raises(error):
        open_session(client)
    assert client.v1.checkout.sessions.list().data == []
    open_session(client)


class Inbox:
    """Takes webhooks, and answers the first ones as told."""

    def __init__(self, answers: list[int]) -> None:
        self.answers = answers
        self.taken: Queue[tuple[bytes, str]] = Queue()

    def take(self, body: bytes, signature: str) -> int:
        self.taken.put((body, signature))
        return self.answers.pop(0) if self.answers else 200


@contextmanager
def inbox(*answers: int) -> Iterator[tuple[str, Inbox]]:
    box = Inbox(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(box.take(body, self.headers["Stripe-Signature"]))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", box
        finally:
            server.shutdown()
            thread.join()


def test_webhooks_are_signed_copied_and_sent_again_until_they_are_taken(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    with inbox(500) as (url, box):
        simulator.webhooks(url, copies=2, spread=0.05, pause=0.05)
        client.v1.checkout.sessions.expire(open_session(client))
        taken = [box.taken.get(timeout=20) for _ in range(3)]
        events = {client.construct_event(*one, simulator.secret).id for one in taken}
        assert events == {simulator.events()[0]["id"]}
        with pytest.raises(stripe.SignatureVerificationError):
            client.construct_event(*taken[0], "whsec_other")
        simulator.resend(events.pop())
        box.taken.get(timeout=20)
    assert client.construct_event(*taken[0], simulator.secret).api_version == stripe.api_version


def test_webhooks_are_lost_and_kept_back(simulator: Simulator, client: stripe.StripeClient) -> None:
    for sending in ({"loss": 100}, {"off": True}):
        simulator.webhooks("http://127.0.0.1:9/", **sending)
        client.v1.checkout.sessions.expire(open_session(client))
    assert [one["state"] for one in simulator.deliveries()] == ["lost"] * 4


def test_endpoints_are_made_and_hear_what_they_asked_for(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    with inbox() as (url, box):
        simulator.webhooks("http://127.0.0.1:9/", copies=1, spread=0, tries=1)
        made = client.v1.webhook_endpoints.create(
            {
                "url": url,
                "enabled_events": ["checkout.session.completed"],
                "api_version": cast("Any", stripe.api_version),
            }
        )
        simulator.pay(open_session(client))
        event = client.construct_event(*box.taken.get(timeout=20), str(made.secret))
    assert event.type == "checkout.session.completed"
    assert ["secret" in one for one in client.v1.webhook_endpoints.list().data] == [False] * 2
    client.v1.webhook_endpoints.delete(made.id)
    assert len(client.v1.webhook_endpoints.list().data) == 1


@pytest.mark.parametrize(
    ("locale", "language", "words"),
    [
        ("en", "en", "Pay €19.99"),
        ("tr", "tr", "€19,99 öde"),
        ("de", "de", "19,99\xa0€ bezahlen"),
        ("auto", "ar", "ادفع"),
    ],
)
def test_the_page_speaks_the_buyers_language(
    simulator: Simulator,
    client: stripe.StripeClient,
    locale: str,
    language: str,
    words: str,
) -> None:
    session = open_session(client, locale=locale)
    request = urllib.request.Request(  # noqa: S310
        f"{simulator.url}/pay/{session}", headers={"Accept-Language": "ar"}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        page, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
    assert words in page
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page
    assert "http://127.0.0.1:9" in policy  # else browsers stop silently on the way back


def test_a_buyer_is_declined_then_asked_by_the_bank_and_led_back(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    session = open_session(client)
    browser, path = Browser(simulator.url), f"/pay/{session}"
    status, page = browser.post(path, {"number": NO_FUNDS})
    assert (status, "not enough money on this card" in page) == (402, True)
    assert NO_FUNDS not in page.partition("<details")[0].replace(f'"{NO_FUNDS}"', "")
    assert browser.post(path, {"number": ASKS})[0] == 303
    assert "is this payment yours?" in browser.get(path)[1]
    assert goal_of(simulator, path, {"how": "confirm"}) == (
        f"http://127.0.0.1:9/done?session={session}"
    )
    status, page = browser.get(path)
    assert (status, "paid already" in page) == (410, True)
    assert "http://127.0.0.1:9/back" in page
    assert browser.get("/pay/cs_test_other")[0] == 404


def goal_of(simulator: Simulator, path: str, fields: dict[str, str]) -> str:
    """Where an answer leads, without going there."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    opener = urllib.request.build_opener(Stay())
    with pytest.raises(HTTPError) as answer:
        opener.open(f"{simulator.url}{path}", urlencode(fields).encode(), timeout=10)
    answer.value.close()
    return str(answer.value.headers["Location"])


def test_the_page_of_events_refunds_disputes_and_sends_again(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    numbered = order(metadata={"number": "7"}, customer_email="ayse@posta.example")
    opened = (open_session(client), client.v1.checkout.sessions.create(numbered).id)
    first, second = (simulator.pay(one)["id"] for one in opened)
    browser = Browser(simulator.url)
    for what, id in (("refund half", first), ("dispute", second)):
        assert browser.post("/act", {"what": what, "id": id})[0] == 303
    assert browser.post("/act", {"what": "refund", "id": second})[0] == 400
    status, page = browser.get("/")
    assert (status, page.count("Refund 9.99 EUR: succeeded")) == (200, 1)
    assert "Dispute 19.99 EUR: needs_response" in page
    assert "charge.dispute.created" in page
    assert "Starter, number 7<br><small>ayse@posta.example<br>" in page


def test_other_sites_press_no_button(simulator: Simulator, client: stripe.StripeClient) -> None:
    """Caught: any page in a developer's browser could pay and refund."""
    session = open_session(client)
    request = urllib.request.Request(  # noqa: S310
        f"{simulator.url}/pay/{session}",
        b"number=4242424242424242",
        {"Origin": "https://elsewhere.example"},
    )
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(request)  # noqa: S310
    assert refused.value.code == 403
    refused.value.close()
    assert look(client, session)["status"] == "open"


def test_what_was_done_is_there_after_a_kill(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    wanted = order()
    session = client.v1.checkout.sessions.create(wanted, {"idempotency_key": "one"}).id
    simulator.pay(session)
    simulator.kill()
    simulator.start()
    again = client_of(simulator, retries=2)
    assert again.v1.checkout.sessions.create(wanted, {"idempotency_key": "one"}).id == session
    assert look(again, session)["payment_status"] == "paid"

"""Payment events, as the provider sends and signs them."""

import json
import time
from typing import Any

import stripe
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.purchases.payments.simulator_keys import simulator_secret
from tests.simulator import SECRET_KEY

ADDRESS = "/webhooks/stripe"
SECRET = simulator_secret(SECRET_KEY)


def event(key: str = "", **changes: Any) -> bytes:  # noqa: ANN401
    """Of a payment that failed, as Stripe sends it."""
    thing = {"object": "payment_intent", "id": "pi_1", "metadata": {"scrip_purchase": key}}
    usual = {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.payment_failed",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": thing},
    }
    return json.dumps(usual | changes).encode()


def send(client: FlaskClient, body: bytes, secret: str = SECRET) -> TestResponse:
    sign = stripe.WebhookSignature.generate_signature_header
    headers = {"Stripe-Signature": sign(body.decode("latin-1"), secret)}
    return client.post(ADDRESS, data=body, content_type="application/json", headers=headers)

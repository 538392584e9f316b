"""Events: what happened, and who is to hear it."""

import random
import time
from dataclasses import dataclass
from typing import Any

from simulator.settings import API_VERSION
from simulator.store import Json, Transaction, new_id


@dataclass
class Sending:
    """How webhooks are sent, which is hard on purpose: several copies, in no order, some lost.

    `pause` is before the first further try after an answer other than 2xx; then it doubles.
    """

    copies: int = 2
    delay: float = 0.0  # seconds that all wait
    spread: float = 2.0  # and up to so many more, each as chance wants
    loss: int = 0  # percent of the copies that are never sent
    pause: float = 2.0
    tries: int = 6
    off: bool = False


MOST_ENDPOINTS = 16
sending = Sending()
chance = random.Random()  # noqa: S311 - no secrets


def change_sending(changes: dict[str, Any]) -> None:
    """Back to how it begins, but for these; with `seed`, chance falls the same way again."""
    chance.seed(changes.pop("seed", None))
    for name, value in {**vars(Sending()), **changes}.items():
        setattr(sending, name, value)


def emit(kept: Transaction, type: str, thing: Json) -> None:
    event: Json = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": kept.now(),
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": type,
    }
    kept.add(event)
    for endpoint_id in _listeners(kept, type):
        for _ in range(sending.copies):
            lost = sending.off or chance.randrange(100) < sending.loss
            wait = sending.delay + chance.random() * sending.spread
            _send(kept, event["id"], endpoint_id, wait, "lost" if lost else "waiting")


def send_again(kept: Transaction, event_id: str) -> None:
    """At once, to all who hear of such events, whether they had it or not."""
    for endpoint_id in _listeners(kept, kept.the(event_id)["type"]):
        _send(kept, event_id, endpoint_id, 0, "waiting")


def _listeners(kept: Transaction, type: str) -> list[str]:
    return [
        endpoint["id"]
        for endpoint in kept.newest("webhook_endpoint", MOST_ENDPOINTS)
        if endpoint["status"] == "enabled" and {type, "*"} & {*endpoint["enabled_events"]}
    ]


def _send(kept: Transaction, event_id: str, endpoint_id: str, wait: float, state: str) -> None:
    kept.connection.execute(
        "INSERT INTO delivery (event, endpoint, due, state) VALUES (?, ?, ?, ?)",
        (event_id, endpoint_id, time.time() + wait, state),
    )

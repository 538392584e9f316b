"""News of what happened, and who is to hear it."""

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
    for endpoint in kept.newest("webhook_endpoint", 16):
        if endpoint["status"] == "enabled" and {type, "*"} & {*endpoint["enabled_events"]}:
            send_copies(kept, event["id"], endpoint["id"])


def send_copies(kept: Transaction, event_id: str, endpoint_id: str) -> None:
    for _ in range(sending.copies):
        lost = sending.off or chance.randrange(100) < sending.loss
        due = time.time() + sending.delay + chance.random() * sending.spread
        kept.connection.execute(
            "INSERT INTO delivery (event, endpoint, due, state) VALUES (?, ?, ?, ?)",
            (event_id, endpoint_id, due, "lost" if lost else "waiting"),
        )


def send_again(kept: Transaction, event_id: str) -> None:
    """At once, to every endpoint that had it, lost or not."""
    kept.connection.execute(
        "INSERT INTO delivery (event, endpoint, due) "
        "SELECT DISTINCT event, endpoint, ? FROM delivery WHERE event = ?",
        (time.time(), event_id),
    )

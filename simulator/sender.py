"""Sends webhooks: one thread that looks what is due, and a few that send."""

import hashlib
import hmac
import json
import logging
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from simulator.due import do_due
from simulator.events import sending
from simulator.store import Store

AT_ONCE = 4
TIMEOUT_SECONDS = 30  # longer than the slowest handler takes
LONGEST_WAIT_SECONDS = 0.5
PATIENCE_SECONDS = 5

log = logging.getLogger("simulator")


@dataclass(frozen=True)
class Delivery:
    id: int
    tries: int
    url: str
    secret: str
    body: bytes


def signature(body: bytes, secret: str, at: int) -> str:
    """As Stripe signs, in the header Stripe-Signature."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Sender(threading.Thread):
    def __init__(self, store: Store) -> None:
        super().__init__(daemon=True, name="sender")
        self._store = store
        self._under_way: set[int] = set()
        self._pool = ThreadPoolExecutor(AT_ONCE)

    def run(self) -> None:
        while True:
            self._store.changed.clear()
            pause = LONGEST_WAIT_SECONDS
            try:
                do_due(self._store)
                pause = self._send_due()
            except Exception:
                log.exception("Webhooks wait for a moment.")
            self._store.changed.wait(pause)

    def wait_for_those_under_way(self) -> None:
        """So that nothing old arrives after this; those that take too long are not waited for."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self._under_way and time.monotonic() < end:
            time.sleep(0.01)

    def _send_due(self) -> float:
        """How long nothing else is due."""
        with self._store.reading() as kept:
            rows = kept.connection.execute(
                "SELECT id, due FROM delivery WHERE state = 'waiting' ORDER BY due LIMIT 100"
            ).fetchall()
        rows = [row for row in rows if row[0] not in self._under_way]
        now = time.time()
        for row_id, due in rows:
            if due <= now:
                self._under_way.add(row_id)
                self._pool.submit(self._send, row_id)
        later = [float(due) - now for _, due in rows if due > now]
        return min([LONGEST_WAIT_SECONDS, *later])

    def _send(self, row_id: int) -> None:
        try:
            delivery = self._read(row_id)
            answer = post(delivery) if delivery else "the endpoint is gone"
            self._note(row_id, answer, delivery.tries if delivery else sending.tries)
        except Exception:
            log.exception("A webhook could not be sent.")
        finally:
            self._under_way.discard(row_id)

    def _read(self, row_id: int) -> Delivery | None:
        with self._store.reading() as kept:
            row = kept.connection.execute(
                "SELECT event, endpoint, tries FROM delivery WHERE id = ?", (row_id,)
            ).fetchone()
            event, endpoint = (kept.get(row[0]), kept.get(row[1])) if row else (None, None)
            if not event or not endpoint:
                return None
            secret = kept.hidden(endpoint["id"])["secret"]
        return Delivery(row_id, row[2], endpoint["url"], secret, json.dumps(event).encode())

    def _note(self, row_id: int, answer: str, tries: int) -> None:
        """After a bad answer once more, after twice the pause, a few times."""
        is_done = answer.startswith("2")
        state = "sent" if is_done else "waiting" if tries + 1 < sending.tries else "given up"
        due = time.time() + sending.pause * 2**tries
        with self._store.writing() as kept:
            kept.connection.execute(
                "UPDATE delivery SET state = ?, answer = ?, tries = ?, due = ? WHERE id = ?",
                (state, answer, tries + 1, due, row_id),
            )


def post(delivery: Delivery) -> str:
    """The status of the answer, or what went wrong. Signed anew each time."""
    request = urllib.request.Request(  # noqa: S310 - checked where it came in
        delivery.url,
        delivery.body,
        {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (payment simulator)",
            "Stripe-Signature": signature(delivery.body, delivery.secret, int(time.time())),
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            return str(answer.status)
    except urllib.error.HTTPError as problem:
        with problem:
            return str(problem.code)
    except OSError as problem:
        return str(getattr(problem, "reason", problem))[:80]

"""The payment simulator as a process of its own, and what tests tell it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from domain.purchases.payments.simulator_keys import simulator_key, simulator_secret
from tests.real_server import PATIENCE_SECONDS, ROOT, free_port

SECRET_KEY = "k" * 32  # as in `config_for`
GOOD, NO_FUNDS, ASKS, ASKS_THEN_DECLINED, DISPUTED = (
    *("4242424242424242", "4000000000009995", "4000002760003184", "4000008400001629"),
    "4000000000000259",
)
REFUND_FAILS, REFUND_PENDS = "4000000000005126", "4000000000007726"


class Simulator:
    """One that runs. Its webhooks are off until a test wants them."""

    def __init__(self, folder: Path, port: int | None = None, secret_key: str = SECRET_KEY) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.key, self.secret = simulator_key(secret_key), simulator_secret(secret_key)
        self._environ = {
            **os.environ,
            "SIMULATOR_PORT": str(self.port),
            "SIMULATOR_FILE": str(folder / "simulator.db"),
            "SIMULATOR_KEY": self.key,
            "SIMULATOR_SECRET": self.secret,
        }

    def start(self) -> None:
        command = (sys.executable, "-m", "simulator")
        self.process = subprocess.Popen(command, cwd=ROOT, env=self._environ)
        end = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert time.monotonic() < end, "the simulator does not answer"
            assert self.process.poll() is None, "the simulator has ended"
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port)):
                return True
        except OSError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def reset(self) -> None:
        """Empty, without faults, its clock right, its webhooks off."""
        self._tell("reset", off=True)

    def pay(self, session: str, card: str = GOOD, **how: Any) -> dict[str, Any]:  # noqa: ANN401
        """The payment afterwards. `confirms=False` for a buyer who says no to the bank;
        `bank_says="fails", seconds=60` for a bank that confirms later; `late=True` for a session
        that has expired."""
        payment: dict[str, Any] = self._tell("pay", session=session, card=card, **how)
        return payment

    def faults(self, *faults: dict[str, Any]) -> None:
        """For the next calls: see `simulator/faults.py`. `faults()` ends them all."""
        self._tell("faults", faults=list(faults))

    def webhooks(self, url: str, **sending: Any) -> None:  # noqa: ANN401
        """Sent there from now on: see `Sending` in `simulator/events.py`."""
        self._tell("webhooks", url=url, **sending)

    def forward(self, seconds: int) -> None:
        """Its clock; what is due by then has happened afterwards."""
        self._tell("clock", seconds=seconds)

    def expire(self, session: str) -> None:
        self._tell("expire", session=session)

    def refund(self, payment: str, amount: int) -> str:
        """Its name. From outside: only a webhook tells Scrip."""
        return str(self._tell("refund", payment_intent=payment, amount=amount)["id"])

    def dispute(self, payment: str, **terms: Any) -> dict[str, Any]:  # noqa: ANN401
        dispute: dict[str, Any] = self._tell("dispute", payment_intent=payment, **terms)
        return dispute

    def end_dispute(self, dispute: str, status: str) -> None:
        self._tell("dispute", dispute=dispute, status=status)

    def end_refund(self, refund: str, status: str) -> None:
        self._tell("refund", refund=refund, status=status)

    def resend(self, event: str) -> None:
        self._tell("resend", event=event)

    def events(self) -> list[dict[str, Any]]:
        """Oldest first."""
        listed = self.ask("/v1/events?limit=100")["data"]
        return list(reversed(listed))

    def deliveries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("/simulator/deliveries")
        return found

    def count_sessions(self) -> int:
        return int(self.ask("/simulator/sessions"))

    def ask(self, path: str, body: bytes | None = None) -> Any:  # noqa: ANN401
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", body, headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def _tell(self, path: str, **words: Any) -> Any:  # noqa: ANN401
        return self.ask(f"/simulator/{path}", json.dumps(words).encode())


@contextmanager
def running_simulator(folder: Path, **place: Any) -> Iterator[Simulator]:  # noqa: ANN401
    """None of it is left afterwards."""
    simulator = Simulator(folder, **place)
    simulator.start()
    try:
        yield simulator
    finally:
        simulator.kill()

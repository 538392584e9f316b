"""Answers that fail on purpose, for the next calls of a kind."""

import re
import socket
import threading
import time
from dataclasses import dataclass
from typing import Literal

from flask import request

from simulator.errors import ApiError

Kind = Literal["lost", "slow", "500", "429", "down"]


@dataclass
class Fault:
    """`lost`: the line is cut once the work is done; `down`: before anything is done."""

    kind: Kind
    path: str = "/v1/.*"  # a regular expression for all of it
    method: str = "[A-Z]+"
    calls: int = 1
    seconds: float = 0.0  # that a slow one takes, before it does its work

    def is_for(self, method: str, path: str) -> bool:
        return bool(re.fullmatch(self.path, path) and re.fullmatch(self.method, method))


class Faults:
    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def set(self, faults: list[Fault]) -> None:
        with self._lock:
            self._waiting = faults

    def meet(self) -> Fault | None:
        """The fault that this request meets. A slow one takes its time here, and the ones without
        any work raise."""
        fault = self._take(request.method, request.path)
        if fault is None:
            return None
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        elif fault.kind == "down":
            hang_up()
            raise ApiError(503, "Nobody reads this.", type="api_error")
        elif fault.kind == "500":
            raise ApiError(500, "Sorry! There was an error while talking to us.", type="api_error")
        elif fault.kind == "429":
            raise ApiError(429, "Request rate limit exceeded.", code="rate_limit")
        return fault

    def _take(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault in self._waiting:
                if fault.calls > 0 and fault.is_for(method, path):
                    fault.calls -= 1
                    return fault
        return None


def hang_up() -> None:
    """Cuts the line, so that whatever is answered does not arrive."""
    line: socket.socket = request.environ["werkzeug.socket"]
    line.shutdown(socket.SHUT_RDWR)

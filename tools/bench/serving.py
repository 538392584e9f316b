"""Servers as operators run them, and visitors who ask without a pause."""

import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from serving import server_command
from tests.conftest import config_for
from tests.real_server import PATIENCE_SECONDS, RealServer, free_port
from tools.bench.bare import CONTENT

VISITORS = 4
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Load:
    """What a server was asked in several rounds: its processor time for each answer, what each
    answer took and how many came in a second."""

    cpu_ms: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(self.rates)

    @property
    def p50_ms(self) -> float:
        return median(self.seconds) * 1000

    @property
    def p99_ms(self) -> float:
        return quantiles(self.seconds, n=100)[98] * 1000

    def cpu_over(self, other: "Load") -> float:
        """How many times the processor time of `other`, round by round."""
        return median(mine / its for mine, its in zip(self.cpu_ms, other.cpu_ms, strict=True))


@dataclass(frozen=True)
class Question:
    """A request as it is sent, and the status that it is to be answered with."""

    path: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Accept-Encoding", "gzip"),)

    def as_bytes(self, host: str) -> bytes:
        lines = [f"GET {self.path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join([*lines, "", ""]).encode()


@contextmanager
def serving(database_url: str, bare_content: Path | None = None) -> Iterator[RealServer]:
    """Scrip, or a bare Flask application that answers these bytes, once it answers."""
    server = make_server(database_url, bare_content)
    server.start()
    try:
        server.wait()
        yield server
    finally:
        server.kill()


def make_server(database_url: str, bare_content: Path | None = None) -> RealServer:
    """With one worker, on a database that has its tables already."""
    port = free_port()
    config = config_for(database_url, port=port, workers=1)
    factory = "tools.bench.bare:worker_app" if bare_content else "wsgi:worker_app"
    # Our modules are kept compiled after the first start, as the libraries are.
    environ = {"PYTHONDONTWRITEBYTECODE": "", CONTENT: str(bare_content or "")}
    return RealServer(database_url, server_command(config, factory), PORT=str(port), **environ)


def ask_all(server: RealServer, question: Question, count: int, load: Load) -> None:
    """`count` times, by visitors who do not wait between two questions."""
    before, start = cpu_seconds(server), time.perf_counter()
    with ThreadPoolExecutor(VISITORS) as pool:
        visits = [
            pool.submit(_visit, server.port, question, count // VISITORS) for _ in range(VISITORS)
        ]
        taken = [seconds for visit in visits for seconds in visit.result()]
    load.rates.append(len(taken) / (time.perf_counter() - start))
    used = max(cpu_seconds(server) - before, 1 / TICKS)  # less cannot be seen
    load.cpu_ms.append(used * 1000 / len(taken))
    load.seconds += taken


def _visit(port: int, question: Question, count: int) -> list[float]:
    """What each answer took, over one connection."""
    sent, taken = question.as_bytes(f"127.0.0.1:{port}"), []
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(count):
            start = time.perf_counter()
            connection.sendall(sent)
            head = _read_answer(connection)
            taken.append(time.perf_counter() - start)
            assert head.startswith(f"HTTP/1.1 {question.status}".encode()), head
    return taken


def _read_answer(connection: socket.socket) -> bytes:
    """Its head, after all of it has come."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _some(connection)
    head, _, content = received.partition(b"\r\n\r\n")
    _, _, after = head.lower().partition(b"content-length: ")
    missing = int(after.partition(b"\r\n")[0] or 0) - len(content)
    while missing > 0:
        missing -= len(_some(connection))
    return head


def _some(connection: socket.socket) -> bytes:
    received = connection.recv(1 << 18)
    assert received, "the server hung up"
    return received


def cpu_seconds(server: RealServer) -> float:
    """The processor time of its workers until now."""
    return sum(_cpu_seconds(worker) for worker in server.workers())


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(server: RealServer) -> float:
    """What its workers hold that nobody shares with them."""
    return sum(_memory_mb(worker) for worker in server.workers())


def _memory_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    private = [line.split()[1] for line in lines if line.startswith("Private_")]
    return sum(map(int, private)) / 1024

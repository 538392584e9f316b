"""Many browsers that try to sign in at once, in a process of their own.

`python -m tests.sign_in_flood 8000 200 5 patient` opens that many, prints "ready", begins with the
next line that it is sent, and prints after 5 seconds how often each status was answered. Plain
sockets and a low priority: what is measured beside it should be the server's work and not its own.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

NICENESS = 10
BROWSERS = 200
# Patient ones wait as they are told, but no longer than they are told where it is crowded. All
# are as slow as people after a wrong password.
LONGEST_WAIT_SECONDS, WRONG_SECONDS = 6.0, 0.2
COOKIE = re.compile(rb"(?i)\r\nset-cookie: ([^;]+)")
LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")
RETRY_AFTER = re.compile(rb"(?i)\r\nretry-after: (\d+)\r\n")
TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')


class Guesser:
    """One browser in a network and for an account of its own; its connection stays open."""

    def __init__(self, port: int, number: int, is_patient: bool) -> None:
        self.port, self.number, self.is_patient = port, number, is_patient
        self.answers: Counter[str] = Counter()

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        page = await self._ask(b"GET", b"", b"")
        self.cookie, self.token = COOKIE.findall(page)[0], TOKEN.findall(page)[0].decode()

    async def guess(self, end: float) -> None:
        """Until `end`, by the clock of the loop."""
        clock, email = asyncio.get_running_loop().time, f"guess{self.number}@example.com"
        typed = {"email": email, "password": "wrong horse", "csrf_token": self.token}
        while clock() < end:
            answer = await self._ask(b"POST", urlencode(typed).encode(), self.cookie)
            wait = RETRY_AFTER.findall(answer)
            self.answers[answer[9:12].decode() + (" and when to come back" if wait else "")] += 1
            await asyncio.sleep(max(0, min(self._pause(wait), end - clock())))

    def _pause(self, wait: list[bytes]) -> float:
        if not wait:
            return WRONG_SECONDS
        return min(float(wait[0]), LONGEST_WAIT_SECONDS) if self.is_patient else 0

    async def _ask(self, method: bytes, body: bytes, cookie: bytes) -> bytes:
        address = b"10.%d.%d.1" % divmod(self.number, 250)
        self.writer.write(
            b"%s /login HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: %s\r\nCookie: %s\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s"
            % (method, address, cookie, len(body), body)
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        return head + await self.reader.readexactly(int(LENGTH.findall(head)[0]))


async def flood(port: int, count: int, seconds: float, is_patient: bool) -> Counter[str]:
    guessers = [Guesser(port, number, is_patient) for number in range(count)]
    for guesser in guessers:
        await guesser.open()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    end = asyncio.get_running_loop().time() + seconds
    await asyncio.gather(*(guesser.guess(end) for guesser in guessers))
    return sum((guesser.answers for guesser in guessers), Counter())


@contextmanager
def flooding(port: int, seconds: float, manner: str = "patient") -> Iterator[Counter[str]]:
    """Full of its answers at the end; leaves when it is over."""
    command = [sys.executable, "-m", "tests.sign_in_flood", str(port), str(BROWSERS)]
    answers: Counter[str] = Counter()
    with subprocess.Popen(
        [*command, str(seconds), manner], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        assert process.stdin
        process.stdin.write("begin\n")
        process.stdin.flush()
        yield answers
        answers.update(json.loads(process.communicate()[0]))


if __name__ == "__main__":
    os.nice(NICENESS)
    port, count, seconds, manner = sys.argv[1:]
    found = asyncio.run(flood(int(port), int(count), float(seconds), manner == "patient"))
    sys.stdout.write(json.dumps(found))

"""A real mail server on this machine, in whatever mood a test wants."""

import asyncio
import socket
import ssl
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from queue import Queue
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "scrip", "open-sesame"
OK = "250 OK"


@dataclass
class Moods:
    """What it answers, and seconds that it takes over a mail; all that it has taken."""

    mail: str = OK
    rcpt: str = OK
    data: str = OK
    goodbye: str = "221 Bye"
    seconds: float = 0
    drops: bool = False  # the line, once it has taken a mail
    taken: list[EmailMessage] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    def copies(self) -> Counter[str]:
        """How often it has taken each mail, by its Message-ID."""
        return Counter(str(mail["Message-ID"]) for mail in list(self.taken))

    async def handle_MAIL(  # noqa: N802 - as aiosmtpd asks for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        envelope.mail_from = address
        return self.mail

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.arrived.set()
        await asyncio.sleep(self.seconds)
        if self.data == OK:
            content = envelope.content
            assert isinstance(content, bytes)
            self.taken.append(message_from_bytes(content, policy=policy.default))
            if self.drops and isinstance(server.transport, asyncio.WriteTransport):
                server.transport.abort()
        return self.data

    async def handle_QUIT(self, *_: object) -> str:  # noqa: N802
        return self.goodbye


def authenticate(_server: object, _session: object, _envelope: object, _way: str, data: Any) -> Any:  # noqa: ANN401
    is_right = data == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False)


@contextmanager
def mail_server(
    certificate: ssl.SSLContext | None = None, *, at_once: bool = False
) -> Iterator[tuple[int, Moods]]:
    """Its port, and its moods. With a certificate it speaks TLS, `at_once` or when asked to."""
    moods, started = Moods(), Queue[tuple[int, Any]]()
    later = None if at_once else certificate
    serving = _serve(moods, certificate if at_once else None, later, started)
    thread = threading.Thread(target=asyncio.run, args=(serving,))
    thread.start()
    port, stop = started.get(timeout=20)
    try:
        yield port, moods
    finally:
        stop()
        thread.join()


async def _serve(
    moods: Moods,
    at_once: ssl.SSLContext | None,
    later: ssl.SSLContext | None,
    started: Queue[tuple[int, Any]],
) -> None:
    loop, over, guests = asyncio.get_running_loop(), asyncio.Event(), list[SMTP]()

    def welcome() -> SMTP:
        is_safe = {"tls_context": later, "auth_require_tls": later is not None}
        guests.append(SMTP(moods, hostname="mail.example", authenticator=authenticate, **is_safe))  # type: ignore[arg-type]
        return guests[-1]

    server = await loop.create_server(welcome, "127.0.0.1", 0, ssl=at_once)
    port = server.sockets[0].getsockname()[1]
    started.put((port, lambda: loop.call_soon_threadsafe(over.set)))
    await over.wait()
    server.close()
    for guest in guests:
        if guest.transport:
            guest.transport.close()


@contextmanager
def answering_server(answers: Sequence[str]) -> Iterator[int]:
    """Its port. It says the first by itself, and the others to a command each, or to a whole mail;
    then nothing more, until it is told to quit."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_answer, args=(server, answers))
        thread.start()
        yield server.getsockname()[1]
    thread.join()


def _answer(server: socket.socket, answers: Sequence[str]) -> None:
    guest, _address = server.accept()
    with guest, guest.makefile("rwb") as lines:
        is_mail = False
        for answer in answers:
            lines.write(f"{answer}\r\n".encode())
            lines.flush()
            is_mail = answer.startswith("354") and not is_mail
            while (line := lines.readline()) and is_mail and line != b".\r\n":
                pass
        while line and not line.upper().startswith(b"QUIT"):
            line = lines.readline()


def make_certificate(folder: Path, name: str) -> ssl.SSLContext:
    """Of a server called `name`; who trusts folder/certificate.pem trusts it."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    command += f" -keyout {key} -out {certificate} -subj /CN={name}"
    command += f" -addext subjectAltName=DNS:{name}"
    subprocess.run(command.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context

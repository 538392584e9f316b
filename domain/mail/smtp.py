"""Hands a mail to the mail server. Never call it inside a transaction."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Any

from domain.mail.answers import explain, read_answer
from domain.mail.errors import NotSent, Reason
from domain.mail.server import MailServer, Security

# For each answer of the server but the one to a whole mail.
ANSWER_SECONDS = 20.0
# What RFC 5321 asks for: a server may take long over a whole mail, and one that is not waited for
# delivers it, and gets it again.
CONFIRM_SECONDS = 600.0
GOODBYE_SECONDS = 5.0
TAKEN = 250
END_OF_MAIL = b"\r\n.\r\n"


def send(server: MailServer, mail: EmailMessage) -> None:
    """Raises NotSent."""
    try:
        with connected(server) as smtp:
            _check_letters(smtp, mail)
            smtp.send_message(mail)
    except OSError as error:  # what smtplib and ssl raise is one too
        raise explain(error) from error


@contextmanager
def connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    """The server, ready to take mail."""
    kind = _SmtpOverTls if server.security is Security.TLS else _Smtp
    smtp = kind(server)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.security is Security.STARTTLS:
            _start_tls(smtp)
        if server.user:
            _sign_in(smtp, server)
        yield smtp
    finally:
        _leave(smtp)


def _start_tls(smtp: smtplib.SMTP) -> None:
    try:
        smtp.starttls(context=ssl.create_default_context())
    except smtplib.SMTPNotSupportedError as error:
        raise NotSent(Reason.NOT_SECURE) from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(Reason.NOT_SECURE, read_answer(error.smtp_error)) from error
    smtp.ehlo_or_helo_if_needed()


def _sign_in(smtp: smtplib.SMTP, server: MailServer) -> None:
    try:
        smtp.login(server.user, server.password)
    except smtplib.SMTPNotSupportedError as error:
        raise NotSent(Reason.NO_SIGN_IN) from error


def _check_letters(smtp: smtplib.SMTP, mail: EmailMessage) -> None:
    """That this server can write the recipient."""
    (recipient,) = mail["To"].addresses
    if not recipient.addr_spec.isascii() and not smtp.has_extn("smtputf8"):
        raise NotSent(Reason.LETTERS, is_permanent=True)


def _leave(smtp: smtplib.SMTP) -> None:
    """The mail has been taken by now, or not; how the server says goodbye changes nothing."""
    with suppress(OSError):
        if smtp.sock:
            smtp.sock.settimeout(GOODBYE_SECONDS)
            smtp.quit()
    smtp.close()


class _Smtp(smtplib.SMTP):
    def __init__(self, server: MailServer) -> None:
        # By the sender's domain: some servers refuse whoever calls himself localhost.
        name = server.sender.domain
        super().__init__(server.host, server.port, name, timeout=ANSWER_SECONDS)

    def data(self, msg: Any) -> tuple[int, bytes]:  # noqa: ANN401
        """The last step of a mail. Once the final dot is out, it may have been taken."""
        self.has_all = False
        try:
            code, answer = super().data(msg)
        except smtplib.SMTPException as error:
            if self.has_all:
                raise NotSent(Reason.UNCONFIRMED) from error
            raise
        self._wait(ANSWER_SECONDS)
        if code < 200 or 300 <= code < 400:  # no answer to what was asked
            raise NotSent(Reason.UNCONFIRMED, read_answer(answer))
        return TAKEN if code < 300 else code, answer

    def send(self, s: Any) -> None:  # noqa: ANN401
        super().send(s)
        if isinstance(s, bytes) and s.endswith(END_OF_MAIL):
            self.has_all = True
            self._wait(CONFIRM_SECONDS)

    def _wait(self, seconds: float) -> None:
        if self.sock:
            self.sock.settimeout(seconds)


class _SmtpOverTls(_Smtp):
    def _get_socket(self, host: str, port: int, timeout: float) -> ssl.SSLSocket:
        plain = socket.create_connection((host, port), timeout)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)

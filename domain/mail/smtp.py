"""Hands a mail to the mail server. Never call it inside a transaction."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Any

from domain.mail.errors import NotSent, Reason
from domain.mail.server import MailServer, Security

# For each answer of the server but the one to a whole mail.
ANSWER_SECONDS = 20.0
# What RFC 5321 asks for: a server may take long over a whole mail, and one that is not waited for
# delivers it, and gets it again.
CONFIRM_SECONDS = 600.0
GOODBYE_SECONDS = 5.0
PLEASE_SIGN_IN = 530
TAKEN = 250
END_OF_MAIL = b"\r\n.\r\n"


def send(server: MailServer, mail: EmailMessage) -> None:
    """Raises NotSent."""
    try:
        with connected(server) as smtp:
            smtp.send_message(mail)
    except OSError as error:  # what smtplib and ssl raise is one too
        raise explain(error) from error


@contextmanager
def connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    """The server, ready to take mail."""
    kind = _SmtpOverTls if server.security is Security.TLS else _Smtp
    smtp = kind(server)
    try:
        if server.security is Security.STARTTLS:
            _start_tls(smtp)
        if server.user:
            smtp.login(server.user, server.password)
        yield smtp
    finally:
        _leave(smtp)


def _start_tls(smtp: smtplib.SMTP) -> None:
    try:
        smtp.starttls(context=ssl.create_default_context())
    except smtplib.SMTPNotSupportedError as error:
        raise NotSent(Reason.NOT_SECURE) from error


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
            raise NotSent(Reason.UNCONFIRMED, _read(answer))
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


def explain(error: OSError) -> NotSent:
    """Why a mail was not sent, from what smtplib raised."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            ((code, answer),) = error.recipients.values()
            return _refused(Reason.RECIPIENT, code, answer)
        case smtplib.SMTPDataError():
            return _refused(Reason.REFUSED, error.smtp_code, error.smtp_error)
        case smtplib.SMTPResponseException():
            return _not_let_in(error)
        case smtplib.SMTPNotSupportedError():
            # The recipient's name has letters that this server cannot write; or it has no sign-in.
            is_address = "SMTPUTF8" in str(error)
            reason = Reason.RECIPIENT if is_address else Reason.SIGN_IN
            return NotSent(reason, is_permanent=is_address)
        case ssl.SSLError():
            return NotSent(Reason.NOT_SECURE, (error.reason or "").replace("_", " ").lower())
    is_late = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
    reason = Reason.TOO_SLOW if is_late else Reason.UNREACHABLE
    return NotSent(reason, "" if isinstance(error, smtplib.SMTPException) else error.strerror or "")


def _refused(reason: Reason, code: int, answer: bytes | str) -> NotSent:
    """The mail: 5xx is for good, 4xx for now."""
    if code < 500:
        return NotSent(Reason.BUSY, _read(answer))
    return NotSent(reason, _read(answer), is_permanent=True)


def _not_let_in(error: smtplib.SMTPResponseException) -> NotSent:
    """Us, whatever the mail: to be mended in the set-up, or by waiting."""
    is_sign_in = isinstance(error, smtplib.SMTPAuthenticationError)
    if error.smtp_code < 500:
        reason = Reason.BUSY
    elif is_sign_in or error.smtp_code == PLEASE_SIGN_IN:
        reason = Reason.SIGN_IN
    else:
        is_sender = isinstance(error, smtplib.SMTPSenderRefused)
        reason = Reason.SENDER if is_sender else Reason.BUSY
    return NotSent(reason, _read(error.smtp_error))


def _read(answer: bytes | str) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())

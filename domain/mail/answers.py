"""What the answers of a mail server mean. Pure."""

import re
import smtplib
import ssl

from domain.mail.errors import NotSent, Reason

PLEASE_SIGN_IN, WRONG_SIGN_IN, NO_ROOM = 530, 535, 552
# The finer code that many servers put before their words, by RFC 3463: class, subject, detail.
FINER_CODE = re.compile(r"[245]\.(\d{1,3}\.\d{1,3})\b")
FULL, POLICY = "2.2", "7."


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
        case ssl.SSLError():
            return NotSent(Reason.NOT_SECURE, (error.reason or "").replace("_", " ").lower())
    is_late = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
    reason = Reason.TOO_SLOW if is_late else Reason.UNREACHABLE
    return NotSent(reason, "" if isinstance(error, smtplib.SMTPException) else error.strerror or "")


def _refused(reason: Reason, code: int, answer: bytes | str) -> NotSent:
    """The mail: 5xx is for good, 4xx for now; but all mails are refused for a set-up."""
    said = read_answer(answer)
    found = FINER_CODE.match(said)
    finer = found[1] if found else ""
    if finer == FULL or (code == NO_ROOM and not finer):
        return NotSent(Reason.MAILBOX_FULL, said, is_permanent=code >= 500)
    if code < 500:
        return NotSent(Reason.BUSY, said)
    if code in (PLEASE_SIGN_IN, WRONG_SIGN_IN):
        return NotSent(Reason.SIGN_IN, said)
    if finer.startswith(POLICY):
        return NotSent(Reason.NOT_ALLOWED, said)
    return NotSent(reason, said, is_permanent=True)


def _not_let_in(error: smtplib.SMTPResponseException) -> NotSent:
    """Us, whatever the mail: to be mended in the set-up, or by waiting."""
    return NotSent(_why_not_let_in(error), read_answer(error.smtp_error))


def _why_not_let_in(error: smtplib.SMTPResponseException) -> Reason:
    is_at_start = isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError)
    code = error.smtp_code
    if code < 400 or type(error) is smtplib.SMTPResponseException:  # no code, or no end of line
        return Reason.NO_MAIL_SERVER
    if code < 500:
        return Reason.BUSY
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Reason.SIGN_IN
    if code in (PLEASE_SIGN_IN, WRONG_SIGN_IN):
        return Reason.SIGN_IN
    return Reason.TURNED_AWAY if is_at_start else Reason.SENDER


def read_answer(answer: bytes | str) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())

"""A mail as it travels: one text, in two forms. Pure."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import NamedTuple

from domain.emails import split_address
from domain.mail.errors import NotSent, Reason


class Attachment(NamedTuple):
    """A file that comes with it; `kind` is a media type: "application/pdf"."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """What is said to whom. `key` and `written_at` name it, however often it is sent."""

    recipient: str
    subject: str
    text: str
    html: str
    key: str
    written_at: datetime
    attachments: tuple[Attachment, ...] = ()


def compose(mail: Mail, sender: Address) -> EmailMessage:
    """Raises NotSent for a recipient that no mail can go to."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = read_recipient(mail.recipient)
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(mail.written_at)
    message["Message-ID"] = f"<{name(mail)}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    # Not in eight bits, which not every mail server takes.
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for one in mail.attachments:
        kind, _, subtype = one.kind.partition("/")
        message.add_attachment(one.content, maintype=kind, subtype=subtype, filename=one.name)
    return message


def name(mail: Mail) -> str:
    """The same for each try, so that whoever gets it twice shows it once; another one for the
    same key in another database."""
    return sha256(f"{mail.key} {mail.written_at.isoformat()}".encode()).hexdigest()[:32]


def read_recipient(text: str) -> Address:
    """With the domain as it is asked for in DNS."""
    parts = split_address(text)
    if parts is None:
        raise NotSent(Reason.ADDRESS, is_permanent=True)
    return Address(username=parts[0], domain=parts[1])

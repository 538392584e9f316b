"""Mails as they are read: in the recipient's language, as HTML and as text from the same template.

A new mail is a template in templates/mail/, a line in TEMPLATES, and a `put` in the transaction of
the act that it reports.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flask import current_app, render_template
from flask_babel import lazy_gettext as _

from blueprints import receipt_pdf
from blueprints.locale import use_language
from blueprints.receipt_pages import Paper, find_note, find_paper
from config import Config
from domain.catalogue.storefront import live
from domain.mail import smtp
from domain.mail.composing import Attachment, Mail, compose
from domain.mail.errors import NotSent
from domain.mail.plain import read_html
from domain.mail.server import MailServer
from domain.outbox.rules import Failed, Kept, Message, Outcome, Sent
from extensions import db

# By topic: the template, and what the list of mails calls it.
TEMPLATES = {
    "test": ("mail/test.html", _("Test")),
    "code": ("mail/code.html", _("Sign-in code")),
    "email_code": ("mail/email_code.html", _("Code to change an email")),
    "credits_ending": ("mail/credits_ending.html", _("Credits end soon")),
    "notice": ("mail/notice.html", _("Notice to an admin")),
    "notices": ("mail/notices.html", _("Notices of a day")),
    "own_account": ("mail/own_account.html", _("Change of a sign-in")),
    "team_invitation": ("mail/team_invitation.html", _("Invitation to the team")),
    "password_link": ("mail/password_link.html", _("Link to a new password")),
    "credits_given": ("mail/credits_given.html", _("Credits given")),
    "invitation": ("mail/invitation.html", _("Invitation")),
    "receipt": ("mail/receipt.html", _("Receipt")),
    "refund": ("mail/refund.html", _("Refund")),
    "refund_failed": ("mail/refund_failed.html", _("Refund did not arrive")),
    "payment_link": ("mail/payment_link.html", _("Payment link")),
    "payment_failed": ("mail/payment_failed.html", _("Payment failed")),
    "withdrawal": ("mail/withdrawal.html", _("Withdrawal")),
    "email_changed": ("mail/email_changed.html", _("Email changed")),
}
# By topic: whose paper comes with the mail, as PDF.
PAPERS: Mapping[str, Callable[[Mapping[str, Any]], Paper | None]] = {
    "receipt": lambda data: find_paper(data["purchase"]),
    "refund": lambda data: find_note(data["note"]),
    "refund_failed": lambda data: find_note(data["note"]),
}
HIDDEN = "••••••"

log = logging.getLogger("scrip.mails")


class Said(NamedTuple):
    """A mail as it reads."""

    subject: str
    text: str
    html: str


class Hidden:
    """Secrets that nobody may read any more: each is dots."""

    def __getattr__(self, _name: str) -> str:
        return HIDDEN


def render(
    topic: str,
    recipient: str,
    data: Mapping[str, Any],
    secrets: object = None,
    *,
    is_attached: bool = False,
) -> Said:
    """The mail; without its secrets dots stand in their places. `is_attached`: a file comes with
    it."""
    platform = live.live_release(db.session).settings.platform_name
    template, _title = TEMPLATES[topic]
    # A context of its own: the language of the mail is not that of the page around it.
    with current_app.app_context():
        use_language(data["language"])
        html = render_template(
            template,
            platform=platform,
            data={**data, "recipient": recipient},
            secrets=Hidden() if secrets is None else secrets,
            is_attached=is_attached,
        )
    return Said(*read_html(html), html)


def can_mail() -> bool:
    """Whether what is put into the outbox goes anywhere, if only onto the page of mails."""
    config: Config = current_app.extensions["scrip"]
    return bool(config.mail or config.keeps_mail)


def deliver(message: Message, server: MailServer) -> Outcome:
    """Sends it; never inside a transaction."""
    files = _print_files(message)
    is_attached = bool(files)
    said = render(
        message.topic, message.recipient, message.data, message.secrets, is_attached=is_attached
    )
    kept = _to_keep(message, is_attached=is_attached)
    db.session.rollback()  # what was read for it
    mail = Mail(message.recipient, *said, message.key, message.created_at, files)
    try:
        smtp.send(server, compose(mail, server.sender))
    except NotSent as error:
        return _failed(error, kept)
    return Sent(kept.subject, kept.text)


def _failed(error: NotSent, kept: Said) -> Failed:
    return Failed(
        error.reason,
        error.reply,
        is_permanent=error.is_permanent,
        may_have_arrived=error.may_have_arrived,
        subject=kept.subject,
    )


def keep(message: Message) -> Outcome:
    """Where mail is not set up: it is read on the page, and not sent."""
    kept = _to_keep(message)
    return Kept(kept.subject, kept.text)


def _to_keep(message: Message, *, is_attached: bool = False) -> Said:
    return render(message.topic, message.recipient, message.data, is_attached=is_attached)


def _print_files(message: Message) -> tuple[Attachment, ...]:
    """None when one cannot be printed: a mail goes without it, and leads to the page."""
    find = PAPERS.get(message.topic)
    paper = find(message.data) if find else None
    db.session.rollback()  # printing takes its time
    if paper is None:
        return ()
    try:
        return (receipt_pdf.attach(paper),)
    except Exception:
        log.exception("message %s: %s could not be printed", message.id, paper.number)
        return ()

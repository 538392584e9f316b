"""Mails as they are read: in the recipient's language, as HTML and as text from the same template.

A new mail is a template in templates/mail/, a line in TEMPLATES, and a `put` in the transaction of
the act that it reports.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import current_app, render_template
from flask_babel import lazy_gettext as _

from blueprints.locale import use_language
from domain.catalogue.storefront import live
from domain.mail import smtp
from domain.mail.composing import Mail, compose
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
    "credits_given": ("mail/credits_given.html", _("Credits given")),
    "invitation": ("mail/invitation.html", _("Invitation")),
    "receipt": ("mail/receipt.html", _("Receipt")),
    "refund": ("mail/refund.html", _("Refund")),
    "refund_failed": ("mail/refund_failed.html", _("Refund did not arrive")),
    "payment_failed": ("mail/payment_failed.html", _("Payment failed")),
    "email_changed": ("mail/email_changed.html", _("Email changed")),
}
HIDDEN = "••••••"


class Said(NamedTuple):
    """A mail as it reads."""

    subject: str
    text: str
    html: str


class Hidden:
    """Secrets that nobody may read any more: each is dots."""

    def __getattr__(self, _name: str) -> str:
        return HIDDEN


def render(topic: str, recipient: str, data: Mapping[str, Any], secrets: object = None) -> Said:
    """The mail; without its secrets dots stand in their places."""
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
        )
    return Said(*read_html(html), html)


def deliver(message: Message, server: MailServer) -> Outcome:
    """Sends it; never inside a transaction."""
    said = render(message.topic, message.recipient, message.data, message.secrets)
    kept = _to_keep(message)
    db.session.rollback()  # what was read for it
    mail = Mail(message.recipient, *said, message.key, message.created_at)
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


def _to_keep(message: Message) -> Said:
    return render(message.topic, message.recipient, message.data)

"""How mail is set up, how a mail stands, and why it failed, in plain words."""

from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from blueprints.i18n import format_moment
from config import Config
from domain.mail.errors import Reason
from domain.mail.server import Security
from domain.outbox import rules
from domain.outbox.models import OutboxMessage
from domain.outbox.rules import State, is_being_sent

REASONS = {
    Reason.UNREACHABLE: lazy_gettext("The mail server cannot be reached."),
    Reason.TOO_SLOW: lazy_gettext("The mail server takes too long to answer."),
    Reason.NO_MAIL_SERVER: lazy_gettext("What answers at MAIL_URL is no mail server."),
    Reason.TURNED_AWAY: lazy_gettext("The mail server takes no mail from this machine."),
    Reason.NOT_SECURE: lazy_gettext("There is no safe connection to the mail server."),
    Reason.SIGN_IN: lazy_gettext("The mail server refuses the user or the password in MAIL_URL."),
    Reason.NO_SIGN_IN: lazy_gettext(
        "The mail server takes no sign-in. Take the user and the password out of MAIL_URL."
    ),
    Reason.SENDER: lazy_gettext("The mail server refuses the sender in MAIL_FROM."),
    Reason.RECIPIENT: lazy_gettext("The mail server does not know this address."),
    Reason.MAILBOX_FULL: lazy_gettext("The mailbox is full."),
    Reason.ADDRESS: lazy_gettext("Scrip cannot send to this address."),
    Reason.LETTERS: lazy_gettext("The mail server cannot write the letters of this address."),
    Reason.NOT_ALLOWED: lazy_gettext(
        "The mail server does not let Scrip send this. Check MAIL_URL and MAIL_FROM."
    ),
    Reason.REFUSED: lazy_gettext("The mail server refuses this mail."),
    Reason.BUSY: lazy_gettext("The mail server asks to try again later."),
    Reason.UNCONFIRMED: lazy_gettext("The mail server did not say whether it took the mail."),
    rules.BROKEN: lazy_gettext("An error in Scrip: its log has the details."),
    rules.SECRETS_ENDED: lazy_gettext("The code or link in it ended before it could be sent."),
    rules.NEVER_FINISHED: lazy_gettext(
        "Each worker that sent it was stopped. It may have arrived."
    ),
}
STATES = {
    State.WAITING: lazy_gettext("Waiting"),
    State.SENT: lazy_gettext("Sent"),
    State.KEPT: lazy_gettext("Not sent: kept here"),
    State.GIVEN_UP: lazy_gettext("Given up"),
}


class Setup(NamedTuple):
    """A sentence, and whether something has to be done."""

    words: str
    is_warning: bool = False


def describe_setup(config: Config) -> Setup:
    server = config.mail
    if server is None:
        return _describe_none(config)
    words = _(
        "Mail leaves through %(host)s, port %(port)s, from %(sender)s.",
        host=server.host,
        port=server.port,
        sender=server.sender,
    )
    if server.security is Security.NONE:
        words += " " + _("The connection is not encrypted.")
    return Setup(words)


def _describe_none(config: Config) -> Setup:
    if config.keeps_mail:
        return Setup(
            _("Mail is not sent: it is kept here. To send it, set MAIL_URL and MAIL_FROM.")
        )
    words = _(
        "Mail waits, and customers cannot sign in with a code: set MAIL_URL and MAIL_FROM, and "
        "start the server and the worker again."
    )
    return Setup(words, is_warning=True)


def describe_state(mail: OutboxMessage) -> str:
    return str(STATES[State(mail.state)])


def describe_reason(mail: OutboxMessage, now: datetime) -> str:
    """What happens to it, or why the last try failed and when the next one is; "" when there was
    neither."""
    if mail.claimed_at and is_being_sent(mail.claimed_at, mail.due_at, now):
        return str(_("It is being sent since %(moment)s.", moment=format_moment(mail.claimed_at)))
    words = [str(REASONS.get(mail.reason, mail.reason))] if mail.reason else []
    if mail.state == State.GIVEN_UP and mail.unconfirmed:
        words.append(_("It may have arrived."))
    if mail.reason and mail.due_at and mail.due_at > now:
        words.append(_("Next try: %(moment)s.", moment=format_moment(mail.due_at)))
    return " ".join(words)


def may_be_sent_again(mail: OutboxMessage, config: Config) -> bool:
    """Where mail is not set up, what is kept would be kept again."""
    return mail.state == State.GIVEN_UP or (mail.state == State.KEPT and config.mail is not None)

"""Why a mail was not handed over."""

from enum import StrEnum


class Reason(StrEnum):
    """In a word; pages say it in a sentence."""

    UNREACHABLE = "unreachable"
    TOO_SLOW = "too_slow"
    NO_MAIL_SERVER = "no_mail_server"
    TURNED_AWAY = "turned_away"
    NOT_SECURE = "not_secure"
    SIGN_IN = "sign_in"
    NO_SIGN_IN = "no_sign_in"
    SENDER = "sender"
    NOT_ALLOWED = "not_allowed"
    RECIPIENT = "recipient"
    MAILBOX_FULL = "mailbox_full"
    ADDRESS = "address"
    LETTERS = "letters"
    REFUSED = "refused"
    BUSY = "busy"
    UNCONFIRMED = "unconfirmed"


class NotSent(Exception):
    """`reply` is what the mail server said. `is_permanent` when a further try would end the same.

    It never does where the set-up is to blame: once that is mended, what waits is sent.
    """

    def __init__(self, reason: Reason, reply: str = "", *, is_permanent: bool = False) -> None:
        super().__init__(reason, reply)
        self.reason, self.reply, self.is_permanent = reason, reply, is_permanent

    @property
    def may_have_arrived(self) -> bool:
        return self.reason is Reason.UNCONFIRMED

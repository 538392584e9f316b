"""A purchase's life in words: what happened, the newest first."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _

from blueprints.card_names import card_name
from blueprints.i18n import format_end
from blueprints.pages import country_name, credit_count, isolated, number, price
from blueprints.purchases import words
from domain.ledger.purchased import PurchaseEntry
from domain.outbox.models import OutboxMessage
from domain.outbox.rules import State as MailState
from domain.purchases.mails import CREDIT_NOTE_KEY, receipt_key, withdrawal_key
from domain.purchases.models import Purchase, PurchaseStep
from domain.purchases.rules import Hold, Step
from domain.purchases.timeline import Life


class Line(NamedTuple):
    """`tone` is "good", "bad", "warn" or ""."""

    at: datetime
    icon: str
    what: str
    detail: str = ""
    tone: str = ""


def describe_life(life: Life) -> list[Line]:
    """Of two at the same moment, what follows from the other comes first."""
    lines = [*_steps(life), *_entries(life), *(_mail(mail, life) for mail in life.mails)]
    return sorted(lines, key=lambda line: line.at)[::-1]


def describe_card(purchase: Purchase) -> str:
    """ "Visa ending 4242", of the payment or the last try; "" where no card is known."""
    brand, last4 = purchase.card_brand or "", purchase.card_last4
    if not last4:
        return ""
    return str(_("%(brand)s ending %(digits)s", brand=card_name(brand), digits=last4))


def _steps(life: Life) -> Iterator[Line]:
    attempts = 0
    for step in life.steps:
        attempts += step.kind == Step.OPENED
        describe = STEPS.get(Step(step.kind))
        if describe:
            yield Line(step.at, *describe(life.purchase, step, attempts))
        elif step.kind == Step.SENT:
            yield Line(step.at, *_sent(life, attempts))
        elif step.kind == Step.DECLINED:
            yield Line(step.at, *_declined(life, step))


Said = tuple[str, ...]


def _opened(purchase: Purchase, step: PurchaseStep, attempt: int) -> Said:
    if step.data.get("recovered"):
        return "refresh-cw", _("Found at the provider after a restore")
    if attempt > 1:
        return "refresh-cw", _("Tried again")
    detail = _(
        "Package %(name)s as of release %(number)s, %(price)s. Asked for credits at once: yes.",
        name=isolated(purchase.name),
        number=purchase.release_number,
        price=isolated(price(purchase.price_minor, purchase.currency)),
    )
    return "shopping-bag", _("Checkout opened"), detail


def _sent(life: Life, attempt: int) -> Said:
    count = sum(step.kind == Step.OPENED for step in life.steps)
    detail = _("Attempt %(attempt)s of %(count)s.", attempt=number(attempt), count=number(count))
    return "external-link", _("Sent to the payment page"), detail if count > 1 else ""


def _returned(_purchase: Purchase, _step: PurchaseStep, _attempt: int) -> Said:
    return "clock", _("Back from the payment page")


def _declined(life: Life, step: PurchaseStep) -> Said:
    """A purchase knows the card of its payment or of its last try, and no other."""
    purchase = life.purchase
    is_last = step is [one for one in life.steps if one.kind == Step.DECLINED][-1]
    card = describe_card(purchase) if is_last and not purchase.paid_at else ""
    failure = words.describe_failure(step.data.get("failure", purchase.failure))
    said = [card, failure, _("Nothing was charged")]
    return "x", _("Declined"), _sentences(said), "bad"


def _failed(purchase: Purchase, step: PurchaseStep, _attempt: int) -> Said:
    failure = step.data.get("failure", purchase.failure)
    said = [words.describe_failure(failure), _("Nothing was charged")]
    return "x", _("Payment failed"), _sentences(said), "bad"


def _processing(_purchase: Purchase, _step: PurchaseStep, _attempt: int) -> Said:
    return "clock", _("Bank confirms later"), _("No credits until then.")


def _paid(purchase: Purchase, _step: PurchaseStep, _attempt: int) -> Said:
    said = [describe_card(purchase)]
    if purchase.card_country:
        said.append(_("Card from %(country)s", country=country_name(purchase.card_country)))
    if purchase.card_was_confirmed:
        said.append(_("The bank asked for a confirmation"))
    amount = isolated(price(purchase.price_minor, purchase.currency))
    return "credit-card", _("Paid %(price)s", price=amount), _sentences(said), "good"


def _expired(_purchase: Purchase, _step: PurchaseStep, _attempt: int) -> Said:
    return "clock", _("Payment page ended"), _("Nothing was charged.")


def _held(purchase: Purchase, step: PurchaseStep, _attempt: int) -> Said:
    hold = Hold(step.data.get("hold", purchase.hold or Hold.UNKNOWN_STATE))
    return "triangle-alert", _("Waits for a person"), f"{words.HOLDS[hold]}.", "warn"


def _refund_asked(purchase: Purchase, step: PurchaseStep, _attempt: int) -> Said:
    who = (
        _("By the customer")
        if str(step.data.get("author", "")).startswith("customer:")
        else _("By an admin")
    )
    return "undo-2", _("Refund asked for"), _sentences([_amount(purchase, step), who])


def _task_done(_purchase: Purchase, step: PurchaseStep, _attempt: int) -> Said:
    hold = step.data.get("hold", Hold.UNKNOWN_STATE)
    return "check", _("Looked at by a person"), f"{words.HOLDS[Hold(hold)]}.", "good"


def _refund_seen(purchase: Purchase, step: PurchaseStep, _attempt: int) -> Said:
    status = str(words.REFUND_STATUS.get(step.data.get("status", ""), ""))
    return "undo-2", _("Refund seen at the provider"), _sentences([_amount(purchase, step), status])


def _dispute_seen(purchase: Purchase, step: PurchaseStep, _attempt: int) -> Said:
    status = str(words.DISPUTE_STATUS.get(step.data.get("status", ""), ""))
    said = _sentences([_amount(purchase, step), status])
    return "triangle-alert", _("Dispute seen at the provider"), said, "warn"


# The lines about credits come from the ledger, those about receipts from their mails.
STEPS: Mapping[Step, Callable[[Purchase, PurchaseStep, int], Said]] = {
    Step.OPENED: _opened,
    Step.RETURNED: _returned,
    Step.PROCESSING: _processing,
    Step.PAID: _paid,
    Step.FAILED: _failed,
    Step.EXPIRED: _expired,
    Step.HELD: _held,
    Step.TASK_DONE: _task_done,
    Step.REFUND_ASKED: _refund_asked,
    Step.REFUND_SEEN: _refund_seen,
    Step.DISPUTE_SEEN: _dispute_seen,
}


def _entries(life: Life) -> Iterator[Line]:
    """Of what is granted, all but the first came back: of a refund that did not arrive."""
    was_granted = False
    for entry in life.entries:
        yield Line(entry.at, *_entry(life.purchase, entry, is_back=was_granted))
        was_granted |= entry.kind == "grant"


def _entry(purchase: Purchase, entry: PurchaseEntry, *, is_back: bool) -> Said:
    credits = credit_count(entry.credits)
    after = _("Free after: %(count)s", count=number(entry.free))
    match entry.kind:
        case "grant" if is_back:
            return "check", _("%(credits)s given back", credits=credits), f"{after}."
        case "grant":
            lot = _("Lot %(name)s, %(day)s", name=isolated(purchase.name), day=format_end(entry.at))
            said = _("%(credits)s added", credits=credits)
            return "check", said, _sentences([lot, after]), "good"
        case "revoke":
            return "undo-2", _("%(credits)s taken back", credits=credits), f"{after}."
        case "freeze":
            return "lock", _("%(credits)s frozen", credits=credits), f"{after}."
        case _:
            return "check", _("%(credits)s free again", credits=credits), f"{after}."


def _mail(mail: OutboxMessage, life: Life) -> Line:
    is_receipt = mail.key.startswith(receipt_key(life.purchase.id))
    state = MailState(mail.state)
    said = (_receipt_words(life) if is_receipt else _words_of(mail, life.purchase.id))[state]
    to = _("to %(address)s", address=isolated(mail.recipient)) if mail.recipient else ""
    icon = "receipt-text" if is_receipt else "mail"
    tone = "bad" if state == MailState.GIVEN_UP else ""
    return Line(mail.ended_at or mail.created_at, icon, said, to, tone)


def _receipt_words(life: Life) -> Mapping[MailState, str]:
    parts = {"name": life.receipt_name}
    return {
        MailState.SENT: _("Receipt %(name)s sent", **parts),
        MailState.KEPT: _("Receipt %(name)s kept at Settings, Mail", **parts),
        MailState.WAITING: _("Receipt %(name)s is on its way", **parts),
        MailState.GIVEN_UP: _("Receipt %(name)s could not be sent", **parts),
    }


def _words_of(mail: OutboxMessage, purchase_id: int) -> Mapping[MailState, str]:
    if mail.key.startswith(CREDIT_NOTE_KEY.format(purchase_id)):
        return {
            MailState.SENT: _("Mail about the refund sent"),
            MailState.KEPT: _("Mail about the refund kept at Settings, Mail"),
            MailState.WAITING: _("Mail about the refund is on its way"),
            MailState.GIVEN_UP: _("Mail about the refund could not be sent"),
        }
    if mail.key == withdrawal_key(purchase_id):
        return {
            MailState.SENT: _("Mail about the withdrawal sent"),
            MailState.KEPT: _("Mail about the withdrawal kept at Settings, Mail"),
            MailState.WAITING: _("Mail about the withdrawal is on its way"),
            MailState.GIVEN_UP: _("Mail about the withdrawal could not be sent"),
        }
    return {
        MailState.SENT: _("Mail about the failed payment sent"),
        MailState.KEPT: _("Mail about the failed payment kept at Settings, Mail"),
        MailState.WAITING: _("Mail about the failed payment is on its way"),
        MailState.GIVEN_UP: _("Mail about the failed payment could not be sent"),
    }


def _amount(purchase: Purchase, step: PurchaseStep) -> str:
    amount = step.data.get("amount_minor")
    currency = step.data.get("currency", purchase.currency)
    return price(amount, currency) if amount else ""


def _sentences(parts: list[str]) -> str:
    """Each with a full stop; without those that are empty."""
    return " ".join(f"{part}." for part in parts if part)

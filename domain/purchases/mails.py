"""Mails to buyers about their purchases, in the language in which they bought."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from domain.company.company import find_company
from domain.customers.customers import Person
from domain.database import AnySession
from domain.outbox.acts import put
from domain.outbox.rules import MAIL
from domain.purchases.link_models import PaymentLink
from domain.purchases.models import Checkout, Purchase, Receipt
from domain.purchases.money_back_models import CreditNote
from domain.purchases.names import name_receipt
from domain.purchases.withdrawal_models import Withdrawal

# As often as a receipt can be sent again: with so many keys all its mails are found.
MOST_COPIES = 20
CREDIT_NOTE_KEY = "purchase:{}:credit_note:"
COPIED = ("language", "credits", "price_minor", "currency")


def put_receipt(
    session: AnySession, key: str, receipt: Receipt, purchase: Purchase, buyer: Person, origin: str
) -> None:
    """One mail for each key, where an address is known that is surely the buyer's."""
    said = {
        "receipt": name_receipt(receipt.series, receipt.year, receipt.number),
        "seller": receipt.content["seller"],
        "consent": purchase.consent,
    }
    _put(session, key, "receipt", buyer, _what(purchase, origin) | said)


def put_payment_failed(
    session: AnySession, purchase: Purchase, checkout: Checkout, buyer: Person
) -> None:
    """Once for each attempt: the bank has said no after the buyer was gone."""
    key = failed_key(purchase.id, checkout.id)
    _put(session, key, "payment_failed", buyer, _what(purchase, origin_of(checkout)))


def put_refund(
    session: AnySession, note: CreditNote, purchase: Purchase, buyer: Person, origin: str
) -> None:
    """Once for each refund that arrived."""
    _put(session, refund_key(note), "refund", buyer, _what(purchase, origin) | _of_note(note))


def put_refund_failed(
    session: AnySession, note: CreditNote, purchase: Purchase, buyer: Person, origin: str
) -> None:
    """Its money did not arrive after all, and its credits are back."""
    data = _what(purchase, origin) | _of_note(note)
    _put(session, refund_key(note), "refund_failed", buyer, data)


def refund_key(note: CreditNote) -> str:
    """Of the mail with a credit note."""
    return f"{CREDIT_NOTE_KEY.format(note.purchase_id)}{note.id}"


def put_withdrawal(
    session: AnySession,
    purchase: Purchase,
    withdrawal: Withdrawal,
    recipient: str,
    follows: Mapping[str, Any],
) -> None:
    """The acknowledgement, once, in the language of the declaration. `follows` is what is said of
    what comes next."""
    copied = {name: getattr(withdrawal, name) for name in ("name", "number", "text", "state")}
    said = {"package": purchase.name, "currency": purchase.currency, "purchase": purchase.id}
    said |= {"language": withdrawal.language, "received_at": withdrawal.received_at.isoformat()}
    data = {**copied, **said, **follows, "seller": _seller(session)}
    put(
        *(session, MAIL, withdrawal_key(purchase.id)),
        topic="withdrawal",
        recipient=recipient,
        data=data,
    )


def put_payment_link(
    session: AnySession, link: PaymentLink, buyer: Person, token: str, origin: str
) -> None:
    """In the customer's language. What it costs is on the page that it leads to, as that may
    change. Who reads the list of mails does not see the token."""
    days = (link.expires_at - link.created_at).days
    said = {"language": buyer.language, "package": link.name, "days": days, "origin": origin}
    put(
        session,
        MAIL,
        f"payment_link:{link.id}",
        topic="payment_link",
        recipient=buyer.email or "",
        data=said,
        secrets={"token": token},
    )


def receipt_key(purchase_id: int) -> str:
    """Of the mail with the receipt, when the purchase is paid."""
    return f"purchase:{purchase_id}:receipt"


def failed_key(purchase_id: int, checkout_id: int) -> str:
    """Of the mail that says that the bank said no to this attempt."""
    return f"purchase:{purchase_id}:payment_failed:{checkout_id}"


def withdrawal_key(purchase_id: int) -> str:
    """Of the mail that acknowledges a withdrawal."""
    return f"purchase:{purchase_id}:withdrawal"


def copy_keys(purchase_id: int) -> list[str]:
    """Of the mails with the receipt that admins send."""
    return [f"{receipt_key(purchase_id)}:again:{n}" for n in range(1, MOST_COPIES + 1)]


def origin_of(checkout: Checkout) -> str:
    """Where the buyer came from, and can come back to: "https://credits.example.com"."""
    address = urlsplit(checkout.return_url)
    return f"{address.scheme}://{address.netloc}"


def _seller(session: AnySession) -> dict[str, str]:
    """How to reach who sells now; empty while nobody has said."""
    company = find_company(session)
    return company._asdict() if company else {}


def _what(purchase: Purchase, origin: str) -> dict[str, Any]:
    copied = {name: getattr(purchase, name) for name in COPIED}
    return copied | {"purchase": purchase.id, "package": purchase.name, "origin": origin}


def _of_note(note: CreditNote) -> dict[str, Any]:
    return {
        "note": note.id,
        "credit_note": name_receipt(note.series, note.year, note.number),
        "back_minor": note.content["amount_minor"],
        "receipt": note.content["receipt"],
        "seller": note.content["seller"],
    }


def _put(session: AnySession, key: str, topic: str, buyer: Person, data: dict[str, Any]) -> None:
    if buyer.email is not None and buyer.may_get_mail:
        put(session, MAIL, key, topic=topic, recipient=buyer.email, data=data)

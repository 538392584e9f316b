"""What becomes of each column that refers to a customer, or can hold what names one, when they are
erased. Pure: `tests/test_erasure.py` fails when a column has no rule.

Names and addresses stand in `customer_contact`, free text in `customer_note`; the ledger and the
purchases keep numbers, which name nobody once those two are empty.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple


class Fate(StrEnum):
    """Of what a column holds."""

    BLANK = "blank"  # the row stays, without it
    DELETE = "delete"  # the row goes
    RANDOM = "random"  # something made at random takes its place
    KEEP = "keep"
    ENDS = "ends"  # the row goes by itself, after a while


class Rule(NamedTuple):
    fate: Fate
    why: str


NUMBER = Rule(Fate.KEEP, "A number, which names nobody once the contact is blank.")
WORD = Rule(Fate.KEEP, "A word of ours, from a list.")
DIGEST = Rule(Fate.KEEP, "A digest of numbers, or of a note with a salt that goes with the note.")
OUR_COMPANY = Rule(Fate.KEEP, "The company that sells.")
AN_ADMINS = Rule(Fate.KEEP, "An admin's, not a customer's.")
CATALOGUE = Rule(Fate.KEEP, "What admins wrote about packages, settings and markets.")
PROVIDERS = Rule(Fate.KEEP, "The provider's own words and numbers.")
CONTACT = Rule(Fate.BLANK, "What names the customer.")


def _each(table: str, columns: str, rule: Rule) -> Iterator[tuple[str, Rule]]:
    return ((f"{table}.{column}", rule) for column in columns.split())


# By "table.column"; by "table" where all its rows of the customer go.
RULES: Mapping[str, Rule] = {
    **dict(_each("customer_contact", "name email email_key", CONTACT)),
    "customer_contact.customer_id": NUMBER,
    "customer_word": Rule(Fate.DELETE, "The words of the name, and the email."),
    "customer_note": Rule(Fate.DELETE, "Free text. Of a reason, the entry keeps the digest."),
    "customer_tag": Rule(Fate.DELETE, "What support wrote about the customer."),
    "customer_session": Rule(Fate.DELETE, "Signs the customer out everywhere."),
    "customer.subject": Rule(
        Fate.RANDOM, "The platform's own id of the customer, who is somebody new if they come back."
    ),
    "customer.country": Rule(Fate.KEEP, "For reports of taxes; some millions share it."),
    "customer.language": WORD,
    "sign_in_code": Rule(Fate.ENDS, "Codes are deleted within a day; those of the email at once."),
    # Mails: what waits is not sent any more, and what was sent is not read any more.
    **dict(
        _each(
            *("outbox_message", "recipient data secrets subject body reply"),
            Rule(
                Fate.BLANK,
                "Mails to the customer: by their email, by keys that hold their number or their "
                "wallet's, and by former emails, which mails with the key email_changed went to.",
            ),
        )
    ),
    "outbox_message.key": Rule(Fate.KEEP, "Made of words and numbers of ours."),
    **dict(_each("outbox_message", "kind topic state reason", WORD)),
    # The ledger.
    "wallet.customer_id": NUMBER,
    **dict(_each("wallet", "status status_reason", WORD)),
    "wallet.head_hash": DIGEST,
    **dict(_each("entry", "wallet_id reverses", NUMBER)),
    **dict(_each("entry", "kind purpose_kind reason cause", WORD)),
    "entry.actor": Rule(Fate.KEEP, "A word and a number, such as customer:7."),
    **dict(
        _each(
            *("entry", "purpose_id source"),
            Rule(Fate.KEEP, "A number of ours, or the platform's own of what was paid for."),
        )
    ),
    **dict(_each("entry", "prev_hash hash note_digest", DIGEST)),
    **dict(_each("lot", "wallet_id seq", NUMBER)),
    **dict(_each("lot", "kind currency", WORD)),
    "lot.source": Rule(Fate.KEEP, "Words and numbers: what the credits were given for."),
    **dict(_each("hold", "wallet_id seq", NUMBER)),
    **dict(_each("hold", "purpose_kind on_time_out", WORD)),
    "hold.purpose_id": Rule(Fate.KEEP, "The platform's own number of what is paid for."),
    **dict(_each("posting", "wallet_id seq lot_number hold_number", NUMBER)),
    **dict(_each("posting", "from_bucket to_bucket", WORD)),
    "request_key": Rule(Fate.ENDS, "Requests and their answers are deleted after 32 days."),
    "given_credits.wallet_id": NUMBER,
    # Buying.
    **dict(
        _each(
            *("purchase", "buyer_company buyer_tax_number"),
            Rule(Fate.BLANK, "A company, which may be called like its owner."),
        )
    ),
    "checkout.email": CONTACT,
    "checkout.network": Rule(Fate.BLANK, "Where the customer came from, for limits of an hour."),
    **dict(_each("checkout", "return_url cancel_url", Rule(Fate.KEEP, "Addresses of ours."))),
    "receipt.content": Rule(
        Fate.KEEP, "Books are kept as long as the law asks, with the name of the buyer."
    ),
    "withdrawal_declaration": Rule(
        Fate.ENDS, "Deleted a day after the worker looked for the purchase."
    ),
    "withdrawal.name": CONTACT,
    "withdrawal.handled_by": Rule(Fate.KEEP, "An admin's email, or a word and a number."),
    **dict(_each("withdrawal", "number language text state", WORD)),
    **dict(_each("withdrawal", "purchase_id refund_id", NUMBER)),
    "purchase_step.data": Rule(Fate.KEEP, "Numbers and words of ours."),
    **dict(_each("purchase", "customer_id", NUMBER)),
    **dict(
        _each(
            *("purchase", "key name currency country language tax consent mode provider state"),
            Rule(Fate.KEEP, "What was bought: a package, a market, words of ours."),
        )
    ),
    **dict(_each("purchase", "failure hold", WORD)),
    "payment_link": Rule(Fate.DELETE, "A link to pay for the customer works no longer."),
    "linked_purchase": Rule(Fate.DELETE, "What was begun through such a link."),
    "case_note": Rule(Fate.DELETE, "What support wrote about failed payments."),
    **dict(_each("done_case", "customer_id up_to", NUMBER)),
    "done_case.author": AN_ADMINS,
    **dict(
        _each(
            *("purchase", "card_brand card_last4 card_country"),
            Rule(Fate.KEEP, "Four digits and a country, which thousands share, for the books."),
        )
    ),
    **dict(_each("checkout", "key language state", WORD)),
    **dict(
        _each(
            *("checkout", "ref payment_ref url"),
            Rule(Fate.KEEP, "The provider's own numbers, to find a payment in its books."),
        )
    ),
    **dict(
        _each(
            *("payment_event", "provider event_id kind ref"),
            PROVIDERS,
        )
    ),
    "purchase.payment_ref": PROVIDERS,
    **dict(_each("payment_refund", "ref payment_ref currency status", PROVIDERS)),
    **dict(_each("payment_refund", "key author", Rule(Fate.KEEP, "Words and numbers of ours."))),
    "payment_refund.reason": Rule(Fate.BLANK, "Free text: why money was given back."),
    **dict(_each("payment_dispute", "ref payment_ref currency status reason", PROVIDERS)),
    **dict(_each("purchase_task", "purchase_id", NUMBER)),
    "purchase_task.kind": WORD,
    "purchase_task.subject": PROVIDERS,
    "purchase_task.done_by": AN_ADMINS,
    "purchase_task.note": Rule(Fate.BLANK, "Free text: what was done."),
    **dict(_each("credit_note", "purchase_id refund_id reverses", NUMBER)),
    "credit_note.series": WORD,
    "credit_note.content": Rule(
        Fate.KEEP, "Books are kept as long as the law asks, with the name of the buyer."
    ),
    **dict(_each("purchase_step", "purchase_id", NUMBER)),
    **dict(_each("checkout", "purchase_id", NUMBER)),
    **dict(_each("payment_event", "purchase_id", NUMBER)),
    **dict(_each("payment_refund", "purchase_id", NUMBER)),
    **dict(_each("payment_dispute", "purchase_id", NUMBER)),
    **dict(_each("receipt", "purchase_id", NUMBER)),
    "purchase_step.kind": WORD,
    "receipt.series": WORD,
    "unknown_payment.said": Rule(Fate.KEEP, "Our metadata at the provider: numbers and words."),
    "unknown_payment.note": Rule(Fate.KEEP, "What was done for a payment of nobody here."),
    # What names no customer.
    "notice.data": Rule(Fate.KEEP, "Numbers and words of ours."),
    **dict(_each("company", "legal_name address country tax_number", OUR_COMPANY)),
    **dict(_each("company", "email phone terms_url privacy_url changed_by", OUR_COMPANY)),
    **dict(_each("selling_pause", "author", AN_ADMINS)),
    **dict(_each("admin", "email display_name password_hash role", AN_ADMINS)),
    **dict(_each("admin", "language time_zone", AN_ADMINS)),
    **dict(_each("invitation", "email role token_hash", AN_ADMINS)),
    "activity.details": Rule(Fate.KEEP, "Numbers and words of ours, about no person."),
    **dict(_each("draft_revision", "old new", CATALOGUE)),
    **dict(_each("release", "moved left_out", CATALOGUE)),
}


def rule_of(table: str, column: str) -> Rule | None:
    return RULES.get(table) or RULES.get(f"{table}.{column}")

"""Who may see what became of a purchase: its buyer, or who began it through a payment link."""

from typing import NamedTuple

from blueprints.checkout.link_notes import find_note
from blueprints.customer_sign_in import current_customer
from domain.customers.customers import Person


class Visitor(NamedTuple):
    """`customer_id` is whose purchase it is, or would have to be. Who came by a link, and is not
    signed in as that customer, sees nothing else of them."""

    customer_id: int
    link_id: int | None = None


def visitor_of(purchase_id: int) -> Visitor | None:
    """None for who has to sign in first."""
    me, note = current_customer(), find_note(purchase_id)
    if note and (me is None or me.customer_id != note.customer_id):
        return Visitor(note.customer_id, note.link_id)
    return Visitor(me.customer_id) if me else None


def discreet_name(person: Person) -> str:
    """What a customer is called before who has a link to pay for them: "" when nothing can be
    said. Of an email its first letter and where it is."""
    if person.name or not person.email:
        return person.name
    mailbox, _, host = person.email.rpartition("@")
    return f"{mailbox[:1]}•••@{host}"

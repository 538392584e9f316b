"""Who may see what became of a purchase: its buyer, or who began it through a payment link."""

from typing import NamedTuple

from blueprints.checkout.link_notes import find_note
from blueprints.customer_sign_in import current_customer


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

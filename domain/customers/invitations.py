"""Inviting customers who were added by hand."""

from domain.customers.customers import get_customer
from domain.customers.errors import NotInvited
from domain.database import AnySession, read_clock
from domain.outbox import acts
from domain.outbox.rules import MAIL

# A second press by mistake sends nothing.
AT_MOST_EVERY = 60


def invite(session: AnySession, customer_id: int, *, address: str) -> bool:
    """Sends a mail that says how to sign in at `address`; in their language, and with no secret.

    Whether it is new: the same one is sent once a minute at most. Raises CustomerNotFound,
    NotInvited.
    """
    person = get_customer(session, customer_id)
    if not person.is_invited or person.email is None:
        raise NotInvited
    now = read_clock(session)
    return acts.put(
        session,
        MAIL,
        f"invitation:{customer_id}:{int(now.timestamp()) // AT_MOST_EVERY}",
        topic="invitation",
        recipient=person.email,
        data={"language": person.language, "address": address},
    )

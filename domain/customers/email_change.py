"""Another email for a customer of ours, who proves with a code that it is theirs."""

from domain.customers import codes
from domain.customers.codes import Attempt, Proof, Wrong
from domain.customers.customers import (
    Person,
    change_contact,
    get_customer,
    lock_customers,
    verify_email,
)
from domain.database import AnySession
from domain.outbox.acts import put
from domain.outbox.rules import MAIL


def change_email(session: AnySession, customer_id: int, attempt: Attempt) -> Proof | Wrong:
    """The address that the code was sent to is the customer's from now on; a mail to the old one
    says so. Raises CodeError, EmailTaken."""
    proof = codes.prove(session, attempt)
    if isinstance(proof, Wrong):
        return proof
    codes.use(session, proof)
    lock_customers(session)
    before = get_customer(session, customer_id)
    change_contact(
        session,
        customer_id,
        before.version,
        email=proof.email,
        name=before.name,
        country=before.country,
        language=before.language,
    )
    verify_email(session, customer_id, proof.email)
    if before.may_get_mail and before.email != proof.email:
        _warn_former(session, before)
    return proof


def _warn_former(session: AnySession, before: Person) -> None:
    """Nobody would notice otherwise that somebody took over a sign-in."""
    put(
        session,
        MAIL,
        f"email_changed:{before.id}:{before.version}",
        topic="email_changed",
        recipient=str(before.email),
        data={"language": before.language, "customer": before.id},
    )

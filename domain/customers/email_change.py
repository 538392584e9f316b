"""Another email for a customer of ours, who proves with a code that it is theirs."""

from domain.customers import codes
from domain.customers.codes import Attempt, Proof, Wrong
from domain.customers.customers import (
    change_contact,
    get_customer,
    lock_customers,
    verify_email,
)
from domain.database import AnySession


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
    return proof

"""Signing in: by a code, which opens the customers who have the address; or by a platform."""

from typing import NamedTuple

from domain.customers import codes, sessions
from domain.customers.claims import Claims
from domain.customers.codes import Attempt, Proof, Wrong
from domain.customers.customers import (
    Person,
    add_by_mail,
    customers_with_email,
    enter_from_platform,
    get_customer,
    lock_customers,
    verify_email,
)
from domain.customers.errors import CodeUsed, CustomerNotFound
from domain.customers.sessions import SignedInCustomer
from domain.database import AnySession


class Visit(NamedTuple):
    """The browser that signs in: what it is called, its language, and who was signed in so far."""

    device: str
    language: str
    former: SignedInCustomer | None = None


class Opened(NamedTuple):
    """A session that was opened, with its key; of a customer who was made for it, perhaps."""

    customer_id: int
    token: str
    is_new: bool = False


class Several(NamedTuple):
    """Who may be chosen."""

    customers: list[Person]


def sign_in_with_code(
    session: AnySession, attempt: Attempt, visit: Visit
) -> Opened | Several | Wrong:
    """Makes a customer where the address has none. Raises CodeError."""
    proof = codes.prove(session, attempt)
    if isinstance(proof, Wrong):
        return proof
    lock_customers(session)
    people = customers_with_email(session, proof.email)
    if len(people) > 1:
        return Several(people)
    if people:
        return _open(session, proof, people[0].id, visit)
    customer_id = add_by_mail(session, proof.email, visit.language)
    return _open(session, proof, customer_id, visit)._replace(is_new=True)


def list_choices(session: AnySession, browser: str) -> list[Person]:
    """Whom this browser, which proved an address, may choose. Raises NoCode, CodeUsed."""
    people = customers_with_email(session, codes.find_proof(session, browser).email)
    if not people:  # their emails were changed meanwhile
        raise CodeUsed
    return people


def choose_customer(session: AnySession, browser: str, customer_id: int, visit: Visit) -> Opened:
    """Raises NoCode, CodeUsed, CustomerNotFound."""
    proof = codes.find_proof(session, browser)
    if customer_id not in {person.id for person in customers_with_email(session, proof.email)}:
        raise CustomerNotFound
    return _open(session, proof, customer_id, visit)


def sign_in_from_platform(
    session: AnySession, platform_id: int, claims: Claims, visit: Visit
) -> Opened:
    """For whom a platform hands over with a token, which the caller uses up."""
    customer_id = enter_from_platform(session, platform_id, claims, visit.language)
    is_new = get_customer(session, customer_id).is_invited
    return _open_session(session, customer_id, visit)._replace(is_new=is_new)


def _open(session: AnySession, proof: Proof, customer_id: int, visit: Visit) -> Opened:
    codes.use(session, proof)
    verify_email(session, customer_id, proof.email)
    return _open_session(session, customer_id, visit)


def _open_session(session: AnySession, customer_id: int, visit: Visit) -> Opened:
    """In the place of the one that this browser had."""
    if visit.former:
        sessions.end_session(session, visit.former.customer_id, visit.former.session_id)
    return Opened(customer_id, sessions.open_session(session, customer_id, visit.device))

"""Customers: adding, finding, and changing what is known of one."""

import secrets
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, delete, insert, or_, select, update

from domain.customers.claims import Claims
from domain.customers.errors import CustomerNotFound, EmailTaken, StaleContact
from domain.customers.models import Customer, CustomerContact, CustomerWord
from domain.customers.rules import check_country, check_language, clean_name, search_words
from domain.database import AnySession, lock, utc_now
from domain.emails import address_key, normal_address
from domain.outbox.acts import put
from domain.outbox.rules import MAIL

SUBJECT_BYTES = 16


class Person(NamedTuple):
    """A customer with what they are called. Without a platform they came by mail or by hand."""

    id: int
    platform_id: int | None
    subject: str
    name: str
    email: str | None
    email_verified_at: datetime | None
    country: str | None
    language: str
    reminders: bool
    created_at: datetime
    last_sign_in_at: datetime | None
    version: int

    @property
    def is_invited(self) -> bool:
        return self.last_sign_in_at is None

    @property
    def may_get_mail(self) -> bool:
        """Whether an address is known that is surely theirs: no platform's mere claim."""
        is_ours = self.platform_id is None or self.email_verified_at is not None
        return self.email is not None and is_ours

    @property
    def discreet_name(self) -> str:
        """What they are called before who has a link to pay for them: "" when nothing can be said.
        Of an email its first letter and where it is."""
        if self.name or not self.email:
            return self.name
        mailbox, _, host = self.email.rpartition("@")
        return f"{mailbox[:1]}•••@{host}"


PERSON = select(
    *(Customer.id, Customer.platform_id, Customer.subject, CustomerContact.name),
    *(CustomerContact.email, CustomerContact.email_verified_at, Customer.country),
    *(Customer.language, Customer.reminders, Customer.created_at, Customer.last_sign_in_at),
    CustomerContact.version,
).join(CustomerContact, CustomerContact.customer_id == Customer.id)
# Of an email, as `Person.may_get_mail` has it: nobody else vouches for customers of ours.
IS_SURELY_THEIRS = or_(
    CustomerContact.email_verified_at.is_not(None), Customer.platform_id.is_(None)
)


def get_customer(session: AnySession, customer_id: int) -> Person:
    """Raises CustomerNotFound."""
    row = session.execute(PERSON.where(Customer.id == customer_id)).one_or_none()
    if row is None:
        raise CustomerNotFound
    return Person._make(row)


def lock_customers(session: AnySession) -> None:
    """Lets one transaction at a time add customers or change emails, until it ends."""
    lock(session, "customers")


def add_by_hand(
    session: AnySession, *, email: str, name: str, language: str, country: str | None = None
) -> int:
    """A new customer, invited until they sign in. Raises UnfitAddress, UnfitName, UnfitChoice,
    EmailTaken."""
    email, name = normal_address(email), clean_name(name)
    check_language(language)
    check_country(country or "")
    lock_customers(session)
    _refuse_taken(session, email)
    return _add(session, None, secrets.token_urlsafe(SUBJECT_BYTES), name, email, language, country)


def add_by_mail(session: AnySession, email: str, language: str) -> int:
    """A new customer, for somebody who proved to have this normal address, and had none yet."""
    customer_id = _add(
        session, None, secrets.token_urlsafe(SUBJECT_BYTES), "", email, language, None
    )
    verify_email(session, customer_id, email)
    return customer_id


def customers_with_email(session: AnySession, email: str) -> list[Person]:
    """Those that somebody who proves this normal address may sign in to: customers who have it
    verified, and those without a platform. The oldest first."""
    same = CustomerContact.email_key == address_key(email)
    rows = session.execute(PERSON.where(same, IS_SURELY_THEIRS).order_by(Customer.id))
    return [Person._make(row) for row in rows]


def verify_email(session: AnySession, customer_id: int, email: str) -> None:
    """Notes that the customer proved to have this address, if it still is theirs."""
    session.execute(
        update(CustomerContact)
        .where(CustomerContact.customer_id == customer_id)
        .where(CustomerContact.email_key == address_key(email))
        .where(CustomerContact.email_verified_at.is_(None))
        .values(email_verified_at=utc_now())
    )


def enter_from_platform(
    session: AnySession, platform_id: int, claims: Claims, language: str
) -> int:
    """The platform's customer with this subject; new, or with what the platform says of them now.
    `language` is that of who says none. The claims are checked: see `platforms.tokens`."""
    lock_customers(session)
    this = (Customer.platform_id == platform_id, Customer.subject == claims.subject)
    known = session.execute(PERSON.where(*this)).one_or_none()
    if known is None:
        customer_id = _add(
            *(session, platform_id, claims.subject, claims.name or "", claims.email),
            *(claims.language or language, claims.country),
        )
    else:
        customer_id = _follow(session, Person._make(known), claims)
    if claims.email and claims.is_email_verified:
        verify_email(session, customer_id, claims.email)
    return customer_id


def change_contact(
    session: AnySession,
    customer_id: int,
    version: int,
    *,
    email: str | None,
    name: str,
    country: str | None,
    language: str,
) -> list[str]:
    """The names of what is another value than before. Another email is not verified; a mail to the
    old one, if that was, says so. Raises UnfitAddress, UnfitName, UnfitChoice, EmailTaken,
    StaleContact, CustomerNotFound."""
    email, name = normal_address(email) if email else None, clean_name(name)
    check_language(language)
    check_country(country or "")
    lock_customers(session)
    before = get_customer(session, customer_id)
    if before.version != version:
        raise StaleContact
    if email and email != before.email and before.platform_id is None:
        _refuse_taken(session, email, besides=customer_id)
    _write_contact(session, before, name=name, email=email, country=country, language=language)
    if email and email != before.email and before.email_verified_at:
        _warn_former(session, before)
    values = {"email": email, "name": name, "language": language, "country": country}
    return [field for field, new in values.items() if new != getattr(before, field)]


def _follow(session: AnySession, before: Person, claims: Claims) -> int:
    name = before.name if claims.name is None else claims.name
    email = before.email if claims.email is None else claims.email
    country = claims.country or before.country
    if (name, email, country) != (before.name, before.email, before.country):
        _write_contact(
            *(session, before), name=name, email=email, country=country, language=before.language
        )
    return before.id


def _add(
    session: AnySession,
    platform_id: int | None,
    subject: str,
    name: str,
    email: str | None,
    language: str,
    country: str | None,
) -> int:
    customer = Customer(
        platform_id=platform_id, subject=subject, language=language, country=country
    )
    session.add(customer)
    session.flush()
    key = address_key(email) if email else None
    session.add(CustomerContact(customer_id=customer.id, name=name, email=email, email_key=key))
    session.flush()
    _write_words(session, customer.id, name, email)
    return customer.id


def _write_contact(
    session: AnySession,
    before: Person,
    *,
    name: str,
    email: str | None,
    country: str | None,
    language: str,
) -> None:
    """All that the form of a contact shows: one that is open was opened with an older version."""
    key = address_key(email) if email else None
    values = {"name": name, "email": email, "email_key": key, "version": before.version + 1}
    if key != (address_key(before.email) if before.email else None):
        values["email_verified_at"] = None
    contact = update(CustomerContact).where(CustomerContact.customer_id == before.id)
    session.execute(contact.values(**values))
    customer = update(Customer).where(Customer.id == before.id)
    session.execute(customer.values(country=country, language=language))
    _write_words(session, before.id, name, email)


def _write_words(session: AnySession, customer_id: int, name: str, email: str | None) -> None:
    session.execute(delete(CustomerWord).where(CustomerWord.customer_id == customer_id))
    words = [{"word": word, "customer_id": customer_id} for word in search_words(name, email or "")]
    if words:
        session.execute(insert(CustomerWord), words)


def _warn_former(session: AnySession, before: Person) -> None:
    """Nobody would notice otherwise that somebody took over a sign-in, of theirs or an admin's."""
    put(
        session,
        MAIL,
        f"email_changed:{before.id}:{before.version}",
        topic="email_changed",
        recipient=str(before.email),
        data={"language": before.language, "customer": before.id},
    )


def _refuse_taken(session: AnySession, email: str, besides: int | None = None) -> None:
    same: Select[tuple[int]] = (
        select(Customer.id)
        .join(CustomerContact, CustomerContact.customer_id == Customer.id)
        .where(CustomerContact.email_key == address_key(email), Customer.platform_id.is_(None))
        .order_by(Customer.id)
    )
    there = session.scalar(same if besides is None else same.where(Customer.id != besides))
    if there is not None:
        raise EmailTaken(there)

"""Whom a browser may choose to be, when several customers have the address that it has proven."""

from functools import partial
from typing import NamedTuple

from blueprints.code_door import browser_token
from blueprints.customer_doors import this_visit
from domain.customers.customers import Person
from domain.customers.sign_in import Opened, choose_customer, list_choices
from domain.database import MOST_ID, write
from domain.ledger.lists import CustomerCredits, balances
from domain.numbers import whole_number
from domain.platforms.platforms import name_of
from extensions import db


class Choice(NamedTuple):
    """A customer, the platform that they come from ("" for none), and credits to use."""

    person: Person
    platform: str
    credits: int


def read_choices() -> list[Choice]:
    """Raises NoCode, CodeUsed."""
    people = list_choices(db.session, browser_token())
    credits = balances(db.session, [person.id for person in people])
    return [_choice_of(person, credits.get(person.id)) for person in people]


def open_chosen(number: str) -> Opened:
    """The customer of this number, as it was sent. Raises NoCode, CodeUsed, CustomerNotFound."""
    wanted = whole_number(number, MOST_ID) or 0
    work = partial(choose_customer, browser=browser_token(), customer_id=wanted, visit=this_visit())
    return write(db.session, work)


def _choice_of(person: Person, credits: CustomerCredits | None) -> Choice:
    platform = name_of(db.session, person.platform_id) if person.platform_id else ""
    return Choice(person, platform, credits.free if credits else 0)

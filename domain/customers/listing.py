"""The list of customers: the newest first, page by page, or those that are looked for."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select, union
from sqlalchemy.orm import InstrumentedAttribute

from domain.customers.models import Customer, CustomerContact, CustomerTag, CustomerWord
from domain.customers.rules import MOST_WORDS, WORD_CHARACTERS, split_words
from domain.database import MOST_ID, AnySession, read_clock
from domain.keyset import read_all, read_page
from domain.ledger import lists
from domain.ledger.lists import CustomerCredits, NextEnd
from domain.numbers import western_digits, whole_number

# More to choose from help nobody.
MOST_CHOICES = 300
# Comes after all others: words with a prefix lie between it and the prefix with this.
LAST_CHARACTER = "\U0010ffff"


class Show(StrEnum):
    """A part of the list."""

    ALL = ""
    ENDING_GIFTS = "ending-gifts"
    OWES = "owes"
    INVITED = "invited"


class Selection(NamedTuple):
    """Which customers are wanted: for each word of `search` they have one that begins so, in name
    or email, or this number; of a country, with a tag."""

    search: str = ""
    country: str = ""
    tag: str = ""
    show: Show = Show.ALL

    @property
    def is_narrow(self) -> bool:
        return any(self)


EVERYBODY = Selection()


class Listed(NamedTuple):
    """A customer as the list shows them; those without a wallet have no `credits`."""

    id: int
    name: str
    email: str | None
    country: str | None
    language: str
    created_at: datetime
    last_sign_in_at: datetime | None
    tags: Sequence[str]
    credits: CustomerCredits | None

    @property
    def is_invited(self) -> bool:
        return self.last_sign_in_at is None

    @property
    def free(self) -> int:
        return self.credits.free if self.credits else 0

    @property
    def held(self) -> int:
        return self.credits.held if self.credits else 0

    @property
    def owed(self) -> int:
        return self.credits.owed if self.credits else 0

    @property
    def ending(self) -> NextEnd | None:
        """Of the gifts, which end first."""
        return self.credits.next_gift_end if self.credits else None


class Page(NamedTuple):
    """Customers, newest first. Those before have numbers above `newer`, those after it numbers
    below `older`; None where there are none."""

    customers: list[Listed]
    newer: int | None
    older: int | None


_COLUMNS = (
    *(Customer.id, CustomerContact.name, CustomerContact.email, Customer.country),
    *(Customer.language, Customer.created_at, Customer.last_sign_in_at),
)
_ID = Customer.__table__.c.id
_IS_INVITED = Customer.last_sign_in_at.is_(None)


def list_customers(
    session: AnySession,
    selection: Selection = EVERYBODY,
    *,
    below: int | None = None,
    above: int | None = None,
) -> Page:
    """The newest, those with numbers `below` one, or the last ones before those: `above` one."""
    wanted = select_ids(session, selection)
    ids, newer, older = read_page(session, wanted, Customer.id, below=below, above=above)
    return Page(_read(session, ids), newer, older)


def count_customers(session: AnySession, selection: Selection = EVERYBODY) -> int:
    those = select_ids(session, selection).subquery()
    counted = select(func.count()).select_from(those if selection.is_narrow else Customer)
    return session.scalar(counted) or 0


def count_parts(session: AnySession) -> dict[Show, int]:
    """How many customers each part of the list has."""
    invited = select(func.count()).select_from(Customer).where(_IS_INVITED)
    return {
        Show.ENDING_GIFTS: lists.count_gifts_ending_soon(session, read_clock(session)),
        Show.OWES: lists.count_owing(session),
        Show.INVITED: session.scalar(invited) or 0,
    }


def list_countries(session: AnySession) -> list[str]:
    """Those that customers are from."""
    return _distinct(session, Customer.country)


def list_tags(session: AnySession) -> list[str]:
    """Those that customers have, as far as there are not too many to choose from."""
    return _distinct(session, CustomerTag.tag)


def iterate_customers(session: AnySession, selection: Selection) -> Iterator[Listed]:
    """All of them, the oldest first; no transaction is open between two portions."""
    return read_all(session, select_ids(session, selection), Customer.id, _read)


def select_ids(session: AnySession, selection: Selection) -> Select[tuple[int]]:
    """The numbers of those that are wanted, in no order."""
    ids = select(Customer.id)
    words = dict.fromkeys(split_words(selection.search))  # each is looked for once
    for word in [*words][:MOST_WORDS]:
        ids = ids.where(Customer.id.in_(_found_by(word)))
    if selection.country:
        ids = ids.where(Customer.country == selection.country)
    if selection.tag:
        tagged = select(CustomerTag.customer_id).where(CustomerTag.tag == selection.tag)
        ids = ids.where(Customer.id.in_(tagged))
    match selection.show:
        case Show.ENDING_GIFTS:
            ids = ids.where(lists.has_gift_ending_soon(_ID, read_clock(session)))
        case Show.OWES:
            ids = ids.where(lists.owes_credits(_ID))
        case Show.INVITED:
            ids = ids.where(_IS_INVITED)
    return ids


def _found_by(word: str) -> Select[tuple[int]]:
    """Who has a word that begins so, or this number."""
    prefix = word[:WORD_CHARACTERS]
    begins_so = CustomerWord.word.between(prefix, prefix + LAST_CHARACTER)
    ids = select(CustomerWord.customer_id).where(begins_so)
    number = whole_number(western_digits(word), MOST_ID)
    if number is None:
        return ids
    either = union(ids, select(Customer.id).where(Customer.id == number)).subquery()
    return select(either.c[0])


def _read(session: AnySession, ids: Sequence[int]) -> list[Listed]:
    """These customers, in this order."""
    rows = session.execute(
        select(*_COLUMNS)
        .join(CustomerContact, CustomerContact.customer_id == Customer.id)
        .where(Customer.id.in_(ids))
    )
    tags, credits = _read_tags(session, ids), lists.balances(session, ids)
    found = {
        row[0]: Listed._make((*row, tags.get(row[0], ()), credits.get(row[0]))) for row in rows
    }
    return [found[id] for id in ids]


def _read_tags(session: AnySession, ids: Sequence[int]) -> dict[int, list[str]]:
    tags: dict[int, list[str]] = {}
    columns = (CustomerTag.customer_id, CustomerTag.tag)
    rows = select(*columns).where(CustomerTag.customer_id.in_(ids)).order_by(*columns)
    for customer_id, tag in session.execute(rows):
        tags.setdefault(customer_id, []).append(tag)
    return tags


def _distinct(session: AnySession, column: InstrumentedAttribute[Any]) -> list[str]:
    """The values of a column with an index: each is found by a leap from the one before it."""
    found = select(func.min(column).label("value")).cte("found", recursive=True)
    following = select(func.min(column)).where(column > found.c.value).scalar_subquery()
    found = found.union_all(select(following).where(found.c.value.is_not(None)))
    values = select(found.c.value).where(found.c.value.is_not(None)).limit(MOST_CHOICES)
    return [str(value) for value in session.scalars(values)]

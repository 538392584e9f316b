"""Tags of a customer: short words of support, and what lists can be narrowed by."""

from sqlalchemy import delete, select

from domain.customers.customers import lock_customers
from domain.customers.errors import TooManyTags
from domain.customers.models import CustomerTag
from domain.customers.rules import MOST_TAGS, clean_tag, fold
from domain.database import AnySession


def tags_of(session: AnySession, customer_id: int) -> list[str]:
    found = session.scalars(select(CustomerTag.tag).where(CustomerTag.customer_id == customer_id))
    return sorted(found, key=fold)


def add_tag(session: AnySession, customer_id: int, text: str) -> tuple[str, bool]:
    """The tag as it is kept, or as it was, and whether it is new: "vip" is the same as "VIP".
    Raises UnfitTag, TooManyTags."""
    tag = clean_tag(text)
    lock_customers(session)
    tags = tags_of(session, customer_id)
    there = next((one for one in tags if fold(one) == fold(tag)), None)
    if there is not None:
        return there, False
    if len(tags) >= MOST_TAGS:
        raise TooManyTags(MOST_TAGS)
    session.add(CustomerTag(customer_id=customer_id, tag=tag))
    session.flush()
    return tag, True


def remove_tag(session: AnySession, customer_id: int, tag: str) -> bool:
    """Whether it was there."""
    if tag not in tags_of(session, customer_id):
        return False
    this = (CustomerTag.customer_id == customer_id, CustomerTag.tag == tag)
    return session.scalar(delete(CustomerTag).where(*this).returning(CustomerTag.tag)) is not None

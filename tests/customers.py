"""Customers for tests of pages."""

from typing import Any

from sqlalchemy.orm import Session

from domain.customers.customers import add_by_hand
from domain.database import writing

LIST = "/customers/"


def add_customer(session: Session, email: str, name: str = "", **more: Any) -> int:  # noqa: ANN401
    """The number of a new one, who is invited."""
    with writing(session):
        return add_by_hand(session, **{"email": email, "name": name, "language": "tr"} | more)

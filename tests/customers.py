"""Customers for tests of pages."""

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.customers.customers import add_by_hand
from domain.database import writing

LIST = "/customers/"
AYSE = {"email": "ayse@posta.example", "name": "Ayşe Yıldırım", "language": "tr"}


def add_customer(
    where: Engine | Session,
    email: str = AYSE["email"],
    name: str = AYSE["name"],
    *,
    language: str = AYSE["language"],
    country: str | None = "TR",
) -> int:
    """The number of a new one, who is invited; with an engine, in a session of its own."""
    if isinstance(where, Engine):
        with Session(where) as session:
            return add_customer(session, email, name, language=language, country=country)
    with writing(where):
        return add_by_hand(where, email=email, name=name, language=language, country=country)

"""A company that sells, for tests."""

from functools import partial

from sqlalchemy.orm import Session

from domain.company.company import read_versioned, save
from domain.company.rules import CompanyValues
from domain.database import write
from tests.conftest import ADMIN

LOTUS = CompanyValues(
    legal_name="Lotus Consulting GmbH",
    address="Torstraße 140\n10119 Berlin",
    country="DE",
    tax_number="DE 136 695 976",
    email="hello@lotus.example",
    phone="+49 30 1234567",
    terms_url="https://lotus.example/terms",
    privacy_url="https://lotus.example/privacy",
)


def save_company(session: Session, values: CompanyValues = LOTUS) -> None:
    """Over whatever was there."""
    version = read_versioned(session)[1]
    write(session, partial(save, values=values, version=version, author=ADMIN))

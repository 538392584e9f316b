"""The company that sells: what may be said of it, and who saves it last."""

import re
from functools import partial

import pytest
from sqlalchemy.orm import Session

from domain.company.company import NEVER_SAVED, find_company, read_versioned, save
from domain.company.errors import StaleVersion, UnfitCompany
from domain.company.models import Company
from domain.company.rules import CompanyValues
from domain.database import write
from tests.companies import LOTUS, save_company
from tests.conftest import ADMIN


def test_it_is_kept_in_one_spelling(session: Session) -> None:
    assert (find_company(session), read_versioned(session)) == (None, (None, NEVER_SAVED))
    typed = LOTUS._replace(
        legal_name="  Lotus  Consulting GmbH ",
        address="Torstraße 140\r\n\r\n 10119 Berlin \n",
        email=" Hello@Lotus.example",
        terms_url="https://LOTUS.example/terms",
        privacy_url="",
    )
    save_company(session, typed)
    assert find_company(session) == LOTUS._replace(privacy_url="")


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("legal_name", " ", "Enter the name as it stands in the register."),
        ("legal_name", "a\u200bb", "It holds an invisible character."),
        ("legal_name", "a" * 121, "The text is too long. Use at most 120 characters."),
        ("address", "\n \n", "Enter street, place and postal code."),
        ("address", "a\x07", "It holds an invisible character."),
        ("address", f"{'a' * 200}\n{'b' * 200}", "The text is too long. Use at most 400"),
        ("country", "XX", "Choose a country from the list."),
        ("country", "", "Choose a country from the list."),
        ("tax_number", "DE 301 552 110", "This is no tax number in Germany. Check each digit."),
        ("tax_number", "1" * 41, "The text is too long. Use at most 40 characters."),
        ("email", "lotus", "Enter an email address, like name@example.com."),
        ("email", "", "Enter an email address"),
        ("phone", "none", "Enter a phone number, like +49 30 1234567."),
        ("terms_url", "http://lotus.example/terms", "Use https://."),
        ("privacy_url", "lotus.example/privacy", "Start it with https://"),
    ],
)
def test_what_is_unfit_is_refused(session: Session, field: str, text: str, sentence: str) -> None:
    with pytest.raises(UnfitCompany, match=re.escape(sentence)):
        save_company(session, LOTUS._replace(**{field: text}))
    assert find_company(session) is None


@pytest.mark.parametrize("field", CompanyValues._fields)
def test_it_is_complete_without_phone_and_tax_number(field: str) -> None:
    """Caught: the links to terms and privacy left out of what is needed."""
    assert LOTUS._replace(**{field: ""}).is_complete == (field in ("tax_number", "phone"))


def test_who_saw_an_older_one_saves_nothing(session: Session) -> None:
    """Caught: no look at the version; its row made anew with version 1."""
    save_company(session, LOTUS)
    mine = LOTUS._replace(legal_name="Mine")
    with pytest.raises(StaleVersion):
        write(session, partial(save, values=mine, version=NEVER_SAVED, author=ADMIN))
    write(session, partial(save, values=mine, version=NEVER_SAVED + 1, author="bob@example.com"))
    with pytest.raises(StaleVersion):
        write(session, partial(save, values=LOTUS, version=NEVER_SAVED + 1, author=ADMIN))
    assert read_versioned(session) == (mine, NEVER_SAVED + 2)
    assert session.get_one(Company, 1).changed_by == "bob@example.com"

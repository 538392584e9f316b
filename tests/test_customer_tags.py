"""Tags of customers."""

import pytest
from sqlalchemy.orm import Session

from domain.customers.errors import TooManyTags, UnfitTag
from domain.customers.rules import MOST_TAGS
from domain.customers.tags import add_tag, remove_tag, tags_of
from domain.database import writing
from tests.customers import add_customer


def tag(session: Session, customer_id: int, text: str) -> str:
    with writing(session):
        return add_tag(session, customer_id, text)[0]


def test_a_tag_is_there_once_in_its_first_spelling(session: Session) -> None:
    """Caught: "VIP" and "vip" as two."""
    customer, other = add_customer(session), add_customer(session, email="b@posta.example")
    tag(session, other, "vip")
    assert [tag(session, customer, text) for text in ("VIP", " vip ", "Beta  test")] == [
        *("VIP", "VIP", "Beta test"),
    ]
    assert (tags_of(session, customer), tags_of(session, other)) == (["Beta test", "VIP"], ["vip"])
    with writing(session):
        assert remove_tag(session, customer, "VIP")
        assert not remove_tag(session, customer, "VIP")
        assert not remove_tag(session, customer, "a\0b")
    assert (tags_of(session, customer), tags_of(session, other)) == (["Beta test"], ["vip"])


@pytest.mark.parametrize("text", ["", " ", "...", "x" * 31, "a\u202eb", "a\0b"])
def test_what_cannot_be_a_tag(session: Session, text: str) -> None:
    customer = add_customer(session)
    with pytest.raises(UnfitTag):
        tag(session, customer, text)


def test_a_customer_has_some_tags_and_no_more(session: Session) -> None:
    customer = add_customer(session)
    with writing(session):
        for n in range(MOST_TAGS):
            add_tag(session, customer, f"tag {n}")
    with pytest.raises(TooManyTags):
        tag(session, customer, "one more")
    assert tag(session, customer, "TAG 3") == "tag 3"

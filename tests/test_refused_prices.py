"""Prices that the provider would refuse are errors of the review, where they are sold here."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.catalogue.errors import Blocked
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.review.review import build_review, plan_apply, review_own
from domain.messages import Message, message
from tests.conftest import ADMIN
from tests.html import find, text_of
from tests.page_helpers import LIST, add, apply_all, edit, edit_settings, post, releases

REVIEW = f"{LIST}review"


def at_least_50(price_minor: int, _currency: str) -> Message | None:
    return message("Too little.") if price_minor < 50 else None


def refused(session: Session) -> list[tuple[str, str]]:
    """What the review of all that is pending says, and of which package."""
    session.rollback()
    review = build_review(session, rule=at_least_50)
    found = [each for each in review.errors if each.rule == "refused price"]
    return [(each.message, review.packages[each.items[0]].name) for each in found]


def test_only_prices_that_a_change_brings_are_refused(session: Session) -> None:
    """Caught: a package that cannot be renamed, for a price that is live already; a free one."""
    add(session, "Old", price_minor=40)
    apply_all(session)
    assert refused(session) == []
    edit(session, 1, name="Older", credits=3)
    add(session, "Gift", country="DE", price_minor=0, currency="EUR")
    assert refused(session) == []
    add(session, "New", country="TR", price_minor=49, currency="TRY")
    assert refused(session) == [("Too little.", "New")]
    edit(session, 1, price_minor=30)
    assert {name for _said, name in refused(session)} == {"Older", "New"}


def test_prices_are_refused_only_where_they_are_sold_here(session: Session) -> None:
    """Caught: the settings that are live looked at, and not those that go live with the price."""
    edit_settings(session, buying="nowhere")
    apply_all(session)
    add(session, "New", price_minor=49)
    assert refused(session) == []
    edit_settings(session, buying="here")
    assert refused(session) == [("Too little.", "New")]
    link = "https://shop.example/{id}"
    edit_settings(session, buying="link", buying_link=link)
    assert refused(session) == []


def test_a_refused_price_does_not_go_live(session: Session) -> None:
    add(session, "New", price_minor=49)
    token = pending_changes(session).token
    with pytest.raises(Blocked):
        plan_apply(session, token, author=ADMIN, rule=at_least_50)
    assert review_own(session, ADMIN, rule=at_least_50).is_blocked


def test_the_review_says_what_the_provider_takes(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a price below 0.50 that fails at the provider's page alone; no name beside it."""
    add(session, "Mini", price_minor=49, currency="USD")
    said = text_of(find(signed_in.get(REVIEW).text, ".problems"))
    assert said.endswith("credits, 1st): The payment provider takes no less than $0.50.")
    assert "Mini" in said
    form = {"token": pending_changes(session).token, "change": "package-1-added"}
    assert post(signed_in, REVIEW, form, htmx=False).status_code == 409
    assert post(signed_in, f"{LIST}apply", form, htmx=False).location == f"{REVIEW}#check"
    assert releases(session) == 0
    edit(session, 1, price_minor=50)
    assert "payment provider" not in signed_in.get(REVIEW).text

"""Beginning a payment: what is sold, at which price, and which checkout is answered."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.database import write, writing
from domain.purchases import acts, pause
from domain.purchases.errors import (
    NotForSale,
    OfferChanged,
    PurchaseError,
    PurchaseNotFound,
    SellingPaused,
)
from domain.purchases.models import Checkout, Purchase
from domain.purchases.offering import Offer, get_on_sale
from domain.purchases.orders import order_of
from domain.purchases.queries import (
    get_own,
    list_steps,
)
from domain.purchases.rules import CHECKOUT_LASTS, CheckoutState, State, tax_within
from tests.clock import NOON, Clock
from tests.companies import LOTUS, save_company
from tests.page_helpers import add, apply_all, edit, edit_market, edit_settings, move, remove
from tests.purchases import (
    ATTEMPT,
    OFFER,
    begin,
    checkouts,
    new_buyer,
    new_checkout,
    open_checkout,
    opened_as,
    package_on_sale,
    purchase_of,
    sent,
    set_state,
    try_again,
    wish_for,
)


def refuse(session: Session, error: type[PurchaseError], **changes: object) -> None:
    """Nothing is kept of what is refused."""
    wish = replace(wish_for(1, 1), **changes)  # type: ignore[arg-type]
    with pytest.raises(error):
        write(session, partial(acts.start, wish=wish))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Purchase)) == 0


def test_a_purchase_and_its_checkout_freeze_what_is_bought(clock: Clock, session: Session) -> None:
    package_id = package_on_sale(session)
    edit_market(session, "US", tax="included", tax_basis_points=2000)
    apply_all(session)
    buyer = new_buyer(session)
    started = begin(session, wish_for(buyer, package_id, buyer_company="Ayşe Ltd."))
    assert started.url is None
    with pytest.raises(PurchaseNotFound):
        get_own(session, started.purchase_id, new_buyer(session))
    bought = get_own(session, started.purchase_id, buyer)
    assert (bought.credits, bought.price_minor, bought.currency) == (100, 1999, "USD")
    assert (bought.release_number, bought.tax, bought.tax_minor) == (2, "included", 333)
    assert (bought.state, bought.buyer_company) == (State.OPEN, "Ayşe Ltd.")
    assert bought.due_at == NOON + timedelta(minutes=2)
    [checkout] = checkouts(session, bought.id)
    assert (checkout.state, checkout.ref, checkout.network) == ("new", None, "203.0.113.7")
    assert checkout.expires_at == NOON + CHECKOUT_LASTS
    assert checkout.return_url == f"https://shop.example/checkout/purchases/{bought.id}"
    assert [step.kind for step in list_steps(session, bought.id)] == ["opened"]
    clock.go_on(minutes=1)
    order = order_of(session, checkout.id)
    assert order == order_of(session, checkout.id)
    assert (order.checkout_key, order.purchase_key) == (checkout.key, bought.key)
    assert order.metadata["released_id"] == str(bought.released_id)
    assert order.expires_at == checkout.expires_at
    with pytest.raises(IntegrityError, match="frozen"), writing(session):
        session.get_one(Purchase, started.purchase_id).price_minor = 1


def test_the_release_is_the_one_that_shows_this_version(session: Session) -> None:
    package_id = package_on_sale(session)
    assert get_on_sale(session, package_id).release_number == 1
    package_on_sale(session)
    sale = get_on_sale(session, package_id)
    assert (sale.release_number, sale.offer) == (2, OFFER)


def test_what_is_not_sold_cannot_be_bought(session: Session) -> None:
    """Caught: a package at price 0; one that is bought at another address."""
    new_buyer(session)
    [package_id] = add(session, "Draft")
    refuse(session, NotForSale)
    apply_all(session)
    remove(session, package_id)
    apply_all(session)
    refuse(session, NotForSale)
    free = package_on_sale(session, price_minor=0)
    refuse(session, NotForSale, package_id=free, seen=Offer(0, "USD", 100))
    elsewhere = package_on_sale(session)
    edit_settings(session, buying="nowhere")
    apply_all(session)
    refuse(session, NotForSale, package_id=elsewhere)


def test_another_price_than_was_seen_sells_nothing(session: Session) -> None:
    """Caught: credits not compared."""
    new_buyer(session)
    package_id = package_on_sale(session)
    refuse(session, OfferChanged, seen=OFFER._replace(price_minor=1899))
    edit(session, package_id, credits=90)
    apply_all(session)
    refuse(session, OfferChanged)


def test_a_package_moved_or_worded_anew_is_the_same_offer(session: Session) -> None:
    package_id, buyer = package_on_sale(session), new_buyer(session)
    package_on_sale(session)
    edit(session, package_id, name="Renamed", short_info="New")
    move(session, package_id, 2)
    apply_all(session)
    started = begin(session, wish_for(buyer, package_id))
    assert purchase_of(session, started.purchase_id).name == "Renamed"


def test_a_pause_and_a_missing_company_sell_nothing(session: Session) -> None:
    new_buyer(session)
    package_on_sale(session)
    with writing(session):
        pause.pause(session, "ana@example.com")
        pause.pause(session, "bob@example.com")
    found = pause.find_pause(session)
    assert found is not None
    assert found.author == "ana@example.com"
    refuse(session, SellingPaused)
    with writing(session):
        pause.resume(session)
    asks = replace(ATTEMPT, needs_company=True)
    refuse(session, SellingPaused, attempt=asks)
    save_company(session, LOTUS._replace(terms_url=""))
    refuse(session, SellingPaused, attempt=asks)
    save_company(session)
    begin(session, wish_for(1, 1, attempt=asks))


def test_a_second_press_goes_on_with_the_same_checkout(clock: Clock, session: Session) -> None:
    """Caught: a checkout that ends within the half hour that the provider wants, answered while
    it was never sent."""
    package_id, buyer = package_on_sale(session), new_buyer(session)
    wish = wish_for(buyer, package_id)
    opened = sent(session, begin(session, wish))
    again = begin(session, replace(wish, buyer_company="Ayşe Ltd."))
    assert again == opened
    assert purchase_of(session, opened.purchase_id).buyer_company == "Ayşe Ltd."
    others = [
        begin(session, wish_for(new_buyer(session), package_id)),
        begin(session, wish_for(buyer, package_on_sale(session))),
        begin(session, replace(wish, provider="stripe")),
    ]
    assert len({one.purchase_id for one in (opened, *others)}) == 4
    clock.go_on(minutes=30)
    assert begin(session, wish) == opened
    assert begin(session, replace(wish, provider="stripe")) != others[-1]
    clock.go_on(minutes=31)
    assert begin(session, wish).purchase_id != opened.purchase_id


def test_what_has_ended_meanwhile_has_no_address(session: Session) -> None:
    """Caught: the state not looked at: the buyer is sent to a page that has ended."""
    started = new_checkout(session)
    with writing(session):
        session.get_one(Checkout, started.checkout_id).state = CheckoutState.EXPIRED
    note = partial(
        acts.note_opened, checkout_id=started.checkout_id, opened=opened_as(started.checkout_id)
    )
    assert write(session, note) is None
    [checkout] = checkouts(session, started.purchase_id)
    assert (checkout.state, checkout.ref) == ("expired", f"cs_{checkout.id}")


def test_trying_again_begins_another_checkout_of_the_same_purchase(session: Session) -> None:
    """Caught: the buyer not compared, and a price that a release has changed since."""
    package_id, buyer = package_on_sale(session), new_buyer(session)
    started = sent(session, begin(session, wish_for(buyer, package_id)))

    assert try_again(session, started, buyer) == started, "while it can be paid"
    set_state(session, started, "expired", "expired")
    with pytest.raises(PurchaseNotFound):
        try_again(session, started, new_buyer(session))
    second = try_again(session, started, buyer)
    assert second != started
    assert [one.state for one in checkouts(session, started.purchase_id)] == ["expired", "new"]
    assert purchase_of(session, started.purchase_id).state == State.OPEN
    set_state(session, started, "expired", "expired")
    edit(session, package_id, price_minor=2099)
    apply_all(session)
    with pytest.raises(OfferChanged):
        try_again(session, started, buyer)


def test_other_terms_than_a_purchase_has_are_agreed_to_anew(session: Session) -> None:
    """Caught: a purchase of last year paid today, with the tax of then on its receipt."""
    package_id, buyer = package_on_sale(session), new_buyer(session)
    wish = wish_for(buyer, package_id)
    started = sent(session, begin(session, wish))
    edit_market(session, "US", tax="included", tax_basis_points=2000)
    apply_all(session)
    other = begin(session, wish)
    assert other.purchase_id != started.purchase_id
    for one in (started, other):
        set_state(session, one, "expired", "expired")
    with pytest.raises(OfferChanged):
        try_again(session, started, buyer)
    with pytest.raises(OfferChanged):
        try_again(session, other, buyer, consent="2027-05")
    assert try_again(session, other, buyer)


@pytest.mark.parametrize("state", [State.PROCESSING, "held"])
def test_what_may_be_paid_is_not_tried_again(session: Session, state: str) -> None:
    """Caught: a second payment while the bank still confirms the first."""
    started = open_checkout(session)
    set_state(session, started, "processing", "processing" if state != "held" else "open")
    with writing(session):
        purchase = session.get_one(Purchase, started.purchase_id)
        purchase.hold = "mismatch" if state == "held" else None
        buyer = purchase.customer_id
    assert try_again(session, started, buyer) is None


def test_a_return_is_noted_once_for_each_time_that_the_buyer_was_sent(session: Session) -> None:
    started = open_checkout(session)
    for _reload in range(20):
        write(session, partial(acts.note_returned, purchase_id=started.purchase_id))
    kinds = [step.kind for step in list_steps(session, started.purchase_id)]
    assert kinds == ["opened", "sent", "returned"]


@pytest.mark.parametrize(
    ("gross", "points", "tax"),
    [(1999, 2000, 333), (1999, 0, 0), (1, 10_000, 1), (119, 1900, 19), (10_000, 850, 783)],
)
def test_tax_is_rounded_half_up(gross: int, points: int, tax: int) -> None:
    assert tax_within(gross, points) == tax

"""After a restore: what only the provider knows comes back once, or waits for a person."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.customers.customers import get_customer
from domain.customers.models import Customer, CustomerContact
from domain.database import write, writing
from domain.purchases import acts
from domain.purchases.errors import LinkPaid, UnknownPaymentClosed
from domain.purchases.events import note_events
from domain.purchases.lost_orders import Unreadable, read_order
from domain.purchases.models import Checkout
from domain.purchases.names import name_receipt
from domain.purchases.opening import open_checkout
from domain.purchases.orders import Started, Wish, order_of
from domain.purchases.paying_by_link import open_link, start_by_link
from domain.purchases.payments.stripe import CallLimits, Stripe
from domain.purchases.provider import Event, ListedCheckout, Snapshot
from domain.purchases.receipts import find_receipt
from domain.purchases.recovering import Recovered
from domain.purchases.syncing import sync
from domain.purchases.unknown import (
    close_unknown_payment,
    count_unknown_payments,
    list_unknown_payments,
)
from tests.clock import NOON
from tests.kept_sqlite import KeptSqlite
from tests.payment_links import new_link
from tests.postgres import Reused
from tests.purchases import (
    ATTEMPT,
    free,
    new_buyer,
    new_checkout,
    package_on_sale,
    purchase_of,
    wish_for,
)
from tests.recovering import count_lots, recovered, run
from tests.restoring import GoBack, backed_up, code_now
from tests.simulator import Simulator

BackUp = Callable[[], GoBack]

PATIENCE_SECONDS = 10


class Listing(Stripe):
    """Whose list can be changed on its way, as an older version or somebody else wrote it."""

    def list_checkouts(self, since: datetime) -> Iterator[ListedCheckout]:
        return (self.change(one) for one in super().list_checkouts(since))

    def change(self, one: ListedCheckout) -> ListedCheckout:
        return one


@pytest.fixture
def provider(simulator: Simulator) -> Stripe:
    return Stripe(simulator.key, simulator.secret, simulator.url, CallLimits(5))


@pytest.fixture
def kept(request: pytest.FixtureRequest, database: str) -> KeptSqlite | Reused:
    name = "kept_sqlite" if database.startswith("sqlite:") else "reused"
    found: KeptSqlite | Reused = request.getfixturevalue(name)
    return found


@pytest.fixture
def back_up_now(session: Session, kept: KeptSqlite | Reused, tmp_path: Path) -> BackUp:
    return partial(backed_up, session, kept, tmp_path)


def pay(session: Session, simulator: Simulator, provider: Stripe, started: Started) -> None:
    """Paid there, and credited here."""
    open_checkout(session, provider, started.checkout_id)
    session.rollback()
    simulator.pay(session.get_one(Checkout, started.checkout_id).ref or "")
    sync(session, provider, started.purchase_id)


def begin(session: Session, customer_id: int, package_id: int) -> Started:
    return write(session, partial(acts.start, wish=wish_for(customer_id, package_id)))


def receipt_of(session: Session, purchase_id: int) -> str:
    session.rollback()
    found = find_receipt(session, purchase_id)
    assert found
    return name_receipt(found.series, found.year, found.number)


def whys(session: Session) -> list[str]:
    session.rollback()
    return [one.why for one in list_unknown_payments(session)]


def test_a_lost_purchase_comes_back_whole_and_once(
    session: Session, simulator: Simulator, provider: Stripe, back_up_now: BackUp
) -> None:
    """Caught: its receipt numbered as one before ("number reused"): no `series_now` in `issue`."""
    buyer, package_id = new_buyer(session), package_on_sale(session)
    pay(session, simulator, provider, begin(session, buyer, package_id))
    go_back = back_up_now()
    lost = begin(session, buyer, package_id)
    pay(session, simulator, provider, lost)
    before = {name: getattr(purchase_of(session, lost.purchase_id), name) for name in FROZEN}
    number = receipt_of(session, lost.purchase_id)
    go_back()
    assert free(session, buyer) == 100
    [one] = [one for one in recovered(session, provider) if one.purchase_id]
    assert (one.found, one.purchase_id, one.waits) == ("rebuilt", lost.purchase_id, False)
    back = purchase_of(session, lost.purchase_id)
    assert {name: getattr(back, name) for name in FROZEN} == before
    assert (back.state, back.hold, free(session, buyer)) == ("paid", None, 200)
    assert count_lots(session) == 2
    again = receipt_of(session, lost.purchase_id)
    assert again == f"TEST-{number[5:9]}-{code_now(session)}-000001" != number
    assert purchase_of(session, begin(session, buyer, package_id).purchase_id).id > 10_000


def test_the_next_purchase_has_a_number_of_its_own(
    session: Session,
    simulator: Simulator,
    provider: Stripe,
    back_up_now: BackUp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also when more were lost than are left out. Caught: on PostgreSQL, no `skip_to`."""
    monkeypatch.setattr("domain.purchases.restoring.SKIPPED", 0)
    buyer, package_id = new_buyer(session), package_on_sale(session)
    go_back = back_up_now()
    for _ in range(3):
        pay(session, simulator, provider, begin(session, buyer, package_id))
    go_back()
    assert len(recovered(session, provider)) == 3
    assert begin(session, buyer, package_id).purchase_id > 3


FROZEN = (
    *("id", "key", "customer_id", "package_id", "released_id", "release_number", "name", "credits"),
    *("price_minor", "currency", "country", "language", "tax", "tax_basis_points", "tax_minor"),
    *("consent", "mode", "provider", "card_last4"),
)


def test_a_purchase_that_is_here_gets_its_lost_checkout(
    session: Session, simulator: Simulator, provider: Stripe, back_up_now: BackUp
) -> None:
    """Begun before the backup, sent and paid after it; and another that was tried again. Caught: a
    session looked for by the key of its purchase alone: both were "here", and not credited."""
    first, second = new_checkout(session), new_checkout(session)
    open_checkout(session, provider, second.checkout_id)
    session.rollback()
    simulator.expire(session.get_one(Checkout, second.checkout_id).ref or "")
    sync(session, provider, second.purchase_id)
    go_back = back_up_now()
    pay(session, simulator, provider, first)
    buyer = purchase_of(session, second.purchase_id).customer_id
    again = write(
        session,
        partial(
            acts.try_again,
            purchase_id=second.purchase_id,
            customer_id=buyer,
            consent="2026-11",
            attempt=ATTEMPT,
        ),
    )
    assert again
    pay(session, simulator, provider, again)
    go_back()
    found = {one.purchase_id: one.found for one in recovered(session, provider)}
    assert found == {first.purchase_id: "completed", second.purchase_id: "completed"}
    for started in (first, second):
        bought = purchase_of(session, started.purchase_id)
        assert (bought.state, bought.hold, free(session, bought.customer_id)) == ("paid", None, 100)


def test_a_link_that_was_paid_stays_paid(
    session: Session, simulator: Simulator, provider: Stripe, back_up_now: BackUp
) -> None:
    """Caught: without `note_begun_again` it opens again, to be paid twice; the newest link of the
    purchase as the one that the provider is told of, which changes what it is asked for."""
    buyer, package_id = new_buyer(session), package_on_sale(session)
    links = [new_link(session, buyer, package_id) for _link in range(2)]
    wish = wish_for(buyer, package_id)
    wish = replace(wish, attempt=replace(ATTEMPT, email=None))
    go_back = back_up_now()
    started = begin_by_link(session, links[0], wish)
    asked = order_of(session, started.checkout_id)
    assert begin_by_link(session, links[1], wish) == started  # found, as it is open
    assert order_of(session, started.checkout_id) == asked
    pay(session, simulator, provider, started)
    go_back()
    assert [one.found for one in recovered(session, provider)] == ["rebuilt"]
    session.rollback()
    with pytest.raises(LinkPaid):
        open_link(session, links[0])


def begin_by_link(session: Session, token: str, wish: Wish) -> Started:
    link_id = open_link(session, token).id
    session.rollback()
    return write(session, partial(start_by_link, link_id=link_id, wish=wish))


def test_who_came_after_the_backup_waits_for_a_person(
    session: Session, simulator: Simulator, provider: Stripe, back_up_now: BackUp
) -> None:
    """Also when somebody else has their number by now. Caught: the customer known by the number
    alone: a stranger got the credits."""
    package_id = package_on_sale(session)
    go_back = back_up_now()
    lost = new_buyer(session)
    pay(session, simulator, provider, begin(session, lost, package_id))
    go_back()
    [one] = recovered(session, provider)
    assert (one.found, one.doubt) == ("doubtful", "unknown_customer")
    assert one.checkout.email == ATTEMPT.email
    [row] = list_unknown_payments(session)
    assert (row.ref, row.amount_minor, row.currency) == (one.checkout.ref, 1999, "USD")
    assert row.said["customer_id"] == str(lost)
    assert provider.fetch_payment(row.ref).email == ATTEMPT.email
    assert new_buyer(session) > lost + 1000
    give_number(session, lost)
    [one] = recovered(session, provider)
    assert (one.doubt, whys(session), count_lots(session)) == (
        "other_customer",
        ["other_customer"],
        0,
    )


def give_number(session: Session, customer_id: int) -> None:
    """To somebody new, as if no number had been left out."""
    with writing(session):
        session.add(Customer(id=customer_id, subject="somebody new", language="tr"))
        session.flush()
        session.add(
            CustomerContact(
                customer_id=customer_id,
                email="new@posta.example",
                email_key="new@posta.example",
            )
        )


@pytest.mark.parametrize("fits", [True, False])
def test_without_a_key_of_the_customer_their_address_decides(
    session: Session, simulator: Simulator, provider: Stripe, back_up_now: BackUp, *, fits: bool
) -> None:
    """A checkout that an older version asked for. Caught: credits for another
    customer who has the number by now."""
    buyer, package_id = new_buyer(session), package_on_sale(session)
    address = get_customer(session, buyer).email if fits else ATTEMPT.email
    go_back = back_up_now()
    wish = wish_for(buyer, package_id, attempt=replace(ATTEMPT, email=address))
    pay(session, simulator, provider, write(session, partial(acts.start, wish=wish)))
    go_back()

    class Older(Listing):
        def change(self, one: ListedCheckout) -> ListedCheckout:
            said = {name: text for name, text in one.metadata.items() if name != "customer_key"}
            return one._replace(metadata=said, email=(one.email or "").upper())

    older = Older(simulator.key, simulator.secret, simulator.url, CallLimits(5))
    [one] = recovered(session, older)
    assert one.doubt == (None if fits else "other_customer")
    assert free(session, buyer) == (100 if fits else 0)


CHANGES: dict[str, dict[str, Any]] = {
    "incomplete": {"metadata": {"credits": ""}},
    "other_mode": {"is_live": True},
    "other_amount": {"amount_minor": 1998},
    "unknown_package": {"metadata": {"credits": "1000"}},
}


@pytest.mark.parametrize("why", CHANGES)
def test_what_is_in_doubt_waits_and_is_taken_once_it_is_not(
    session: Session, simulator: Simulator, provider: Stripe, back_up_now: BackUp, why: str
) -> None:
    """Caught: `credits` taken as the metadata says, for a package that never had so many."""
    buyer, package_id = new_buyer(session), package_on_sale(session)
    go_back = back_up_now()
    pay(session, simulator, provider, begin(session, buyer, package_id))
    go_back()

    class Changed(Listing):
        def change(self, one: ListedCheckout) -> ListedCheckout:
            changes = dict(CHANGES[why])
            changes["metadata"] = {**one.metadata, **changes.get("metadata", {})}
            return one._replace(**changes)

    [one] = recovered(session, Changed(simulator.key, simulator.secret, simulator.url))
    assert (one.doubt, whys(session), free(session, buyer)) == (why, [why], 0)
    assert [one.found for one in recovered(session, provider)] == ["rebuilt"]
    assert (whys(session), free(session, buyer)) == ([], 100)


def test_a_number_that_another_purchase_has_waits(
    session: Session, simulator: Simulator, provider: Stripe, back_up_now: BackUp
) -> None:
    buyer, package_id = new_buyer(session), package_on_sale(session)
    kept = begin(session, new_buyer(session), package_id)
    go_back = back_up_now()
    pay(session, simulator, provider, begin(session, buyer, package_id))
    go_back()

    class Changed(Listing):
        def change(self, one: ListedCheckout) -> ListedCheckout:
            return one._replace(metadata={**one.metadata, "number": str(kept.purchase_id)})

    [one] = recovered(session, Changed(simulator.key, simulator.secret, simulator.url))
    assert (one.doubt, free(session, buyer)) == ("number_taken", 0)


def test_what_a_person_has_seen_to_is_never_credited(
    session: Session, simulator: Simulator, provider: Stripe, back_up_now: BackUp
) -> None:
    """Caught: a closed payment taken by the next run, beside the credits given by hand."""
    buyer, package_id = new_buyer(session), package_on_sale(session)
    go_back = back_up_now()
    lost = begin(session, buyer, package_id)
    pay(session, simulator, provider, lost)
    key = purchase_of(session, lost.purchase_id).key
    go_back()
    news = Event("evt_1", "charge.updated", "pi_1", key, NOON)
    write(session, partial(note_events, provider=provider.name, events=[news, news]))
    [row] = list_unknown_payments(session)
    assert (row.why, row.ref, row.said) == ("not_looked_at", "pi_1", {})
    close = partial(close_unknown_payment, id=row.id, author="ana@example.com", note="By hand.")
    write(session, close)
    with pytest.raises(UnknownPaymentClosed):
        write(session, close)
    assert [one.found for one in recovered(session, provider)] == ["closed"]
    assert (free(session, buyer), count_unknown_payments(session)) == (0, 0)


def test_what_nobody_paid_is_left_alone_and_what_can_be_paid_is_not(
    session: Session, simulator: Simulator, provider: Stripe, back_up_now: BackUp
) -> None:
    """Caught: old news of what nobody paid, listed once more, taken for a payment."""
    package_id = package_on_sale(session)
    buyers = [new_buyer(session) for _ in range(4)]
    go_back = back_up_now()
    left, unheard, bank, open_one = (begin(session, buyer, package_id) for buyer in buyers)
    refs = {}
    for one in (left, unheard, bank, open_one):
        open_checkout(session, provider, one.checkout_id)
        session.rollback()
        refs[one] = session.get_one(Checkout, one.checkout_id).ref or ""
    key = purchase_of(session, left.purchase_id).key
    simulator.expire(refs[left])
    simulator.expire(refs[unheard])
    simulator.pay(refs[bank], bank_says="succeeds", seconds=60)
    go_back()
    news = Event("evt_1", "checkout.session.expired", refs[left], key, NOON)
    write(session, partial(note_events, provider=provider.name, events=[news]))
    found = {one.checkout.ref: one.found for one in run(session, provider)}
    assert whys(session) == []
    unpaid, rebuilt = (refs[left], refs[unheard]), (refs[bank], refs[open_one])
    assert found == {**dict.fromkeys(unpaid, "unpaid"), **dict.fromkeys(rebuilt, "rebuilt")}
    recovered(session, provider)
    states = [purchase_of(session, one.purchase_id).state for one in (bank, open_one)]
    assert states == ["processing", "open"]
    simulator.forward(61)
    simulator.pay(refs[open_one])
    for one in (bank, open_one):
        sync(session, provider, one.purchase_id)
        bought = purchase_of(session, one.purchase_id)
        assert (bought.state, free(session, bought.customer_id)) == ("paid", 100)


def test_money_that_went_back_meanwhile_is_seen(
    session: Session, simulator: Simulator, provider: Stripe, back_up_now: BackUp
) -> None:
    """Of a purchase that was paid before the backup. Caught: the events not listed."""
    started = begin(session, new_buyer(session), package_on_sale(session))
    pay(session, simulator, provider, started)
    go_back = back_up_now()
    session.rollback()
    simulator.refund(session.get_one(Checkout, started.checkout_id).payment_ref or "", 1999)
    go_back()
    recovered(session, provider)
    assert purchase_of(session, started.purchase_id).due_at
    sync(session, provider, started.purchase_id)
    assert purchase_of(session, started.purchase_id).hold == "refunded"


def test_a_slow_run_gives_nothing_for_what_went_back_meanwhile(
    engine: Engine,
    session: Session,
    simulator: Simulator,
    provider: Stripe,
    back_up_now: BackUp,
) -> None:
    """The purchase is made again, its payment fetched; then money goes back, and a worker looks.
    Caught: "recovery without version check": nobody was told of the refund any more."""
    buyer = new_buyer(session)
    package_id = package_on_sale(session)
    go_back = back_up_now()
    lost = begin(session, buyer, package_id)
    pay(session, simulator, provider, lost)
    go_back()
    has_fetched, goes_on = threading.Event(), threading.Event()

    class Slow(Stripe):
        def fetch_payment(self, ref: str) -> Snapshot:
            seen = super().fetch_payment(ref)
            if not has_fetched.is_set():
                simulator.refund(seen.payment_ref or "", 1999)
                has_fetched.set()
                assert goes_on.wait(PATIENCE_SECONDS)
            return seen

    slow = Slow(simulator.key, simulator.secret, simulator.url, CallLimits(5))

    def recover_slowly() -> list[Recovered]:
        with Session(engine) as own:
            return run(own, slow)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(recover_slowly)
        assert has_fetched.wait(PATIENCE_SECONDS)
        sync(session, provider, lost.purchase_id)
        goes_on.set()
        [one] = running.result()
    bought = purchase_of(session, lost.purchase_id)
    assert (one.waits, bought.hold, free(session, buyer)) == (False, "refunded", 0)


def test_two_runs_at_once_credit_once(
    engine: Engine, session: Session, simulator: Simulator, provider: Stripe, back_up_now: BackUp
) -> None:
    """Caught: no lock of those who begin, in `take`: the second run failed at the key."""
    package_id = package_on_sale(session)
    buyers = [new_buyer(session) for _ in range(4)]
    go_back = back_up_now()
    for buyer in buyers:
        pay(session, simulator, provider, begin(session, buyer, package_id))
    go_back()

    def recover_too(_number: int) -> list[Recovered]:
        with Session(engine) as own:
            return run(own, provider)

    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(recover_too, range(3)))
    assert sum(one.found == "rebuilt" for run in runs for one in run) == 4
    assert [free(session, buyer) for buyer in buyers] == [100] * 4
    assert count_lots(session) == 4


def test_an_order_is_read_strictly() -> None:
    said = {
        **{"number": "7", "customer_id": "1", "package_id": "2", "released_id": "3"},
        **{"release_number": "4", "credits": "100", "price_minor": "1999", "currency": "USD"},
        **{"country": "US", "language": "tr", "tax": "none", "tax_basis_points": "0"},
        **{"tax_minor": "0", "consent": "2026-11"},
    }
    key = "a" * 32
    assert read_order(key, said).columns["credits"] == 100
    wrong = {
        **{"number": "0", "credits": "-5", "price_minor": "19.99", "currency": "usd"},
        **{"language": "xx", "tax_minor": "2000", "tax_basis_points": "10001"},
        **{"release_number": "4294967296", "consent": "x" * 41},
    }
    for name, text in wrong.items():
        with pytest.raises(Unreadable):
            read_order(key, said | {name: text})
    for name in said:
        with pytest.raises(Unreadable):
            read_order(key, {other: text for other, text in said.items() if other != name})
    with pytest.raises(Unreadable):
        read_order("short", said)

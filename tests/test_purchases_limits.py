"""Who begins too many payments waits; of unusually many in all, an admin hears."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.database import write
from domain.notices.models import Notice
from domain.purchases import acts, limits
from domain.purchases.errors import TooManyCheckouts
from domain.purchases.orders import Wish
from tests.clock import Clock
from tests.purchases import (
    ATTEMPT,
    begin,
    new_buyer,
    package_on_sale,
    set_state,
    wish_for,
)

Packages = Callable[[], int]
OTHER = replace(ATTEMPT, address="198.51.100.1")


def wait_of(session: Session, wish: Wish) -> int:
    """How many seconds its buyer is asked to wait."""
    with pytest.raises(TooManyCheckouts) as refusal:
        write(session, partial(acts.start, wish=wish))
    return refusal.value.wait_seconds


def test_a_buyer_has_five_open_at_most(clock: Clock, session: Session) -> None:
    """Caught: those that have ended counted, too."""
    buyer = new_buyer(session)
    begun = [begin(session, wish_for(buyer, package_on_sale(session))) for _ in range(5)]
    clock.go_on(minutes=10)
    sixth = wish_for(buyer, package_on_sale(session))
    assert wait_of(session, sixth) == 50 * 60
    begin(session, wish_for(new_buyer(session), package_on_sale(session)))
    set_state(session, begun[0], "expired", "expired")
    begin(session, sixth)


def test_a_buyer_begins_ten_an_hour(
    clock: Clock, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PER_BUYER", limits.PER_BUYER._replace(most=2))
    buyer, package_id = new_buyer(session), package_on_sale(session)
    for _time in range(2):
        set_state(session, begin(session, wish_for(buyer, package_id)), "expired", "expired")
        clock.go_on(minutes=20)
    assert wait_of(session, wish_for(buyer, package_id)) == 20 * 60
    clock.go_on(minutes=20)
    begin(session, wish_for(buyer, package_id))


def test_a_network_begins_thirty_an_hour(
    clock: Clock, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: an IPv6 address taken whole, of which each sender has plenty."""
    monkeypatch.setattr(limits, "PER_NETWORK", limits.PER_NETWORK._replace(most=2))
    package_id = package_on_sale(session)
    from_network = [replace(ATTEMPT, address=f"2001:db8::{last}") for last in range(3)]
    wishes = [wish_for(new_buyer(session), package_id, attempt=attempt) for attempt in from_network]
    for wish in wishes[:2]:
        begin(session, wish)
    assert wait_of(session, wishes[2]) == 3600
    begin(session, replace(wishes[2], attempt=OTHER))
    clock.go_on(hours=1, seconds=1)
    begin(session, wish_for(new_buyer(session), package_id, attempt=from_network[0]))


def test_unusually_many_are_an_alarm_once_an_hour_and_no_refusal(
    clock: Clock, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: an alarm for each one beyond."""
    monkeypatch.setattr(limits, "UNUSUAL", 2)
    package_id = package_on_sale(session)
    for _hour in range(2):
        for _buyer in range(4):
            begin(session, wish_for(new_buyer(session), package_id))
        clock.go_on(hours=1)
    assert session.scalars(select(Notice.kind)).all() == ["many_checkouts"] * 2

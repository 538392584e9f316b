"""The sample's customers: half a year that the ledger agrees with."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.customers import sample
from domain.customers.listing import Show, count_parts
from domain.customers.models import Customer, CustomerSession
from domain.customers.notes import find_reasons
from domain.database import read_clock, writing
from domain.ledger.models import entry, hold, wallet
from domain.ledger.verify import Verified
from domain.platforms.models import Platform
from tests.conftest import Once

# That it can be loaded into PostgreSQL is in tests/test_cli_serve.py.
pytestmark = pytest.mark.long


def load(session: Session) -> None:
    assert sample.is_empty(session)
    with writing(session):
        platform = Platform(name="Lotus app")
        session.add(platform)
        session.flush()
        zone = ZoneInfo("Europe/Berlin")
        sample.load(session, platform_id=platform.id, mode="test", zone=zone, author="Scrip")
    assert not sample.is_empty(session)


@pytest.fixture
def now(once: Once, session: Session) -> datetime:
    """With the sample loaded."""
    once(load)
    return read_clock(session)


def test_half_a_year_of_credits_that_add_up(session: Session, now: datetime) -> None:
    """Caught: an act dated before the wallet's newest entry; and the clock left set back."""
    first, last = session.execute(select(func.min(entry.c.at), func.max(entry.c.at))).one()
    assert now - first > timedelta(days=180)
    assert now - timedelta(days=1) < last < now
    verified = Verified(session)
    assert list(verified.differences()) == []
    assert verified.wallets == len(sample.PEOPLE) == 12


def test_there_is_something_of_everything(session: Session, now: datetime) -> None:
    owed = select(func.count()).where(wallet.c.owed > 0)
    held = select(func.count()).where(hold.c.open > 0, hold.c.expires_at > now)
    invited = select(func.count()).where(Customer.last_sign_in_at.is_(None))
    ending = select(func.count()).where(wallet.c.next_due < now + timedelta(days=30))
    counts = [session.scalar(one) for one in (owed, held, invited)]
    assert counts == [1, 5, 1]
    assert (session.scalar(ending) or 0) >= 3


@pytest.mark.usefixtures("now")
def test_support_says_why_it_gave_or_took(session: Session) -> None:
    """Caught: gifts with no reason; a reason that does not fit the digest of its entry."""
    by_hand = session.execute(
        select(entry.c.seq, wallet.c.customer_id).join(wallet).where(entry.c.actor.like("admin:%"))
    ).all()
    assert len(by_hand) == 5
    for seq, customer_id in by_hand:
        reason = find_reasons(session, customer_id, [seq])[seq]
        assert (reason.is_shown, reason.is_changed) == (True, False)


@pytest.mark.usefixtures("now")
def test_gifts_end_soon_and_people_are_signed_in(session: Session) -> None:
    """Caught: every gift spent first, and sign-ins that had ended since."""
    assert count_parts(session) == {Show.ENDING_GIFTS: 2, Show.OWES: 1, Show.INVITED: 1}
    assert session.scalar(select(func.count()).select_from(CustomerSession)) == 11

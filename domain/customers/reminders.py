"""Mails to customers whose credits end soon, while they may still use them."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from domain.customers.customers import IS_SURELY_THEIRS
from domain.customers.models import Customer, CustomerContact, RemindedUntil
from domain.database import AnySession
from domain.ledger.lists import ending
from domain.outbox.acts import put
from domain.outbox.rules import MAIL
from domain.times import start_of_day

# So many days before the last day on which they can be used.
DAYS_BEFORE = (30, 7, 1)
# A worker that was away for longer leaves the days before that out.
LONGEST_GAP = timedelta(days=7)
PAGE = 500


def choose_reminders(session: AnySession, customer_id: int, *, wanted: bool) -> None:
    session.execute(update(Customer).where(Customer.id == customer_id).values(reminders=wanted))


def days_to_come(today: date, last_day: date) -> list[int]:
    """On which of the days before `last_day` a reminder is still to come."""
    return [days for days in DAYS_BEFORE if (last_day - today).days > days]


def due_day(session: AnySession, today: date) -> date | None:
    """The next day whose reminders are to be written; None when all are, up to today's."""
    last = session.scalar(select(RemindedUntil.day))
    if last is None:
        return today
    return None if last >= today else max(last + timedelta(days=1), today - LONGEST_GAP)


def credits_by_customer(session: AnySession, last_day: date, zone: ZoneInfo) -> Counter[int]:
    """How many free credits can be used until the end of that day and no longer, by customer."""
    after = None
    first, last = (_end(day, zone) for day in (last_day - timedelta(days=1), last_day))
    found: Counter[int] = Counter()
    while page := ending(session, first, last, after=after, most=PAGE):
        for one in page:
            found[one.customer_id] += one.credits
        after = page[-1]
    return found


def remind(session: AnySession, credits: Mapping[int, int], last_day: date, before: int) -> None:
    """Puts a mail to each of these customers who wants it; once, however often this runs."""
    rows = session.execute(
        select(Customer.id, CustomerContact.email, Customer.language)
        .join(CustomerContact, CustomerContact.customer_id == Customer.id)
        .where(Customer.id.in_(credits), Customer.reminders, IS_SURELY_THEIRS)
        .where(CustomerContact.email.is_not(None))
    )
    for customer_id, email, language in rows.all():
        put(
            session,
            MAIL,
            f"credits_ending:{customer_id}:{last_day}:{before}",
            topic="credits_ending",
            recipient=email,
            data={"language": language, "credits": credits[customer_id], "day": str(last_day)},
        )


def note_reminded(session: AnySession, day: date) -> None:
    """All reminders of this day are written."""
    session.merge(RemindedUntil(id=1, day=day))


def _end(day: date, zone: ZoneInfo) -> datetime:
    """The first moment after credits that are good until the end of this day."""
    return start_of_day(day + timedelta(days=1), zone) + timedelta.resolution

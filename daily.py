"""Steps of the worker that have something to do once a day, in the morning of the platform."""

from datetime import date, timedelta
from functools import partial

from blueprints.locale import operators_language
from blueprints.zones import live_zone
from domain.customers import reminders
from domain.database import AnySession, portions, read_clock, write
from domain.notices import acts as notices
from domain.request_addresses import forget_addresses, has_old_addresses

# By the platform's clock.
MORNING = 8
# As many as one transaction writes: others wait for it.
MOST_MAILS = 50


def remind_customers(session: AnySession) -> bool:
    """Mails about credits that end soon, once on each day of the platform's calendar."""
    today = local_day(session)
    day = today and reminders.due_day(session, today)
    if not today or not day:
        return False
    for before in reminders.DAYS_BEFORE:
        last_day = day + timedelta(days=before)
        if last_day < today:  # written late: they have ended
            continue
        credits = reminders.credits_by_customer(session, last_day, live_zone())
        for ids in portions(credits, MOST_MAILS):
            some = {id: credits[id] for id in ids}
            remind = partial(reminders.remind, credits=some, last_day=last_day, before=before)
            write(session, remind)
    write(session, partial(reminders.note_reminded, day=day))
    return True


def mail_notices(session: AnySession) -> bool:
    """What happened on the days before, to admins who want one mail a day."""
    today = local_day(session)
    if not today or not notices.has_due_day(session, today):
        return False
    zone, language = live_zone(), operators_language()
    write_mails = partial(notices.write_daily, today=today, zone=zone, language=language)
    write(session, write_mails)
    return True


class ForgetAddresses:
    """Deletes network addresses that are kept long enough, on each day of the platform's calendar
    all that there are by then, in portions. A worker that begins anew looks once more."""

    def __init__(self) -> None:
        self._done: date | None = None

    def __call__(self, session: AnySession) -> bool:
        today = local_day(session)
        if not today or today == self._done:
            return False
        if has_old_addresses(session):
            write(session, forget_addresses)
            return True
        self._done = today
        return False


def local_day(session: AnySession) -> date | None:
    """Today by the platform's calendar, once it is late enough for mails that can wait."""
    now = read_clock(session)
    local = now.astimezone(live_zone())
    return local.date() if local.hour >= MORNING else None

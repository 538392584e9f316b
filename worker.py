"""The worker: sends what waits in the outbox, and does by and by what is due. Several may run.

A step does one thing and says whether there was any; it looks before it writes, so that an idle
worker never writes. Each step has a thread of its own: a mail server that takes its time holds up
nothing but mail.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from flask import Flask
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from blueprints import logs, mails
from blueprints.payment_provider import connect
from config import Config
from daily import ForgetAddresses, mail_notices, remind_customers
from domain.database import AnySession, write
from domain.ledger.acts import settle
from domain.ledger.lists import Due, due_wallets
from domain.ledger.requests import forget_old_keys, has_old_keys
from domain.outbox import acts, queries
from domain.outbox.rules import BROKEN, LEASE, MAIL, Failed, Message, Outcome, refuse
from domain.purchases import declarations
from domain.purchases.payments.stripe import IN_BACKGROUND
from domain.purchases.syncing import note_missed_events, sync_due
from domain.time_budget import time_budget
from extensions import db

RENEW_SECONDS = LEASE.total_seconds() / 4
# How soon something new is seen; what only has to be done some time.
SOON, LATER, AT_LEISURE = 1.0, 10.0, 600.0
# After a failure, twice as long each time: a database that comes back is seen soon enough.
LONGEST_PAUSE = 15.0
# How long a step waits for the database: a hanging one is named in the log, and asked again.
BUDGET_SECONDS = 60.0
# A mail server may take ten minutes over one.
MAILS_AT_ONCE = 3
# A provider may take twenty seconds over one.
SYNCS_AT_ONCE = 2
# How often it is tried to write down what was sent. No later than others claim it.
FINISH_SECONDS = 0.5
# As much as one transaction does: others wait for it. An entry comes with up to six rows.
MOST_WALLETS, MOST_ENTRIES, MOST_KEYS = 20, 8, 50
# As long as the server has: systemd kills both a little later.
STOP_SECONDS = 20.0
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
AWAY = (OperationalError, InterfaceError, NoConnection)
NO_TABLE = "42P01"  # PostgreSQL's word; SQLite's is an OperationalError

FAILED: Outcome = Failed(BROKEN)

Bind = Engine | Connection
Step = Callable[[AnySession], bool]
Deliver = Callable[[Message], Outcome]

log = logging.getLogger("scrip.worker")


class Job(NamedTuple):
    """A step, and seconds to wait when it found nothing to do."""

    name: str
    step: Step
    pause: float


def jobs_for(config: Config, stop: threading.Event) -> list[Job]:
    """In production without a mail server, mails wait for one; without a provider nothing is
    bought."""
    jobs = [
        Job("blank secrets", blank_secrets, LATER),
        Job("settle what is due", Sweep(), LATER),
        Job("forget request keys", forget_keys, LATER),
        Job("remind customers", remind_customers, LATER),
        Job("mail notices", mail_notices, LATER),
        Job("forget addresses", ForgetAddresses(), LATER),
        Job("take in withdrawals", take_in_withdrawal, SOON),
    ]
    if provider := connect(config, IN_BACKGROUND):
        sync = Job("sync purchases", partial(sync_due, provider=provider), SOON)
        note = partial(note_missed_events, provider=provider)
        missed = Job("note missed payment events", note, AT_LEISURE)
        jobs += [sync] * SYNCS_AT_ONCE + [missed]
    if config.mail or config.keeps_mail:
        deliver = partial(mails.deliver, server=config.mail) if config.mail else mails.keep
        send = Job("send mail", partial(send_one, kind=MAIL, deliver=deliver, stop=stop), SOON)
        jobs += [send] * MAILS_AT_ONCE
    return jobs


def run(app: Flask, config: Config) -> None:
    """Until SIGTERM or SIGINT; then each job ends the step that it is at, if that is soon. What a
    mail server has not taken by then is sent again when its lease runs out.

    A database that is away is waited for, and so is one without tables: `serve` makes them.
    """
    logs.set_up(config)
    # Taken by sigwait alone, here and in no other thread.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    stop = threading.Event()
    threads = [
        threading.Thread(target=repeat, args=(app, job, stop), name=job.name, daemon=True)
        for job in jobs_for(config, stop)
    ]
    for thread in threads:
        thread.start()
    signal.sigwait(STOP_SIGNALS)
    stop.set()
    end = time.monotonic() + STOP_SECONDS
    for thread in threads:
        thread.join(max(0, end - time.monotonic()))
        if thread.is_alive():
            log.warning("%s was not over when the worker ended", thread.name)


def about_mail(config: Config) -> str:
    """What a start says."""
    if config.mail:
        return f"Mail leaves through {config.mail.host}, port {config.mail.port}."
    if config.keeps_mail:
        return "Mail is not sent: it is kept at Settings, Mail. MAIL_URL and MAIL_FROM change that."
    return "Mail waits. Set MAIL_URL and MAIL_FROM, and start this again."


def repeat(app: Flask, job: Job, stop: threading.Event) -> None:
    """One job, through whatever goes wrong."""
    failures = 0
    while not stop.is_set():
        try:
            with app.app_context(), time_budget(BUDGET_SECONDS):
                is_busy = job.step(db.session)
        except Exception as error:
            failures += 1
            note(job, error, failures)
            stop.wait(min(SOON * 2 ** (failures - 1), LONGEST_PAUSE))
            continue
        if failures:
            log.info("%s: works again", job.name)
        failures = 0
        if not is_busy:
            stop.wait(job.pause)


def note(job: Job, error: Exception, failures: int) -> None:
    """A database that is away is one line, and no more of them while it stays away."""
    if not is_away(error):
        log.error("%s failed", job.name, exc_info=error)
    elif failures == 1:
        log.warning("%s waits for the database: %s", job.name, first_line(error))


def is_away(error: Exception) -> bool:
    """Whether it is the database's, and is over once that is back, or has its tables."""
    has_no_tables = getattr(getattr(error, "orig", None), "sqlstate", None) == NO_TABLE
    return isinstance(error, AWAY) or has_no_tables


def first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def blank_secrets(session: AnySession) -> bool:
    return queries.has_ended_secrets(session) and write(session, acts.blank_secrets)


class Sweep:
    """Writes down what time has done to wallets that nobody uses. Nothing depends on when: it is
    for those who wait to hear of it.

    It goes through all that are due, then begins again, so a wallet that breaks something holds up
    no other.
    """

    def __init__(self) -> None:
        self._last: Due | None = None
        self._failures: dict[int, str] = {}

    def __call__(self, session: AnySession) -> bool:
        page = due_wallets(session, MOST_WALLETS, self._last)
        settled = 0
        for due in page:
            self._last = due  # also when this raises: then it goes on behind it
            settled += self._settle(session, due.wallet_id)
        if len(page) < MOST_WALLETS:
            self._last = None
        return settled > 0 or self._last is not None

    def _settle(self, session: AnySession, wallet_id: int) -> int:
        try:
            settled = write(session, partial(settle, wallet_id=wallet_id, most=MOST_ENTRIES))
        except AWAY:
            raise
        except Exception as error:
            self._note(wallet_id, error)
            return 0
        self._failures.pop(wallet_id, None)
        return settled

    def _note(self, wallet_id: int, error: Exception) -> None:
        """Once, until it fails in another way; what follows the first line differs each time."""
        failure = f"{type(error).__name__}: {error}".partition("\n")[0]
        if self._failures.get(wallet_id) != failure:
            self._failures[wallet_id] = failure
            log.error("wallet %s could not be settled", wallet_id, exc_info=error)


def forget_keys(session: AnySession) -> bool:
    return has_old_keys(session) and write(session, partial(forget_old_keys, most=MOST_KEYS)) > 0


def take_in_withdrawal(session: AnySession) -> bool:
    """What somebody declared who was not signed in."""
    if not declarations.has_due(session):
        return False
    claimed = write(session, declarations.claim_due)
    if claimed is None:
        return False  # others were faster
    write(session, partial(declarations.take_in, declaration_id=claimed))
    return True


def send_one(session: AnySession, kind: str, deliver: Deliver, stop: threading.Event) -> bool:
    """Sends the message of this kind that is due longest. One that breaks something is put off
    first, so that it holds up no other."""
    if not queries.has_due(session, kind):
        return False
    message = write(session, partial(acts.claim, kind=kind))
    if message is None:
        return False  # others were faster
    engine, outcome = session.get_bind(), FAILED
    try:
        with renewing(engine, message):
            outcome = refuse(message) or deliver(message)
    finally:
        finish(engine, message, outcome, stop)
    return True


@contextmanager
def renewing(engine: Bind, message: Message) -> Iterator[None]:
    """Keeps the lease for as long as it takes; a worker that is killed keeps nothing."""
    is_over = threading.Event()

    def renew() -> None:
        while not is_over.wait(RENEW_SECONDS):
            try:
                with Session(engine) as session:
                    write(session, partial(acts.renew, message=message))
            except Exception as error:
                trace = None if is_away(error) else error
                log.warning("lease of message %s not renewed", message.id, exc_info=trace)

    thread = threading.Thread(target=renew, name="renew")
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def finish(engine: Bind, message: Message, outcome: Outcome, stop: threading.Event) -> None:
    """Until it is written, however long the database is away: what was sent and is forgotten
    will be sent again. A worker that is stopped does not wait for it."""
    is_known = False
    while True:
        try:
            with Session(engine) as session:
                return write(session, partial(acts.conclude, message=message, outcome=outcome))
        except AWAY as error:
            if not is_known:
                what = type(outcome).__name__.lower()
                log.warning("message %s, %s: not noted: %s", message.id, what, first_line(error))
            is_known = True
        if stop.wait(FINISH_SECONDS):
            return None

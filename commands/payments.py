"""Payments that a restored database does not know."""

import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

import click
from flask import current_app
from flask.cli import with_appcontext

from blueprints.payment_provider import connect
from commands.failures import failing_in_one_line
from config import Config
from domain import money
from domain.activity.recording import NOBODY, record
from domain.database import AnySession, write
from domain.purchases.names import name_purchase
from domain.purchases.payments.stripe import IN_BACKGROUND
from domain.purchases.provider import Provider, ProviderError
from domain.purchases.queries import get_purchase
from domain.purchases.rebuilding import Found
from domain.purchases.recovering import Recovered, recover
from domain.purchases.restoring import note_restored
from domain.purchases.rules import Doubt
from extensions import db
from readiness import prepare_database, refuse_other_mode

RESTORED = (
    "This database was made from a backup. Receipts are numbered in a new series from now on."
    "\nPayments that were begun after the backup may be missing: run recover-payments, as"
    " docs/backup.md says."
)
DOUBTS: Mapping[Doubt, str] = {
    Doubt.NOT_LOOKED_AT: "the provider was not asked yet",
    Doubt.INCOMPLETE: "what the provider keeps of it is not enough to make it again",
    Doubt.OTHER_MODE: "it is a test, and this database is not, or the other way round",
    Doubt.OTHER_AMOUNT: "the amount is another one than the price",
    Doubt.UNKNOWN_CUSTOMER: "its customer is not here",
    Doubt.OTHER_CUSTOMER: "its customer is not here, or it cannot be shown that it is this one",
    Doubt.UNKNOWN_PACKAGE: "its package, as it was sold, is not here",
    Doubt.NUMBER_TAKEN: "its number is that of another purchase by now",
}


class Moment(click.ParamType[datetime]):
    """A day, or a time, which is UTC unless it says otherwise."""

    name = "time"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("Write it like 2026-11-24T03:00, in UTC, or with a zone: +03:00.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command("recover-payments")
@click.option(
    "--since", required=True, type=Moment(), help="When the backup was made: 2026-11-24T03:00, UTC."
)
@with_appcontext
def recover_payments(since: datetime) -> None:
    """After a restore: make purchases again that only the payment provider knows.

    It may be run again: nothing is credited twice. Exit status 1 when a payment needs a person, or
    the provider did not answer. docs/backup.md says what to do.
    """
    config: Config = current_app.extensions["scrip"]
    provider = connect(config, IN_BACKGROUND)
    if provider is None:
        raise click.ClickException("No payment provider is connected: there is nobody to ask.")
    with failing_in_one_line():
        prepare_database()
        refuse_other_mode(db.session, config)
        counts = _recover(provider, config, since)
    click.echo(_sum_up(counts))
    sys.exit(1 if counts[Found.DOUBTFUL] or counts["waits"] else 0)


def say_if_restored() -> str:
    """For a start: "" in a database that was not made from a backup since the last one."""
    return RESTORED if write(db.session, note_restored) else ""


def _recover(provider: Provider, config: Config, since: datetime) -> Counter[str]:
    counts: Counter[str] = Counter()
    try:
        for one in recover(db.session, provider, config.mode, since, note_recovery):
            counts[one.found] += 1
            counts["waits"] += one.waits
            if line := _describe(one):
                click.echo(line)
    except ProviderError as problem:
        raise click.ClickException(
            f"The payment provider could not be asked ({problem.detail}). Run this again."
        ) from problem
    return counts


def note_recovery(session: AnySession) -> None:
    """In the activity."""
    record(session, "payments_recovered", NOBODY)


def _describe(one: Recovered) -> str:
    """ "" for what is as it was."""
    if one.doubt:
        who = f"Who paid: {one.checkout.email}." if one.checkout.email else "Nobody is named there."
        return f"{_name(one)} needs a person: {DOUBTS[one.doubt]}. {who}"
    if one.waits:
        return f"{_name(one)} waits: the provider could not be asked about it."
    if one.purchase_id is None or one.found is Found.HERE:
        return ""
    purchase = get_purchase(db.session, one.purchase_id)
    state, hold = purchase.state, purchase.hold
    db.session.rollback()
    needs = f", and needs a person: {hold}" if hold else ""
    return f"{name_purchase(one.purchase_id)} is back: {state}{needs}."


def _name(one: Recovered) -> str:
    amount = money.plain(one.checkout.amount_minor, one.checkout.currency)
    return f"{one.checkout.ref} ({amount} {one.checkout.currency})"


def _sum_up(counts: Counter[str]) -> str:
    back = counts[Found.REBUILT] + counts[Found.COMPLETED]
    said = (("back", back), ("here already", counts[Found.HERE]), ("unpaid", counts[Found.UNPAID]))
    purchases = ", ".join(f"{what} {count}" for what, count in said)
    open_ones = f"Need a person: {counts[Found.DOUBTFUL]}. Seen to: {counts[Found.CLOSED]}."
    return f"Purchases: {purchases}. {open_ones} Wait for the provider: {counts['waits']}."

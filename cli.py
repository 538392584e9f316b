"""Scrip's commands, as `flask --app app --help` lists them."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import Migrate
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError

import processes
import worker
from blueprints.locale import operators_language
from blueprints.zones import live_zone
from config import OWNER_URL, SIMULATOR_HOST, Config
from domain.accounts import second_factor
from domain.accounts.admins import has_admin, lock_admins, normal_email, save_admin
from domain.accounts.errors import AccountError, UnfitEmail
from domain.accounts.hashing import hash_new_password
from domain.accounts.names import clean_display_name
from domain.backup import BackupError, back_up
from domain.catalogue import sample
from domain.catalogue.drafts.drafts import lock_catalogue
from domain.customers import sample as sample_customers
from domain.customers.customers import lock_customers
from domain.database import AnySession, is_disk_full, write, writing
from domain.ledger import wallets
from domain.ledger.guards import missing_guards
from domain.ledger.verify import Verified
from domain.notices.own_account import tell_owner
from domain.platforms import platforms
from domain.platforms.rules import PlatformValues
from domain.purchases import sample as sample_purchases
from extensions import db
from payment_setup import check_payments, set_up_payments
from readiness import (
    first_line,
    is_for_good,
    prepare_database,
    refuse_missing_tables,
    refuse_other_mode,
    wait_for_tables,
)
from serving import (
    STOP_SECONDS,
    addresses,
    refuse_taken_port,
    server_command,
    simulator_environ,
)

DEFAULT_EMAIL = "admin@example.com"
# Of the first password: 20 characters, so that a random one is never short of a new one's rules.
RANDOM_BYTES = 15
SAMPLE_AUTHOR = "Scrip"
SAMPLE_PLATFORM = PlatformValues("Lotus app", "https://app.lotus.example", trusts_emails=True)
# What runs beside the server, by the name that messages give it.
BESIDE: dict[str, processes.Command] = {
    "worker": (sys.executable, "-m", "flask", "--app", "app", "work")
}
SIMULATOR: dict[str, processes.Command] = {"payment simulator": (sys.executable, "-m", "simulator")}


def init_app(app: Flask) -> None:
    Migrate(app, db, render_as_batch=True)
    ledger = (verify_ledger, unblock_wallet)
    for command in (
        create_admin,
        reset_second_factor,
        sample_catalogue,
        backup,
        set_up_payments,
        *ledger,
    ):
        app.cli.add_command(command)
    for command in (serve, start, work):
        app.cli.add_command(command)


@click.command("create-admin")
@click.argument("email")
@click.option("--name", help="What others see; without it the email says it.", default="")
@with_appcontext
def create_admin(email: str, name: str) -> None:
    """Let EMAIL sign in, or give it a new password and sign it out everywhere.

    The password is asked for, or read as one line from standard input when that is no terminal.
    """
    config: Config = current_app.extensions["scrip"]
    with failing_in_one_line():
        email, name = normal_email(email), name and clean_display_name(name)
        password_hash = hash_new_password(_read_password(), email, name, *config.hosts)
        prepare_database()
        with writing(db.session):
            is_new = save_admin(db.session, email, password_hash, name)
            if not is_new:
                tell_owner(db.session, email, "password", language=operators_language())
    done = "can sign in now" if is_new else "has a new password and is signed out everywhere"
    click.echo(f"{email} {done}.")


@click.command("reset-second-factor")
@click.argument("email")
@with_appcontext
def reset_second_factor(email: str) -> None:
    """Let EMAIL, who lost app and recovery codes, sign in by password alone.

    Signs it out everywhere. The second factor can be turned on again in Settings.
    """
    with failing_in_one_line():
        refuse_missing_tables(db.engine)
        email = normal_email(email)
        work = partial(reset_and_tell, email=email, language=operators_language())
        was_on = write(db.session, work)
    if not was_on:
        click.echo(f"{email} has no second factor. Nothing was changed.")
        return
    click.echo(
        f"The second factor of {email} is off, and its recovery codes are void."
        f" {email} is signed out everywhere and signs in by password alone."
    )


def reset_and_tell(session: AnySession, email: str, language: str) -> bool:
    was_on = second_factor.reset(session, email)
    if was_on:
        tell_owner(session, email, "app_off", language=language)
    return was_on


@click.command("sample-catalogue")
@with_appcontext
def sample_catalogue() -> None:
    """Fill an empty catalogue with about 14 packages in 5 countries and apply them."""
    with failing_in_one_line():
        prepare_database()
        if not _load_sample():
            raise click.ClickException("Nothing was changed: the catalogue is not empty.")
    click.echo("The sample catalogue is live.")


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Copy the whole database to FILE, a new one, while Scrip runs.

    docs/backup.md says how to come back from it.
    """
    try:
        back_up(db.engine.url, file)
    except BackupError as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{file} holds the whole database.")


@click.command("verify-ledger")
@click.option("--block", is_flag=True, help="Block the wallets that do not agree.")
@with_appcontext
def verify_ledger(block: bool) -> None:
    """Replay the ledger while Scrip runs, and list all that does not agree.

    Exit status 1 when there is anything. Nothing is mended: docs/ledger.md says what to do.
    """
    with failing_in_one_line():
        refuse_missing_tables(db.engine)
        missing = missing_guards(db.session)
        for name in missing:
            click.echo(f"The database lacks the guard {name}.")
        verified, wrong = Verified(db.session), set()
        for difference in verified.differences():
            click.echo(difference)
            wrong.add(difference.wallet_id)
        click.echo(
            f"Wallets: {verified.wallets}, entries: {verified.entries},"
            f" postings: {verified.postings}. {_sum_up(len(wrong), len(missing))}"
        )
        if block:
            click.echo(_block(sorted(wrong)))
    sys.exit(1 if wrong or missing else 0)


def _sum_up(wrong: int, missing: int) -> str:
    counted = (("Wallets that do not agree", wrong), ("Guards that are not there", missing))
    return " ".join(f"{what}: {count}." for what, count in counted if count) or "All agree."


def _block(wrong: list[int]) -> str:
    """Those that are open; a wallet whose row is gone, blocked or closed stays as it is."""
    blocked = [
        str(id)
        for id in wrong
        if write(db.session, partial(wallets.block_wallet, wallet_id=id, reason="verify-ledger"))
    ]
    return f"Blocked: wallets {', '.join(blocked)}." if blocked else "Blocked: none."


@click.command("unblock-wallet")
@click.argument("id", type=int)
@with_appcontext
def unblock_wallet(id: int) -> None:
    """Let credits of wallet ID be spent and held again."""
    with failing_in_one_line():
        refuse_missing_tables(db.engine)
        if not write(db.session, partial(wallets.unblock_wallet, wallet_id=id)):
            raise click.ClickException(f"Wallet {id} is not blocked.")
    click.echo(f"Wallet {id} is open again.")


@click.command("serve")
@with_appcontext
def serve() -> None:
    """Prepare what is missing, then serve with the production server."""
    command = _prepare_server()
    os.execv(sys.executable, command)  # noqa: S606 - so that signals reach the server itself


@click.command("start")
@with_appcontext
def start() -> None:
    """Prepare what is missing, then serve, with the worker beside the server.

    In a test database without a payment provider the payment simulator is there too.
    """
    config: Config = current_app.extensions["scrip"]
    beside = BESIDE | _prepare_simulator(config)
    server = _prepare_server()
    if config.simulates_payments:
        click.echo(f"Payment simulator: {config.simulator_address}")
    sys.exit(processes.run(server, beside, STOP_SECONDS + 5))


def _prepare_simulator(config: Config) -> dict[str, processes.Command]:
    """Its command, where it is used; what it reads is in the environment then."""
    if not config.simulates_payments:
        return {}
    with starting():
        refuse_taken_port(SIMULATOR_HOST, config.simulator_port, "SIMULATOR_PORT")
    os.environ |= simulator_environ(config)
    return SIMULATOR


def _prepare_server() -> list[str]:
    """The server's command, once all that it needs is there and its addresses are said."""
    config: Config = current_app.extensions["scrip"]
    with starting():
        refuse_taken_port(config.host, config.port)
        prepare_database()
        refuse_other_mode(db.session, config)
        check_payments(config)
        sign_in = _prepare_first_admin(config)
        if config.sample_catalogue and _load_sample() and config.mode == "test":
            _load_sample_customers()
    click.echo(addresses(config) + sign_in)
    db.engine.dispose()
    os.environ.pop(OWNER_URL, None)  # who serves may not alter tables, even when broken into
    sys.stdout.flush()
    return server_command(config)


@click.command("work")
@with_appcontext
def work() -> None:
    """Send mail and do what is due, until stopped. Several may run, also on several machines."""
    config: Config = current_app.extensions["scrip"]
    with starting():
        wait_for_tables(db.engine)
        refuse_other_mode(db.session, config)
    click.echo(worker.about_mail(config))
    worker.run(current_app._get_current_object(), config)  # type: ignore[attr-defined]


class CannotStart(click.ClickException):
    """Said as that of a variable which cannot be used: see app.py."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"Scrip cannot start. {self.message}", file, err=True)


@contextmanager
def starting() -> Iterator[None]:
    """Says in one sentence why a start stops."""
    try:
        with failing_in_one_line():
            yield
    except click.ClickException as problem:
        raise CannotStart(problem.message) from problem


@contextmanager
def failing_in_one_line() -> Iterator[None]:
    """What an operator can mend is said in one sentence, without a traceback."""
    try:
        yield
    except AccountError as problem:
        raise click.ClickException(str(problem)) from problem
    except OperationalError as problem:
        failed = _name_failure(problem)
        raise click.ClickException(f"The database {failed}: {first_line(problem)}.") from problem
    except DatabaseError as problem:
        # Missing rights, options in the URL that PostgreSQL does not know; a file of another kind.
        if type(problem) not in (ProgrammingError, DatabaseError):
            raise
        raise click.ClickException(
            f"The database cannot be used: {first_line(problem)}."
        ) from problem


def _name_failure(problem: OperationalError) -> str:
    if is_disk_full(problem):
        return "has no room left on its disk"
    return "does not let Scrip in" if is_for_good(problem) else "does not answer"


def _load_sample() -> bool:
    """Whether the catalogue was empty and holds the sample now."""
    with writing(db.session):
        lock_catalogue(db.session)
        is_empty = sample.is_empty(db.session)
        if is_empty:
            sample.load(db.session, author=SAMPLE_AUTHOR)
    return is_empty


def _load_sample_customers() -> None:
    """Into a test database that never had a customer, with credits that are for nobody."""
    with writing(db.session):
        lock_customers(db.session)
        if sample_customers.is_empty(db.session):
            platform_id = platforms.add(db.session, SAMPLE_PLATFORM)
            zone, author = live_zone(), SAMPLE_AUTHOR
            sample_customers.load(
                db.session, platform_id=platform_id, mode="test", zone=zone, author=author
            )
            sample_purchases.load(db.session, mode="test")


def is_terminal() -> bool:
    return sys.stdin.isatty()


def _read_password() -> str:
    if is_terminal():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        return sys.stdin.buffer.readline().decode().rstrip("\r\n")
    except UnicodeDecodeError as problem:
        raise click.ClickException("The password is not text in UTF-8.") from problem


def _prepare_first_admin(config: Config) -> str:
    """Make the first admin when there is none; what the operator should be told about it."""
    if has_admin(db.session):
        return ""
    if config.production and not (config.admin_email and config.admin_password):
        return (
            "\nNobody can sign in yet. Set ADMIN_EMAIL and ADMIN_PASSWORD before a start, or run:"
            "\n  .venv/bin/flask --app app create-admin EMAIL"
        )
    password = config.admin_password or secrets.token_urlsafe(RANDOM_BYTES)
    email = _save_first_admin(config, password)
    if email is None:
        return ""
    if config.admin_password:
        return f"\nSign in as {email} with the password in ADMIN_PASSWORD."
    return f"\nSign in with this email and password, shown only now:\n  {email}\n  {password}"


def _save_first_admin(config: Config, password: str) -> str | None:
    """The email as it is kept; None when another start was faster."""
    try:
        email = normal_email(config.admin_email or DEFAULT_EMAIL)
        password_hash = hash_new_password(password, email, *config.hosts)
    except AccountError as problem:
        name = "ADMIN_EMAIL" if isinstance(problem, UnfitEmail) else "ADMIN_PASSWORD"
        raise click.ClickException(f"{name} cannot be used. {problem}") from problem
    with writing(db.session):
        lock_admins(db.session)
        if has_admin(db.session):
            return None
        save_admin(db.session, email, password_hash)
    return email

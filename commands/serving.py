"""Starting the server, the worker, and both."""

import os
import sys

import click
from flask import current_app
from flask.cli import with_appcontext

import processes
import worker
from commands.admins import prepare_first_admin
from commands.failures import starting
from commands.payments import say_if_restored
from commands.sample import load_sample, load_sample_customers
from config import OWNER_URL, SIMULATOR_HOST, Config
from extensions import db
from payment_setup import check_payments
from readiness import prepare_database, refuse_other_mode, wait_for_tables
from serving import (
    STOP_SECONDS,
    addresses,
    refuse_taken_port,
    server_command,
    simulator_environ,
)

# What runs beside the server, by the name that messages give it.
BESIDE: dict[str, processes.Command] = {
    "worker": (sys.executable, "-m", "flask", "--app", "app", "work")
}
SIMULATOR: dict[str, processes.Command] = {"payment simulator": (sys.executable, "-m", "simulator")}


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
        restored = say_if_restored()
        check_payments(config)
        sign_in = prepare_first_admin(config)
        if config.sample_catalogue and load_sample() and config.mode == "test":
            load_sample_customers()
    if restored:
        click.echo(restored, err=True)
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

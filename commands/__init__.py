"""Scrip's commands, as `flask --app app --help` lists them."""

from flask import Flask
from flask_migrate import Migrate

from commands.admins import create_admin, reset_second_factor
from commands.backup import backup
from commands.ledger import unblock_wallet, verify_ledger
from commands.payments import recover_payments
from commands.sample import sample_catalogue
from commands.serving import serve, start, work
from extensions import db
from payment_setup import set_up_payments


def init_app(app: Flask) -> None:
    Migrate(app, db, render_as_batch=True)
    for command in (
        *(create_admin, reset_second_factor, sample_catalogue, backup, set_up_payments),
        *(recover_payments, verify_ledger, unblock_wallet, serve, start, work),
    ):
        app.cli.add_command(command)

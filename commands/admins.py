"""Admins: adding one, the first one, and one who lost the second factor."""

import secrets
import sys
from functools import partial

import click
from flask import current_app
from flask.cli import with_appcontext

from blueprints.locale import operators_language
from commands.failures import failing_in_one_line
from config import Config
from domain.accounts import second_factor
from domain.accounts.admins import find_admin, has_admin, lock_admins, normal_email, save_admin
from domain.accounts.errors import AccountError, UnfitEmail
from domain.accounts.hashing import hash_new_password
from domain.accounts.names import clean_display_name
from domain.activity.recording import NOBODY, Object, record
from domain.database import AnySession, write, writing
from domain.notices.own_account import tell_owner
from extensions import db
from readiness import prepare_database, refuse_missing_tables

DEFAULT_EMAIL = "admin@example.com"
# Of the first password: 20 characters, so that a random one is never short of a new one's rules.
RANDOM_BYTES = 15


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
            done = save_and_tell(db.session, email, password_hash, name)
    click.echo(f"{email} {done}.")


def save_and_tell(session: AnySession, email: str, password_hash: str, name: str) -> str:
    """What was done, in words."""
    lock_admins(session)
    former = find_admin(session, email)
    was_active = former is None or former.is_active
    save_admin(session, email, password_hash, name)
    note_saved(session, email, is_new=former is None)
    if former is None:
        return "can sign in now"
    tell_owner(session, email, "password", language=operators_language())
    if was_active:
        return "has a new password and is signed out everywhere"
    record(session, "admin_enabled", NOBODY, Object("admin", former.id))
    return f"can sign in again, as {former.role}, with the new password"


def note_saved(session: AnySession, email: str, *, is_new: bool) -> None:
    """In the activity."""
    about = object_of(session, email)
    if is_new:
        record(session, "admin_created", NOBODY, about, email=email)
    else:
        record(session, "password_changed", NOBODY, about)


def object_of(session: AnySession, email: str) -> Object | None:
    admin = find_admin(session, email)
    return Object("admin", admin.id) if admin else None


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
        record(session, "second_factor_reset", NOBODY, object_of(session, email))
    return was_on


def is_terminal() -> bool:
    return sys.stdin.isatty()


def _read_password() -> str:
    if is_terminal():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        return sys.stdin.buffer.readline().decode().rstrip("\r\n")
    except UnicodeDecodeError as problem:
        raise click.ClickException("The password is not text in UTF-8.") from problem


def prepare_first_admin(config: Config) -> str:
    """Makes the first admin when there is none; returns what the start prints about it."""
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
        note_saved(db.session, email, is_new=True)
    return email

"""The first two steps of domain/accounts/sign_in.py, shared by signing in and confirming."""

from functools import partial

from flask import current_app, request
from flask_login import current_user

from blueprints.devices import known_device
from config import Config
from domain.accounts import hashing, sign_in, sign_in_limits
from domain.accounts.models import Factor
from domain.accounts.sign_in import Attempt
from domain.accounts.sign_in_limits import Try
from domain.database import writing
from extensions import db


def this_try(email: str, factor: Factor = "password") -> Try:
    """One by this request, for a normal email."""
    return Try(email, request.remote_addr, known_device(email), factor)


def own_hosts() -> tuple[str, ...]:
    """The names under which Scrip is reached: what nobody should make a password of."""
    config: Config = current_app.extensions["scrip"]
    return config.hosts


def count_code(email: str) -> int:
    """The id of the try, counted in a transaction of its own before the code is looked at, so that
    tries at the same moment all count. Refused by reading alone. Raises TooManyTries."""
    tried = this_try(email, "code")
    sign_in_limits.refuse(db.session, tried)
    with writing(db.session):
        return sign_in_limits.count_failure(db.session, tried)


def prove_password(email: str, password: str) -> Attempt:
    """Takes a slot for hashing, counts the try, then hashes with no transaction open.

    Raises TooBusy, which counts nothing; TooManyTries, WrongPassword.
    """
    tried = this_try(email)
    is_known = tried.device is not None or is_signed_in_as(email)
    with (hashing.KNOWN_SLOTS if is_known else hashing.STRANGERS_SLOTS).take():
        sign_in_limits.refuse(db.session, tried)
        with writing(db.session):
            attempt = sign_in.count_attempt(db.session, tried)
        check = partial(sign_in.check_password, attempt, password, *own_hosts())
        return check() if is_known else hashing.at_low_priority(check)


def is_signed_in_as(email: str) -> bool:
    return bool(current_user.is_authenticated and current_user.email == email)

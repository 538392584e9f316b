"""The first two steps of domain/accounts/sign_in.py, shared by signing in and confirming."""

from flask import request

from blueprints.devices import known_device
from domain.accounts import sign_in
from domain.accounts.limits import Try
from domain.accounts.models import Factor
from domain.accounts.sign_in import Attempt
from domain.database import writing
from extensions import db


def this_try(email: str, factor: Factor = "password") -> Try:
    """One by this request, for a normal email."""
    return Try(email, request.remote_addr, known_device(email), factor)


def prove_password(email: str, password: str) -> Attempt:
    """Counts the try, then hashes with no transaction open.

    Raises WrongPassword, TooManyTries, TooBusy.
    """
    with writing(db.session):
        attempt = sign_in.count_attempt(db.session, this_try(email))
    return sign_in.check_password(attempt, password)

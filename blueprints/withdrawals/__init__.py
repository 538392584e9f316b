"""Withdrawing from a contract online, with an account or without one."""

from flask import Blueprint, Flask

bp = Blueprint("withdrawals", __name__)

from blueprints.withdrawals import guard, pages  # noqa: E402, F401 - routes and hooks


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

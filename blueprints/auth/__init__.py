"""Signing in and out, and how a request without a sign-in is answered."""

from flask import Blueprint, Flask

bp = Blueprint("auth", __name__)

from blueprints.auth import account, code_step, guard, views  # noqa: E402, F401 - their routes and hooks


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    guard.init_app(app)

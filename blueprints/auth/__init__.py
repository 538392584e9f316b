"""Signing in and out, and how a request without a sign-in is answered."""

from flask import Blueprint, Flask

bp = Blueprint("auth", __name__)

from blueprints.auth import (  # noqa: E402 - their routes and hooks
    account,  # noqa: F401
    authenticator,  # noqa: F401
    code_step,  # noqa: F401
    guard,
    invitation,  # noqa: F401
    link_pages,
    load_shedding,
    password,  # noqa: F401
    password_link,  # noqa: F401
    second_factor,  # noqa: F401
    sign_ins,  # noqa: F401
    views,  # noqa: F401
)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    guard.init_app(app)
    link_pages.init_app(app)
    app.wsgi_app = load_shedding.LoadShedding(app)  # type: ignore[assignment, method-assign]

"""Purchases: the list, its file, a purchase's page, failed payments."""

from flask import Blueprint, Flask

bp = Blueprint("purchases", __name__, url_prefix="/purchases")

from . import (  # noqa: E402 - routes
    actions,  # noqa: F401
    exporting,  # noqa: F401
    failed,  # noqa: F401
    listing,  # noqa: F401
    page,  # noqa: F401
    receipt,  # noqa: F401
    refunding,  # noqa: F401
    tasks,
    words,
)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    tasks.init_app(app)
    app.jinja_env.globals.update(purchase_states=words.STATES)

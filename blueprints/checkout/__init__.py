"""The way from a card to the provider's page, and what buyers find when they come back."""

from flask import Blueprint, Flask

bp = Blueprint("checkout", __name__)

from blueprints.checkout import after, again, buying, by_link, guard  # noqa: E402, F401 - routes and hooks


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

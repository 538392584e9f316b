"""Settings -> Markets: the tax line and the note for the buyers of each country."""

from flask import Blueprint, Flask

bp = Blueprint("markets", __name__, url_prefix="/settings/markets")

from blueprints.markets import views  # noqa: E402, F401 - its routes


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

"""Activity: who did what, when and from where; the list, and the same as a file."""

from flask import Blueprint, Flask

bp = Blueprint("activity", __name__, url_prefix="/activity")

from . import exporting, listing  # noqa: E402, F401 - routes


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

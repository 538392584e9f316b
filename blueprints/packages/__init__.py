"""Settings -> Credit Packages: the list, its forms, moves, and Apply Changes."""

from flask import Blueprint, Flask

bp = Blueprint("packages", __name__, url_prefix="/settings/credit-packages")

from . import applying, editing, moving, views  # noqa: E402, F401 - their routes


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

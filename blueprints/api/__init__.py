"""What buyers see, for programs. It reads releases and nothing else, and no cookie."""

from flask import Blueprint, Flask

bp = Blueprint("api", __name__, url_prefix="/api/v1")

from blueprints.api import views  # noqa: E402, F401 - its routes


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

"""The packages on other sites: an element for their pages, and a page for their frames."""

from flask import Blueprint, Flask

bp = Blueprint("embed", __name__)

from blueprints.embed import views  # noqa: E402, F401 - its routes


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

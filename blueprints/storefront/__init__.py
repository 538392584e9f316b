"""The buyers' page. It reads the live release and nothing else."""

from flask import Blueprint, Flask

bp = Blueprint("storefront", __name__)

from blueprints.storefront import views  # noqa: E402, F401 - its routes


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

"""Events of the payment provider. They say what to ask about, and change no purchase."""

from flask import Blueprint, Flask

bp = Blueprint("payments", __name__)

from blueprints.payments import webhook  # noqa: E402, F401 - its route


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

"""The Settings page: what buyers see besides packages, and the admin's own colours."""

from flask import Blueprint, Flask

bp = Blueprint("settings", __name__, url_prefix="/settings")

from blueprints.settings import mail, platform_keys, platforms, sites, views  # noqa: E402, F401 - their routes


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

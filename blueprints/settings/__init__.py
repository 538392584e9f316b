"""The Settings page: what buyers see besides packages, and the admin's own colours."""

from flask import Blueprint, Flask

bp = Blueprint("settings", __name__, url_prefix="/settings")

from blueprints.settings import (  # noqa: E402 - their routes
    company,  # noqa: F401
    giving,  # noqa: F401
    mail,  # noqa: F401
    payments,  # noqa: F401
    platform_keys,  # noqa: F401
    platforms,  # noqa: F401
    sites,  # noqa: F401
    views,  # noqa: F401
)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

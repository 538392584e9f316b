"""Settings, Team: who is in it, invitations, and what owners do with each admin."""

from flask import Blueprint, Flask

bp = Blueprint("team", __name__, url_prefix="/settings/team")

from blueprints.team import (  # noqa: E402 - their routes
    acting,  # noqa: F401
    admins,  # noqa: F401
    invitations,  # noqa: F401
    requirement,  # noqa: F401
    views,  # noqa: F401
)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

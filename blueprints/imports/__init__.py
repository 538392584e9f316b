"""Settings -> Credit Packages: export as a file, and import one as drafts."""

from flask import Blueprint, Flask

bp = Blueprint("imports", __name__, url_prefix="/settings/credit-packages")

from . import exporting, importing  # noqa: E402, F401 - routes


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

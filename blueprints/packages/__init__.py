"""Settings -> Credit Packages: the list, its forms, moves, and Apply Changes."""

from flask import Blueprint, Flask

bp = Blueprint("packages", __name__, url_prefix="/settings/credit-packages")

from . import applying, discarding, editing, moving, releases, reviewing, views, wording  # noqa: E402, F401 - routes


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        batch_words=wording.batch_words, contents_words=wording.contents_words
    )

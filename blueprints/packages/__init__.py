"""Settings -> Credit Packages: the list, its forms, moves, Apply Changes, and the preview."""

from flask import Blueprint, Flask

bp = Blueprint("packages", __name__, url_prefix="/settings/credit-packages")
# What a preview link shows to people without an account.
shared = Blueprint("shared", __name__, url_prefix="/preview")

from . import (  # noqa: E402 - routes
    applying,  # noqa: F401
    batches,
    counts,
    discarding,  # noqa: F401
    drawing,
    editing,  # noqa: F401
    moving,  # noqa: F401
    polling,  # noqa: F401
    releases,  # noqa: F401
    reviewing,  # noqa: F401
    row_words,
    sharing,
    views,  # noqa: F401
)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.register_blueprint(shared)
    app.jinja_env.globals.update(
        batch_words=batches.batch_words,
        contents_words=batches.contents_words,
        count_changes=counts.count_changes,
        count_pending=counts.count_pending,
        pending_words=counts.pending_words,
        change_words=row_words.change_words,
        row_words=row_words.row_words,
        draw_rows=drawing.draw_rows,
    )
    sharing.init_app(app)

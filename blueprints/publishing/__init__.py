"""From drafts to live: the review, the history, discarding, the preview and its links."""

from flask import Blueprint, Flask

bp = Blueprint("publishing", __name__, url_prefix="/settings/credit-packages")
# What a preview link shows to people without an account.
shared = Blueprint("shared", __name__, url_prefix="/preview")

from . import (  # noqa: E402 - routes
    batches,
    change_labels,
    comparing,  # noqa: F401
    descriptions,
    discard,  # noqa: F401
    history,  # noqa: F401
    review,  # noqa: F401
    share,
)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.register_blueprint(shared)
    app.jinja_env.globals.update(
        describe_batch=batches.describe_batch,
        describe_contents=batches.describe_contents,
        change_labels=change_labels.change_labels,
        count_credits=descriptions.count_credits,
        counted=change_labels.counted,
        edit_address=descriptions.edit_address,
        item_title=descriptions.item_title,
        ordinal=descriptions.ordinal,
    )
    share.init_app(app)

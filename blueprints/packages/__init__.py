"""Settings -> Credit Packages: the list, its forms, moves, and the bar with Apply Changes."""

from flask import Blueprint, Flask

from blueprints import change_counts
from blueprints.i18n import translated

bp = Blueprint("packages", __name__, url_prefix="/settings/credit-packages")

from . import (  # noqa: E402 - routes
    applying,  # noqa: F401
    bulk,  # noqa: F401
    echo,  # noqa: F401
    editing,  # noqa: F401
    moving,  # noqa: F401
    polling,  # noqa: F401
    row_labels,
    rows,
    views,  # noqa: F401
)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        count_changes=change_counts.count_changes,
        count_pending=change_counts.count_pending,
        describe_pending=change_counts.describe_pending,
        packages_by_kind=rows.packages_by_kind,
        translated=translated,
        row_discards=row_labels.row_discards,
        row_labels=row_labels.row_labels,
    )

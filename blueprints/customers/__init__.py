"""Customers: the list, adding one, a customer's page, giving or taking credits."""

from flask import Blueprint, Flask

bp = Blueprint("customers", __name__, url_prefix="/customers")

from . import (  # noqa: E402 - routes
    adding,  # noqa: F401
    contact,  # noqa: F401
    exporting,  # noqa: F401
    forgiving,  # noqa: F401
    giving,  # noqa: F401
    listing,  # noqa: F401
    naming,
    notes,  # noqa: F401
    page,  # noqa: F401
    payment_links,  # noqa: F401
    sign_ins,  # noqa: F401
    tags,  # noqa: F401
)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        customer_title=naming.customer_title,
        joined=naming.joined,
        last_day=naming.last_day,
        page_of=naming.page_of,
    )

"""The customers' own pages, and the doors that lead to them."""

from flask import Blueprint, Flask

from blueprints.customer_sign_in import current_customer

bp = Blueprint("account", __name__)

from blueprints.account import (  # noqa: E402, F401 - their routes and hooks
    choosing,
    email,
    enter,
    guard,
    home,
    profile,
    purchases,
    receipt,
    sign_in,
    sign_ins,
    sign_out,
    statement,
)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        current_customer=current_customer,
        platform_name=guard.platform_name,
        selling_company=guard.selling_company,
    )

"""Whether this is a test: said on every page, and in mails, documents and the API."""

from flask import current_app
from flask_babel import gettext as _


def is_test() -> bool:
    return bool(current_app.extensions["scrip"].mode == "test")


def mode_word() -> str:
    """What all that a test database shows and sends says about it; "" for a live one."""
    # NOTE: A small label beside the name: nothing here is for real.
    return str(_("TEST")) if is_test() else ""

"""Cookies of our own: no script reads them, and no form of another site brings them along."""

from flask import current_app
from werkzeug import Response


def own_name(kind: str) -> str:
    """The cookie's name, with the prefix that binds it to this host in production."""
    return f"{current_app.config['SESSION_COOKIE_NAME']}-{kind}"


def keep(answer: Response, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(
        name, value, max_age=seconds, secure=_is_secure(), httponly=True, samesite="Lax"
    )


def drop(answer: Response, name: str) -> None:
    answer.delete_cookie(name, secure=_is_secure(), httponly=True, samesite="Lax")


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])

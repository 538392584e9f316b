"""A form that could not be taken as it was sent, offered once more with all that it held."""

from flask import request

from blueprints.htmx import is_htmx

LEFT_OUT = ("csrf_token", "password", "new_password", "new_password_again")


def resubmitted_fields() -> list[tuple[str, str]]:
    """What the form held; empty when it did not come from one of our own pages.

    Another site's form must not come to look like ours, one press away from being sent. A password
    is typed again.
    """
    if is_htmx() or request.method != "POST" or not _is_from_here():
        return []
    return [field for field in request.form.items(multi=True) if field[0] not in LEFT_OUT]


def _is_from_here() -> bool:
    origin = request.headers.get("Origin")
    if origin is not None:
        return f"{origin}/" == request.host_url
    return (request.referrer or "").startswith(request.host_url)

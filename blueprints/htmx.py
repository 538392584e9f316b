"""The only place that names HX- headers."""

from urllib.parse import parse_qs, urlsplit

from flask import Response, flash, make_response, redirect, request


def is_htmx() -> bool:
    """Whether a fragment is wanted; Back asks for whole pages and counts as no."""
    return (
        request.headers.get("HX-Request") == "true"
        and "HX-History-Restore-Request" not in request.headers
    )


def current_path() -> str:
    """The path of the page that asked, "" when it did not say."""
    return urlsplit(_current_url()).path


def current_query() -> dict[str, str]:
    """The query of the page that asked, first value of each name."""
    query = parse_qs(urlsplit(_current_url()).query)
    return {name: values[0] for name, values in query.items()}


def go_to(address: str, message: str) -> Response:
    """Leads to another page of ours, which shows the message."""
    flash(message)
    if not is_htmx():
        return make_response(redirect(address, 303))
    return make_response("", 200, {"HX-Redirect": address})


def _current_url() -> str:
    return request.headers.get("HX-Current-URL", "")

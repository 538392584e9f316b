"""The only place that names HX- headers."""

from urllib.parse import SplitResult, parse_qs, urlsplit

from flask import Response, flash, make_response, redirect, request
from werkzeug.urls import iri_to_uri


def is_htmx() -> bool:
    """Whether a fragment is wanted; Back asks for whole pages and counts as no."""
    return (
        request.headers.get("HX-Request") == "true"
        and "HX-History-Restore-Request" not in request.headers
    )


def current_path() -> str:
    """The path of the page that asked, "" when it did not say."""
    return _current_url().path


def current_query() -> dict[str, str]:
    """The query of the page that asked, first value of each name."""
    query = parse_qs(_current_url().query)
    return {name: values[0] for name, values in query.items()}


def _current_url() -> SplitResult:
    try:
        return urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return urlsplit("")


def push_url(answer: Response, url: str) -> None:
    """Makes `url` the page's address, once the answer is in place."""
    answer.headers["HX-Push-Url"] = url


def go_to(
    address: str, message: str = "", back_to: int = 0, country: str = "", undo: int = 0
) -> Response:
    """Leads to another page of ours, which shows the message, and offers to go back to a release
    or to undo a batch (0: to none) and to view the store in a country ("": in none)."""
    ways_on = f"undo-{undo}" if undo else f"{back_to}-{country}"
    if message:
        flash(message, ways_on)
    if not is_htmx():
        return make_response(redirect(address, 303))
    return make_response("", 200, {"HX-Redirect": iri_to_uri(address)})

"""Where a form or a link leads to, when the page it was opened from says so in `next`."""

import re
from urllib.parse import urlencode

from flask import current_app, request

LONGEST = 2000
# One slash, then nothing that a browser drops or reads as a second one: "//x", "/\x" and
# "/<tab>/x" all lead to another host.
OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\xa0]*")


def next_path(default: str = "") -> str:
    """The path in `next` if it can only be one of ours."""
    return own_path(request.values.get("next", ""), LONGEST) or default


def own_path(wanted: str, longest: int) -> str:
    """The text if it can only be a path of ours, and is no longer than that; else ""."""
    return wanted if len(wanted) <= longest and OWN_PATH.fullmatch(wanted) else ""


def this_page() -> str:
    """The address of the page that is shown, but for the language in it; "" when it answers a
    form and has no address of its own."""
    adapter = current_app.create_url_adapter(request)
    if adapter is None or not adapter.test(method="GET"):
        return ""
    query = urlencode([item for item in request.args.items(multi=True) if item[0] != "lang"])
    return f"{request.path}?{query}" if query else request.path

"""Where a form leads to, when the page it was opened from says so in `next`."""

import re

from flask import request

LONGEST = 2000
# One slash, then nothing that a browser drops or reads as a second one: "//x", "/\x" and
# "/<tab>/x" all lead to another host.
OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\xa0]*")


def destination(default: str = "") -> str:
    """The path in `next` if it can only be one of ours."""
    wanted = request.values.get("next", "")
    if len(wanted) <= LONGEST and OWN_PATH.fullmatch(wanted):
        return wanted
    return default

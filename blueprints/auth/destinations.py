"""Where a sign-in leads to."""

import re

from flask import request

DEFAULT = "/settings/"
LONGEST = 2000
# One slash, then nothing that a browser drops or reads as a second one: "//x", "/\x" and
# "/<tab>/x" all lead to another host.
OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\xa0]*")


def destination() -> str:
    """The path in `?next=` if it can only be one of ours, else the settings."""
    wanted = request.args.get("next", "")
    if len(wanted) <= LONGEST and OWN_PATH.fullmatch(wanted):
        return wanted
    return DEFAULT

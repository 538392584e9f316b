"""What caches may keep of what buyers read."""

import hashlib

from flask import Response, current_app, request

REVALIDATE = "public, max-age=0, must-revalidate"
PRIVATE = "private, no-store"


def while_live() -> str:
    """For what the newest release shows. A CDN may be allowed to be late by some seconds."""
    seconds = current_app.extensions["scrip"].cdn_max_age
    return f"{REVALIDATE}, s-maxage={seconds}" if seconds else REVALIDATE


def kept(response: Response, policy: str) -> Response:
    """`response`, or 304 to whoever has the same already."""
    framing = response.headers.get("Content-Security-Policy", "")
    response.set_etag(tag_of(response.get_data(), framing))
    response.headers["Cache-Control"] = policy
    response.make_conditional(request)
    return response


def tag_of(content: bytes, framing: str) -> str:
    """The tag of these bytes and of who may show them.

    Whatever changes them, a release, a deploy or a restored backup, changes it.
    """
    return hashlib.sha256(content + framing.encode()).hexdigest()[:32]

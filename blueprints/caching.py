"""What caches may keep of what buyers read."""

import hashlib

from flask import Response, request

REVALIDATE = "public, max-age=0, must-revalidate"
FOR_EVER = "public, max-age=31536000, immutable"
PRIVATE = "private, no-store"


def kept(response: Response, policy: str) -> Response:
    """`response`, or 304 to whoever has the same already.

    The tag is of the bytes and of who may show them, so whatever changes them, a release, a
    deploy or a restored backup, changes it.
    """
    content = response.get_data() + response.headers.get("Content-Security-Policy", "").encode()
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    response.headers["Cache-Control"] = policy
    response.make_conditional(request)
    return response

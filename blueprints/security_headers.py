"""The headers that protect every answer."""

from collections.abc import Sequence

from flask import Flask, Response, current_app, request

from blueprints import problems

UNFRAMABLE = "frame-ancestors 'none'"
OWN_FORMS = "form-action 'self'"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        OWN_FORMS,
        "base-uri 'none'",
        UNFRAMABLE,
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Not no-referrer: Flask-WTF asks for the referrer over HTTPS.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# The API apart, these are for the pages and scripts of all sites. No cookie changes them.
FOR_ALL_SITES = frozenset({"embed.script"})
CROSS_ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PREFLIGHT = {
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Max-Age": "86400",
}
HSTS = "max-age=63072000; includeSubDomains"


def init_app(app: Flask) -> None:
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    if problems.is_api() or request.endpoint in FOR_ALL_SITES:
        open_to_all_sites(response)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if UNFRAMABLE not in response.headers["Content-Security-Policy"]:
        del response.headers["X-Frame-Options"]  # it knows of no sites but all or none
    if current_app.extensions["scrip"].production:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    if request.endpoint != "static" and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def let_frame(response: Response, origins: Sequence[str]) -> None:
    """Lets pages of these sites, and no others, show this answer in a frame."""
    ancestors = f"frame-ancestors {' '.join(origins)}" if origins else UNFRAMABLE
    policy = CONTENT_SECURITY_POLICY.replace(UNFRAMABLE, ancestors)
    response.headers["Content-Security-Policy"] = policy


def let_forms_lead_to(response: Response, origins: Sequence[str]) -> None:
    """Lets forms of this page lead to these sites as well, also by an answer that leads on to them:
    browsers refuse that, and say nothing, where `form-action` does not name the site."""
    targets = " ".join((OWN_FORMS, *origins))
    policy = CONTENT_SECURITY_POLICY.replace(OWN_FORMS, targets)
    response.headers["Content-Security-Policy"] = policy


def open_to_all_sites(response: Response) -> None:
    response.headers.update(CROSS_ORIGIN)
    if request.method == "OPTIONS":
        response.headers.update(PREFLIGHT)

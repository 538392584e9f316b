"""What buyers ask most is made once for each release, and answered as ready bytes before Flask.

Whatever is in doubt is left to Flask: an unusual request, a database that does not say which
release is live. So all that is in here could be taken away, and only time would be lost.
"""

from flask import Flask

from extensions import db
from page_cache.addresses import Addresses
from page_cache.middleware import CacheMiddleware
from page_cache.versions import Versions


def init_app(app: Flask) -> None:
    with app.app_context():
        versions = Versions(db.engine.url)
    addresses = Addresses(app.extensions["scrip"])
    app.wsgi_app = CacheMiddleware(app.wsgi_app, addresses, versions)  # type: ignore[assignment, method-assign]

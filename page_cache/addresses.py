"""Which requests can be answered ready: an allow-list, so that strangers cannot make it longer."""

from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from config import Config
from domain import countries
from domain.languages import LANGUAGES

Environ = dict[str, Any]

# What may be asked, in either order, and how it is written in the addresses of our own pages.
_BOTH = {
    f"country={country}&lang={language}": (country, language)
    for country in sorted(countries.CODES)
    for language in LANGUAGES
}
_COUNTRY_AND_LANGUAGE = {query: query for query in _BOTH} | {
    f"lang={language}&country={country}": query for query, (country, language) in _BOTH.items()
}
_LANGUAGE = {query: query for query in (f"lang={language}" for language in LANGUAGES)}
QUERIES = {
    "/packages": _COUNTRY_AND_LANGUAGE,
    "/embed/packages": _COUNTRY_AND_LANGUAGE,
    "/api/v1/packages": _COUNTRY_AND_LANGUAGE,
    "/api/v1/countries": _LANGUAGE,
}
# Views of these look at two parameters and at no other: links bring along what others count by.
PARAMETERS = frozenset({"country", "lang"})
TAKING_ANY = frozenset({"/packages", "/embed/packages"})
LOCAL = ("localhost", "127.0.0.1")


class Address(NamedTuple):
    """All that decides an answer, apart from what is live."""

    scheme: str
    host: str
    path: str
    query: str


class Addresses:
    """Those that this Scrip answers under its own names.

    Flask also answers other names, those that a dot in HOSTS or an empty one lets in. Anybody can
    make up any number of them, so nothing is kept for them.
    """

    def __init__(self, config: Config) -> None:
        names = config.hosts or {*LOCAL, f"[{config.host}]" if ":" in config.host else config.host}
        ports = ("", f":{config.port}")
        self._hosts = frozenset(f"{name}{port}" for name in names for port in ports)

    def find(self, environ: Environ) -> Address | None:
        """What is asked for; None when Flask should look at the request itself."""
        path, host = environ.get("PATH_INFO", ""), environ.get("HTTP_HOST")
        scheme = environ["wsgi.url_scheme"]
        query = _find_query(path, environ.get("QUERY_STRING", ""))
        if (
            query is None
            or host not in self._hosts
            or scheme not in ("http", "https")
            or environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            or _is_unusual(environ)
        ):
            return None
        return Address(scheme, host, path, query)


def _find_query(path: str, asked: str) -> str | None:
    queries = QUERIES.get(path)
    if queries is None:
        return None
    found = queries.get(asked)
    if found is None and path in TAKING_ANY and asked.isascii():
        return queries.get(_without_unknown(asked))
    return found


def _without_unknown(asked: str) -> str:
    """The query without the parameters that no view looks at. What is left is as it was sent: in
    another form than ours, or there twice, it is for Flask to read."""
    return "&".join(part for part in asked.split("&") if _may_count(part))


def _may_count(part: str) -> bool:
    name = part.partition("=")[0]
    return name in PARAMETERS or ("%" in name and unquote_plus(name) in PARAMETERS)


def _is_unusual(environ: Environ) -> bool:
    """Below a prefix, with a body, or on a condition that only writes need."""
    return bool(
        environ.get("SCRIPT_NAME")
        or environ.get("CONTENT_LENGTH", "0") not in ("", "0")
        or "HTTP_TRANSFER_ENCODING" in environ
        or "HTTP_IF_MATCH" in environ
    )

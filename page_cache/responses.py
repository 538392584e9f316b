"""An answer as ready bytes: plain and compressed, each with its own tag."""

import gzip
from dataclasses import dataclass
from functools import lru_cache

from werkzeug.datastructures import Headers
from werkzeug.http import parse_accept_header, parse_etags

from blueprints.caching import tag_of
from page_cache.versions import Version

HeaderList = list[tuple[str, str]]

# Not kept: each form has its own tag and length, and the server says what time it is.
OF_THE_MOMENT = ("Content-Length", "ETag", "Date")
# What a 304 leaves out, because it has no content.
OF_THE_CONTENT = ("Content-Type", "Content-Length", "Content-Encoding", "Content-Language")
LONGEST_HEADER = 500  # what is longer no browser sends, and is not worth remembering


@dataclass(frozen=True, slots=True)
class Form:
    """What is sent, and what to whoever has it already."""

    tag: str
    headers: HeaderList
    headers_unchanged: HeaderList
    content: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What was made while `version` was live. Nothing in it is secret, so it may be compressed."""

    version: Version
    plain: Form
    compressed: Form

    @property
    def size(self) -> int:
        """Bytes to keep it, roughly: each text takes about sixty more than its letters."""
        forms = (self.plain, self.compressed)
        headers = [text for form in forms for header in form.headers for text in header]
        rows = [str(value) for row in self.version for value in row]
        return sum(len(part) + 60 for part in (*headers, *rows, *(f.content for f in forms)))

    def form_for(self, accepted: str) -> Form:
        """The one for a client that accepts these encodings."""
        is_short = len(accepted) <= LONGEST_HEADER
        return self.compressed if is_short and _accepts_gzip(accepted) else self.plain


def prepare(version: Version, headers: Headers, content: bytes) -> Answer:
    shared = [(name, value) for name, value in headers if name not in OF_THE_MOMENT]
    shared.append(("Vary", "Accept-Encoding"))
    compressed = gzip.compress(content, mtime=0)  # the same bytes from every worker
    tag = f'"{tag_of(compressed, headers.get("Content-Security-Policy", ""))}"'
    return Answer(
        version,
        _form(headers["ETag"], shared, content),
        _form(tag, [*shared, ("Content-Encoding", "gzip")], compressed),
    )


def _form(tag: str, shared: HeaderList, content: bytes) -> Form:
    headers = [*shared, ("ETag", tag), ("Content-Length", str(len(content)))]
    unchanged = [(name, value) for name, value in headers if name not in OF_THE_CONTENT]
    return Form(tag, headers, unchanged, content)


def is_known(tags: str, form: Form) -> bool:
    """Whether If-None-Match names the form: compared weakly, as proxies weaken tags."""
    return tags == form.tag or parse_etags(tags).contains_weak(form.tag.strip('"'))


@lru_cache(maxsize=256)
def _accepts_gzip(accepted: str) -> bool:
    return parse_accept_header(accepted).quality("gzip") > 0

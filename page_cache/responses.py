"""An answer as ready bytes: plain and compressed, each with its own tag."""

import gzip
from dataclasses import dataclass
from functools import lru_cache

from werkzeug.datastructures import Headers
from werkzeug.http import parse_accept_header, parse_etags

from blueprints.caching import tag_of
from page_cache.versions import Version

HeaderList = list[tuple[str, str]]

# Not kept: each encoding has its own tag and length, and the server says what time it is.
OF_THE_MOMENT = ("Content-Length", "ETag", "Date")
# What a 304 leaves out, because it has no content.
OF_THE_CONTENT = ("Content-Type", "Content-Length", "Content-Encoding", "Content-Language")


@dataclass(frozen=True, slots=True)
class Encoding:
    """What is sent, and what to whoever has it already."""

    tag: str
    headers: HeaderList
    headers_unchanged: HeaderList
    content: bytes


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """What was made while `version` was live. Nothing in it is secret, so it may be compressed."""

    version: Version
    plain: Encoding
    compressed: Encoding

    @property
    def size(self) -> int:
        """Bytes to keep it, roughly: each text takes about sixty more than its letters."""
        encodings = (self.plain, self.compressed)
        headers = [text for encoding in encodings for header in encoding.headers for text in header]
        rows = [str(value) for row in self.version for value in row]
        return sum(len(part) + 60 for part in (*headers, *rows, *(f.content for f in encodings)))

    def encoding_for(self, accepted: str) -> Encoding:
        """The one for a client that accepts these encodings."""
        return self.compressed if _accepts_gzip(accepted) else self.plain


def prepare(version: Version, headers: Headers, content: bytes) -> CachedResponse:
    shared = [(name, value) for name, value in headers if name not in OF_THE_MOMENT]
    shared.append(("Vary", "Accept-Encoding"))
    compressed = gzip.compress(content, mtime=0)  # the same bytes from every worker
    tag = f'"{tag_of(compressed, headers.get("Content-Security-Policy", ""))}"'
    return CachedResponse(
        version,
        _encoding(headers["ETag"], shared, content),
        _encoding(tag, [*shared, ("Content-Encoding", "gzip")], compressed),
    )


def _encoding(tag: str, shared: HeaderList, content: bytes) -> Encoding:
    headers = [*shared, ("ETag", tag), ("Content-Length", str(len(content)))]
    unchanged = [(name, value) for name, value in headers if name not in OF_THE_CONTENT]
    return Encoding(tag, headers, unchanged, content)


def is_known(tags: str, encoding: Encoding) -> bool:
    """Whether If-None-Match names the encoding: compared weakly, as proxies weaken tags."""
    return tags == encoding.tag or parse_etags(tags).contains_weak(encoding.tag.strip('"'))


@lru_cache(maxsize=256)
def _accepts_gzip(accepted: str) -> bool:
    return parse_accept_header(accepted).quality("gzip") > 0

"""A line of the activity, wherever it was read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from domain.activity.recording import Object


class Span(NamedTuple):
    """Numbers from `first` on and before `end`."""

    first: int
    end: int


class Line(NamedTuple):
    """What was done, by whom, by which request. `ids` are the numbers of the rows that it stands
    for: those of a batch, else one. `address` is where the request came from, "" when that is not
    known any more. `object` is what it was done to, and `details` what the words are made of."""

    source: int
    ids: Span
    at: datetime
    author: str
    kind: str
    request_id: str = ""
    object: Object | None = None
    details: Mapping[str, Any] = {}
    address: str = ""

"""Writing down what somebody did, in the transaction in which it is done."""

from typing import NamedTuple

from domain.activity.kinds import KINDS, OBJECT_TYPES
from domain.activity.models import Activity
from domain.database import AnySession
from domain.request_addresses import note_address
from domain.request_context import request_id

NOBODY = ""
Detail = str | int | list[str]


class Object(NamedTuple):
    """What something was done to: Object("customer", 7)."""

    type: str
    id: int


def record(
    session: AnySession,
    kind: str,
    author: str,
    object: Object | None = None,
    **details: Detail,
) -> None:
    """One line of the activity; NOBODY is the author of a command on the server.

    Raises ValueError for a kind, a type of object or a detail that `kinds` does not list: what is
    not listed might name a customer.
    """
    if details.keys() != set(KINDS.get(kind, ("unknown",))):
        raise ValueError(f"{kind} is no act with just these details: {sorted(details)}")
    if object and object.type not in OBJECT_TYPES:
        raise ValueError(f"{object.type} is no type of object.")
    note_address(session)
    line = Activity(
        kind=kind,
        author=author,
        request_id=request_id.get(),
        object_type=object.type if object else None,
        object_id=object.id if object else None,
        details=details,
    )
    session.add(line)
    session.flush()

"""What the objects of lines are called by now, and whether they are still there."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import select

from domain.accounts.models import Admin
from domain.activity.recording import Object
from domain.catalogue.item_columns import name_column, stays
from domain.catalogue.item_types import ITEM_TYPES
from domain.database import AnySession


class Named(NamedTuple):
    """`name` tells the object from its like: that of a package, the country of a market, the email
    of an admin."""

    name: str
    is_there: bool


def name_objects(session: AnySession, objects: Iterable[Object]) -> Mapping[Object, Named]:
    """Of items of the catalogue and of admins, each type read at once."""
    of_type: dict[str, set[int]] = {}
    for type, id in objects:
        of_type.setdefault(type, set()).add(id)
    found: dict[Object, Named] = {}
    for type, ids in of_type.items():
        if type == "admin":
            rows = select(Admin.id, Admin.email, Admin.removed_at.is_(None))
            rows = rows.where(Admin.id.in_(ids))
        elif type in ITEM_TYPES:
            item_type = ITEM_TYPES[type]
            draft = item_type.draft
            rows = select(draft.id, name_column(item_type), stays(item_type))
            rows = rows.where(draft.id.in_(ids))
        else:
            continue
        for id, name, is_there in session.execute(rows):
            found[Object(type, id)] = Named(name, bool(is_there))
    return found

"""What part of the activity an address asks for."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _

from blueprints.people import display_name
from blueprints.period import Period
from domain.accounts.admins import list_emails
from domain.activity.kinds import OBJECT_TYPES
from domain.activity.recording import NOBODY, Object
from domain.activity_list.listing import Edge
from domain.activity_list.selection import AREAS, KINDS_OF, PARTS_OF_SETTINGS, Selection
from domain.activity_list.sources import SOURCES
from domain.catalogue.item_types import ITEM_TYPES
from domain.database import MOST_ID
from domain.numbers import whole_number
from extensions import db

SERVER = "server"
# What the address may name besides the objects of acts.
OBJECTS = frozenset({*OBJECT_TYPES, *ITEM_TYPES, "release"})
PART_NAMES: Mapping[str, object] = {
    "catalogue": _("Catalogue"),
    "releases": _("Releases"),
    "sign_in": _("Sign-in"),
    "team": _("Team"),
    "customers": _("Customers"),
    "purchases": _("Purchases"),
    "server": _("Server"),
    "settings": _("All settings"),
    "sites": _("Allowed websites"),
    "platforms": _("Platforms"),
    "company": _("Company"),
    "payments": _("Payments"),
    "limits": _("Limits of credits"),
    "mail": _("Mail"),
}
MAIN_PARTS, SETTINGS_PARTS = tuple(AREAS), ("settings", *PARTS_OF_SETTINGS)


class Person(NamedTuple):
    """One who may be chosen: by the number of an admin, or "server"."""

    key: str
    email: str


class Asked(NamedTuple):
    """What an address asks for, as far as it makes sense."""

    selection: Selection
    period: Period
    person: str

    def query(self, **changes: str) -> dict[str, str]:
        """The query that asks for it, or with `changes` for something like it."""
        about = self.selection.object
        query: dict[str, Any] = {
            **{"person": self.person, "kind": self.selection.part},
            "object": write_object(about) if about else "",
            **self.period.query(),
            **changes,
        }
        return {name: value for name, value in query.items() if value}


def list_people() -> Sequence[Person]:
    """All admins there ever were, by name, and the server's commands."""
    admins = [Person(str(id), email) for id, email in list_emails(db.session)]
    admins.sort(key=lambda person: display_name(person.email).casefold())
    return [*admins, Person(SERVER, NOBODY)]


def read_asked(args: Mapping[str, str], period: Period, people: Sequence[Person]) -> Asked:
    """From a query; what makes no sense there is left out."""
    emails = {person.key: person.email for person in people}
    person, part = args.get("person", ""), args.get("kind", "")
    selection = Selection(
        person=emails.get(person),
        part=part if part in KINDS_OF else "",
        object=read_object(args.get("object", "")),
        since=period.since,
        until=period.until,
    )
    return Asked(selection, period, person if person in emails else "")


def write_object(it: Object) -> str:
    return f"{it.type}:{it.id}"


def read_object(text: str) -> Object | None:
    """ "package:12"; None for anything else."""
    type, _colon, number = text.partition(":")
    id = whole_number(number, MOST_ID)
    return Object(type, id) if type in OBJECTS and id is not None else None


def write_edge(edge: Edge) -> str:
    return ".".join(map(str, edge))


def read_edge(text: str) -> Edge | None:
    """A number for each source; None for anything else."""
    numbers = [whole_number(part, MOST_ID) for part in text.split(".", len(SOURCES))]
    edge = tuple(number for number in numbers if number is not None)
    return edge if len(edge) == len(numbers) == len(SOURCES) else None

"""What things are done to: how a line calls them, and where it leads."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flask import current_app, url_for
from flask_babel import gettext as _

from blueprints.pages import country_name
from blueprints.people import display_name
from domain.activity.recording import Object
from domain.activity_list.lines import Line
from domain.activity_list.names import Named, name_objects
from domain.database import MOST_INTEGER
from domain.platforms.platforms import read_names
from domain.purchases.names import name_purchase
from extensions import db

# The page of one, and the name of its number in the address.
PAGES = {
    "package": ("packages.edit", "package_id"),
    "customer": ("customers.customer", "customer_id"),
    "purchase": ("purchases.purchase", "purchase_id"),
    "platform": ("settings.platform", "platform_id"),
    "mail": ("settings.open_mail", "message_id"),
    "admin": ("team.admin", "admin_id"),
    "release": ("publishing.release", "number"),
}
# The page on which they all are.
LISTS = {
    "settings": "settings.index",
    "site": "settings.sites",
    "payment": "purchases.tasks",
    "preview_link": "publishing.preview",
    "invitation": "team.index",
}
GONE = Named("", is_there=False)


class Reference(NamedTuple):
    """What an object is called; `address` is "" when no page is about it, or not any more."""

    label: str
    address: str = ""


def refer_to(lines: Iterable[Line], *more: Object) -> Mapping[Object, Reference]:
    """Of all objects of these lines, and of `more`; each type is read at once."""
    objects = {line.object for line in lines if line.object} | {*more}
    named = {**name_objects(db.session, objects), **_name_platforms(objects)}
    return {it: _refer(it, named.get(it, GONE)) for it in objects}


def _name_platforms(objects: Iterable[Object]) -> dict[Object, Named]:
    ids = {it.id for it in objects if it.type == "platform"}
    if not ids:
        return {}
    names = read_names(db.session, ids)
    return {Object("platform", id): Named(*named) for id, named in names.items()}


def _refer(it: Object, named: Named) -> Reference:
    return Reference(_label(it, named.name) or f"{it.type} {it.id}", _address(it, named))


def _label(it: Object, name: str) -> str:
    """Customers by number alone; "" for what is not known any more."""
    match it.type:
        case "admin":
            return display_name(name)
        case "market":
            return str(_("Market of %(country)s", country=country_name(name))) if name else ""
        case "package" | "platform":
            return name
        case "purchase":
            return name_purchase(it.id)
    labels = {
        "settings": lambda: _("Settings"),
        "release": lambda: _("release %(number)s", number=it.id),
        "customer": lambda: _("Customer %(number)s", number=it.id),
        "wallet": lambda: _("wallet %(number)s", number=it.id),
        "payment": lambda: _("payment %(number)s", number=it.id),
        "mail": lambda: _("mail %(number)s", number=it.id),
        "preview_link": lambda: _("link %(number)s", number=it.id),
        "site": lambda: _("website %(number)s", number=it.id),
        "invitation": lambda: _("invitation %(number)s", number=it.id),
    }
    return str(labels[it.type]()) if it.type in labels else ""


def _address(it: Object, named: Named) -> str:
    """What is named lives as long as its row says; of the rest, rows are never deleted."""
    if it.type in ("package", "platform", "market", "admin") and not named.is_there:
        return ""
    if it.type == "market":
        return url_for("markets.edit", country=named.name)
    endpoint, name = PAGES.get(it.type, (LISTS.get(it.type, ""), ""))
    if endpoint not in current_app.view_functions or it.id > MOST_INTEGER:
        return ""
    numbers: dict[str, Any] = {name: it.id} if name else {}
    return url_for(endpoint, **numbers)

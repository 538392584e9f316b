"""What is known of a customer, changed by an admin."""

from collections.abc import Mapping

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from blueprints import htmx
from blueprints.customers import bp
from blueprints.customers.forms import PersonForm
from blueprints.customers.naming import page_of
from blueprints.customers.page import find_person
from blueprints.forms import VersionForm
from blueprints.i18n import translated
from blueprints.pages import country_name
from blueprints.reauth import ConfirmedForm
from blueprints.recording import record
from domain.catalogue.pending.pending import pending_changes
from domain.customers.customers import Person, change_contact, get_customer
from domain.customers.errors import EmailTaken, StaleContact
from domain.database import writing
from domain.languages import LANGUAGES
from extensions import db

FIELDS = ("email", "name", "language", "country")


class ContactForm(ConfirmedForm, PersonForm, VersionForm):
    """`opened` are the values that it was opened with, to tell what its admin has changed."""

    opened: Mapping[str, str]

    @classmethod
    def of(cls, person: Person) -> "ContactForm":
        """As it opens, whatever this request sent."""
        form = cls(formdata=None, data={"version": str(person.version), **_typed(person)})
        form.opened = _typed(person)
        return form

    @classmethod
    def sent(cls) -> "ContactForm":
        form = cls()
        form.opened = {name: request.form.get(f"opened-{name}", "") for name in FIELDS}
        form.take_theirs()
        return form

    def show_stale(self, now: Person, error: StaleContact) -> None:
        """Shows newer saved values beside the edited fields, and in the others."""
        theirs = _typed(now)
        typed = {name: (self[name].data or "").strip() for name in FIELDS}
        mine = [name for name in FIELDS if typed[name] != self.opened[name]]
        clashes = [name for name in mine if typed[name] != theirs[name]]
        merged = {name: theirs[name] for name in FIELDS if name not in mine}
        self.show_conflict(error, now.version, clashes, theirs, merged)
        self.opened = theirs

    def format_value(self, name: str, values: Mapping[str, str]) -> str:
        value = values[name]
        if name == "country" and value:
            return country_name(value)
        return LANGUAGES.get(value, value) if name == "language" else value


@bp.get("/<id:customer_id>/contact")
def edit_contact(customer_id: int) -> Response:
    person = find_person(customer_id)
    return show(person, ContactForm.of(person))


@bp.post("/<id:customer_id>/contact")
def save_contact(customer_id: int) -> ResponseReturnValue:
    person, form = find_person(customer_id), ContactForm.sent()
    form.may_lack_email = person.platform_id is not None
    if not form.validate_on_submit():
        return form.refuse(show(person, form))
    try:
        with writing(db.session):
            write_contact(person.id, form)
    except EmailTaken as error:
        form.taken_by = get_customer(db.session, error.customer_id)
        form.email.errors = [translated(error)]
        return show(person, form, 409)
    except StaleContact as error:
        form.show_stale(find_person(person.id), error)
        return show(person, form, 409, stale=form.describe_stale(error))
    return htmx.go_to(page_of(person.id), _("Contact saved."))


def write_contact(customer_id: int, form: ContactForm) -> None:
    fields = change_contact(
        db.session,
        customer_id,
        form.opened_version,
        email=(form.email.data or "").strip() or None,
        name=form.name.data or "",
        country=form.country.data or None,
        language=form.language.data,
    )
    if fields:
        record("contact_changed", "customer", customer_id, fields=fields)


def show(person: Person, form: ContactForm, status: int = 200, *, stale: str = "") -> Response:
    page = render_template(
        "customers/contact.html",
        customer=person,
        form=form,
        stale=stale,
        pending=pending_changes(db.session),
    )
    return make_response(page, status)


def _typed(person: Person) -> dict[str, str]:
    """The customer as an admin would type them."""
    contact = {"email": person.email or "", "name": person.name}
    return contact | {"language": person.language, "country": person.country or ""}

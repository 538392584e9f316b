"""Notes of support about a customer: added, and never changed."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import TextAreaField

from blueprints import htmx
from blueprints.customers import bp
from blueprints.customers.naming import page_of
from blueprints.customers.page import find_person, show
from blueprints.forms import Form, obeys
from blueprints.recording import record
from domain.customers import notes
from domain.customers.errors import UnfitNote
from domain.customers.rules import clean_note
from domain.database import writing
from extensions import db


class NoteForm(Form):
    text = TextAreaField(lazy_gettext("Add a note"), [obeys(clean_note, UnfitNote)])


@bp.post("/<id:customer_id>/notes")
def add_note(customer_id: int) -> ResponseReturnValue:
    person, form = find_person(customer_id), NoteForm()
    if not form.validate_on_submit():
        return show(person, 422, note=form)
    with writing(db.session):
        text, author = form.text.data or "", current_user.email
        if notes.add_note(db.session, person.id, text, author=author):
            record("customer_noted", "customer", person.id)
    return htmx.go_to(page_of(person.id, "notes"), _("Note added."))

"""Tags of a customer."""

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import StringField

from blueprints import htmx
from blueprints.customers import bp
from blueprints.customers.naming import page_of
from blueprints.customers.page import find_person, show
from blueprints.forms import Form, obeys
from blueprints.i18n import translated
from blueprints.recording import record
from domain.customers import tags
from domain.customers.errors import TooManyTags, UnfitTag
from domain.customers.rules import clean_tag
from domain.database import writing
from extensions import db


class TagForm(Form):
    tag = StringField(lazy_gettext("Add a tag"), [obeys(clean_tag, UnfitTag)])


@bp.post("/<id:customer_id>/tags")
def add_tag(customer_id: int) -> ResponseReturnValue:
    person, form = find_person(customer_id), TagForm()
    if not form.validate_on_submit():
        return show(person, 422, tag=form)
    try:
        with writing(db.session):
            tag, is_new = tags.add_tag(db.session, person.id, form.tag.data or "")
            if is_new:
                record("customer_tagged", "customer", person.id)
    except TooManyTags as error:
        form.tag.errors = [translated(error)]
        return show(person, 422, tag=form)
    return htmx.go_to(page_of(person.id, "tags"), _("Tag %(tag)s added.", tag=tag))


@bp.post("/<id:customer_id>/tags/remove")
def remove_tag(customer_id: int) -> ResponseReturnValue:
    """One that is gone already is no reason to complain."""
    person, tag = find_person(customer_id), request.form.get("tag", "")
    with writing(db.session):
        was_there = tags.remove_tag(db.session, person.id, tag)
        if was_there:
            record("customer_untagged", "customer", person.id)
    message = _("Tag %(tag)s removed.", tag=tag) if was_there else _("This tag was removed before.")
    return htmx.go_to(page_of(person.id, "tags"), message)

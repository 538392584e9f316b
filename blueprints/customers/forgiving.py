"""Let a debt go: what a customer owes, because a payment for spent credits was taken back."""

from functools import partial

from flask import Response, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from flask_login import current_user
from wtforms import HiddenField, StringField, ValidationError

from blueprints import htmx
from blueprints.customers import bp
from blueprints.customers.naming import customer_title, page_of
from blueprints.customers.page import find_person
from blueprints.forms import known_key, new_key, obeys
from blueprints.i18n import translated
from blueprints.pages import isolated, number
from blueprints.reauth import ConfirmedForm
from blueprints.recording import record
from domain.catalogue.pending.pending import pending_changes
from domain.customers.customers import Person
from domain.customers.errors import UnfitReason
from domain.customers.rules import REASON_CHARACTERS, clean_reason
from domain.database import AnySession, write
from domain.ledger.queries import find_owed
from domain.ledger.rules import MOST_CREDITS
from domain.numbers import whole_number
from domain.purchases.forgiving import forgive_debt
from domain.purchases.refund_errors import NotOwed
from extensions import db


class ForgivingForm(ConfirmedForm):
    key = HiddenField()
    amount = StringField(lazy_gettext("Credits"))
    reason = StringField(lazy_gettext("Reason"), [obeys(clean_reason, UnfitReason)])

    @classmethod
    def of(cls, owed: int) -> "ForgivingForm":
        """The form as it opens, with all that is owed."""
        return cls(formdata=None, data={"key": new_key(), "amount": str(owed)})

    def validate_amount(self, _field: StringField) -> None:
        if self.credits is None:
            raise ValidationError(_("Enter a whole number of credits, 1 or more."))

    @property
    def credits(self) -> int | None:
        return whole_number((self.amount.data or "").strip(), MOST_CREDITS) or None


@bp.get("/<id:customer_id>/debt")
def debt(customer_id: int) -> Response:
    person = find_person(customer_id)
    return show_debt(person, ForgivingForm.of(find_owed(db.session, person.id)))


@bp.post("/<id:customer_id>/debt")
def forgive(customer_id: int) -> ResponseReturnValue:
    person, form = find_person(customer_id), ForgivingForm()
    if not form.validate_on_submit():
        return form.refuse(show_debt(person, form))
    credits = form.credits or 0
    work = partial(do_forgive, customer_id=customer_id, credits=credits)
    said = {"reason": clean_reason(form.reason.data or ""), "author": current_user.email}
    actor = f"admin:{current_user.admin_id}"
    try:
        write(db.session, partial(work, actor=actor, key=known_key(form.key.data), **said))
    except NotOwed as problem:
        form.amount.errors = [translated(problem)]
        return show_debt(person, form, 422)
    said_after = ngettext(
        "%(name)s owes %(count)s credit less.",
        "%(name)s owes %(count)s credits less.",
        credits,
        name=isolated(customer_title(person)),
        count=number(credits),
    )
    return htmx.go_to(page_of(customer_id), said_after)


def do_forgive(session: AnySession, customer_id: int, credits: int, **said: str) -> None:
    """With its line of the activity, if it is new. Raises NotOwed."""
    if forgive_debt(session, customer_id, credits, **said):
        record("debt_forgiven", "customer", customer_id, credits=credits)


def show_debt(person: Person, form: ForgivingForm, status: int = 200) -> Response:
    page = render_template(
        "customers/debt.html",
        customer=person,
        form=form,
        owed=find_owed(db.session, person.id),
        most_characters=REASON_CHARACTERS,
        pending=pending_changes(db.session),
    )
    return make_response(page, status)

"""Adding a customer by hand, and inviting them."""

from functools import partial

from flask import (
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import BooleanField

from blueprints.customers import bp
from blueprints.customers.forms import PersonForm
from blueprints.customers.naming import page_of
from blueprints.i18n import translated
from blueprints.mails import can_mail
from blueprints.recording import record
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.storefront import live
from domain.customers.customers import Person, add_by_hand, get_customer
from domain.customers.errors import CustomerNotFound, EmailTaken, NotInvited
from domain.customers.invitations import invite
from domain.customers.rules import clean_name
from domain.database import AnySession, write
from extensions import db


class CustomerForm(PersonForm):
    invites = BooleanField(lazy_gettext("Send an invitation by mail"))

    def is_that_of(self, person: Person) -> bool:
        """Whether all that is typed is what is known of this customer."""
        typed = (clean_name(self.name.data or ""), self.language.data, self.country.data or None)
        return typed == (person.name, person.language, person.country)


@bp.get("/add")
def add() -> Response:
    language = live.live_release(db.session).settings.main_language
    opened = {"language": language, "invites": can_mail()}
    return show(CustomerForm(formdata=None, data=opened))


@bp.post("/add")
def save_new() -> ResponseReturnValue:
    form = CustomerForm()
    if not form.validate_on_submit():
        return show(form, 422)
    address = account_address() if form.invites.data else ""
    try:
        added = write(db.session, partial(add_and_invite, form=form, address=address))
    except EmailTaken as error:
        return answer_taken(form, error)
    flash(_("Customer added and invited.") if address else _("Customer added."))
    return redirect(page_of(added), 303)


def add_and_invite(session: AnySession, form: CustomerForm, address: str) -> int:
    customer_id = add_by_hand(
        session,
        email=form.email.data or "",
        name=form.name.data or "",
        language=form.language.data or "",
        country=form.country.data or None,
    )
    if address:
        invite(session, customer_id, address=address)
    record("customer_added", "customer", customer_id)
    return customer_id


def answer_taken(form: CustomerForm, error: EmailTaken) -> ResponseReturnValue:
    """A form that was sent twice leads where it led at first."""
    form.taken_by = get_customer(db.session, error.customer_id)
    if form.is_that_of(form.taken_by):
        flash(_("This customer was added before."))
        return redirect(page_of(error.customer_id), 303)
    form.email.errors = [translated(error)]
    return show(form, 409)


@bp.post("/<id:customer_id>/invite", endpoint="invite")
def invite_again(customer_id: int) -> ResponseReturnValue:
    work = partial(do_invite, customer_id=customer_id, address=account_address())
    try:
        is_new = write(db.session, work)
    except CustomerNotFound as error:
        abort(404, translated(error))
    except NotInvited as error:
        abort(409, translated(error))
    if is_new:
        flash(_("The invitation is on its way."))
    else:
        flash(_("The invitation was sent a moment ago. To send it again, wait a minute."))
    return redirect(page_of(customer_id), 303)


def do_invite(session: AnySession, customer_id: int, address: str) -> bool:
    """With its line of the activity, if it is new. Raises what `invite` raises."""
    is_new = invite(session, customer_id, address=address)
    if is_new:
        record("customer_invited", "customer", customer_id)
    return is_new


def show(form: CustomerForm, status: int = 200) -> Response:
    page = render_template(
        "customers/add.html",
        form=form,
        can_mail=can_mail(),
        pending=pending_changes(db.session),
    )
    return make_response(page, status)


def account_address() -> str:
    """Where customers sign in: on this host, which is one of ours."""
    return f"{request.url_root}account"

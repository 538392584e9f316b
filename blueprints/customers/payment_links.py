"""Payment links of a customer: made, sent or copied, and revoked by support."""

from functools import partial

from flask import Response, abort, make_response, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_ngettext
from flask_login import current_user
from wtforms import StringField
from wtforms.validators import AnyOf

from blueprints import htmx
from blueprints.customers import bp
from blueprints.customers.naming import page_of
from blueprints.customers.page import NEW_LINK, find_person
from blueprints.forms import Form
from blueprints.i18n import translated
from blueprints.mails import can_mail
from blueprints.pages import credit_count, isolated, price, sorted_countries
from blueprints.payment_provider import provider
from blueprints.recording import record
from domain import countries
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.settings.rules import Buying
from domain.catalogue.storefront import live
from domain.customers.customers import Person
from domain.database import MOST_ID, AnySession, write, writing
from domain.numbers import whole_number
from domain.purchases.errors import (
    LinkNotFound,
    LinkSentAMomentAgo,
    NoAddress,
    NotForSale,
    TooManyLinks,
)
from domain.purchases.payment_links import (
    LIFETIMES_DAYS,
    Wanted,
    make_link,
    revoke_link,
    send_link,
)
from extensions import db

MAIL = "mail"
LIFETIMES = {
    str(days): lazy_ngettext("%(count)s day", "%(count)s days", days, count=days)
    for days in LIFETIMES_DAYS
}


class PaymentLinkForm(Form):
    """`country` is that of the packages to choose from."""

    package = StringField(lazy_gettext("Package"))
    days = StringField(
        lazy_gettext("Valid for"),
        [AnyOf(LIFETIMES, lazy_gettext("Choose how long the link is valid."))],
        default="7",
    )
    lifetimes = LIFETIMES

    def __init__(self, person: Person) -> None:
        super().__init__()
        release = live.live_release(db.session)
        self.is_sold_here = release.settings.buying == Buying.HERE and provider() is not None
        self.countries = sorted_countries(live.count_by_country(db.session, release))
        wanted = whole_number(request.args.get("package", ""), MOST_ID)
        version = live.find_version(db.session, wanted) if wanted else None
        asked = countries.find(request.args.get("country", ""))
        likely = (asked, version and version.values.country, person.country)
        found = (one for one in likely if one in self.countries)
        self.country = next(found, release.settings.default_country)
        if self.country not in self.countries:
            self.country = next(iter(self.countries), "")
        self.cards = [
            card
            for card in live.list_cards(db.session, release, self.country)
            if card.values.price_minor
        ]
        if request.method == "GET" and wanted in [card.package_id for card in self.cards]:
            self.package.data = str(wanted)
        self.is_gone = bool(wanted) and version is None

    @property
    def package_choices(self) -> list[tuple[str, str]]:
        return [(str(card.package_id), describe(card)) for card in self.cards]

    def validate_package(self, field: StringField) -> None:
        if field.data not in [value for value, _words in self.package_choices]:
            field.errors = [*field.errors, _("Choose a package from the list.")]


def describe(card: live.Card) -> str:
    """ "Start: 100 credits, €20.89"."""
    values = card.values
    return str(
        _(
            "%(package)s: %(credits)s, %(price)s",
            package=isolated(values.name),
            credits=credit_count(values.credits),
            price=price(values.price_minor, values.currency),
        )
    )


@bp.get("/<id:customer_id>/payment-links")
def new_payment_link(customer_id: int) -> Response:
    person = find_person(customer_id)
    return show_form(person, PaymentLinkForm(person))


@bp.post("/<id:customer_id>/payment-links")
def make_payment_link(customer_id: int) -> ResponseReturnValue:
    person = find_person(customer_id)
    form = PaymentLinkForm(person)
    if not form.is_sold_here:
        return show_form(person, form, 409)
    if not form.validate_on_submit():
        return show_form(person, form, 422)
    wanted = Wanted(person.id, int(form.package.data), int(form.days.data), current_user.email)
    is_mail = request.form.get("act") == MAIL
    try:
        return send_by_mail(wanted) if is_mail else make_to_copy(wanted)
    except (NotForSale, TooManyLinks, NoAddress, LinkSentAMomentAgo) as problem:
        return show_form(person, form, 409, problem=translated(problem))


@bp.post("/<id:customer_id>/payment-links/<id:link_id>/revoke")
def revoke_payment_link(customer_id: int, link_id: int) -> ResponseReturnValue:
    person = find_person(customer_id)
    try:
        with writing(db.session):
            if revoke_link(db.session, person.id, link_id):
                record("payment_link_revoked", "customer", person.id)
    except LinkNotFound as error:
        abort(404, translated(error))
    return htmx.go_to(page_of(person.id, "payment-links"), _("The link does not work any more."))


def send_by_mail(wanted: Wanted) -> Response:
    origin = request.host_url.rstrip("/")
    write(db.session, partial(do_send, wanted=wanted, origin=origin))
    return htmx.go_to(page_of(wanted.customer_id, "payment-links"), _("The link is on its way."))


def make_to_copy(wanted: Wanted) -> Response:
    """The next page shows the link, once."""
    token = write(db.session, partial(do_make, wanted=wanted))
    session[NEW_LINK] = [wanted.customer_id, token]
    return htmx.go_to(page_of(wanted.customer_id, "payment-links"), _("Link created."))


def do_send(session: AnySession, wanted: Wanted, origin: str) -> None:
    """With its line of the activity. Raises what `send_link` raises."""
    send_link(session, wanted, origin=origin)
    record("payment_link_made", "customer", wanted.customer_id)


def do_make(session: AnySession, wanted: Wanted) -> str:
    """With its line of the activity. Raises what `make_link` raises."""
    token = make_link(session, wanted)
    record("payment_link_made", "customer", wanted.customer_id)
    return token


def show_form(
    person: Person, form: PaymentLinkForm, status: int = 200, *, problem: str = ""
) -> Response:
    page = render_template(
        "customers/payment_link.html",
        customer=person,
        form=form,
        problem=problem,
        can_send=person.may_get_mail and can_mail(),
        pending=pending_changes(db.session),
    )
    return make_response(page, status)

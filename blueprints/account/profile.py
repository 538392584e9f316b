"""What customers say of themselves, and which mails they get."""

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import HiddenField, StringField

from blueprints import htmx
from blueprints.account import bp
from blueprints.customer_sign_in import this_customer
from blueprints.forms import Form, obeys, read_version
from blueprints.i18n import listed
from blueprints.locale import reader_locale, remember_choice, use_language
from blueprints.pages import number
from domain import countries
from domain.customers.customers import Person, change_contact, get_customer
from domain.customers.errors import StaleContact, UnfitChoice, UnfitName
from domain.customers.reminders import DAYS_BEFORE, choose_reminders
from domain.customers.rules import check_country, check_language, clean_name
from domain.database import writing
from domain.platforms.platforms import came_from
from extensions import db


class ProfileForm(Form):
    version = HiddenField()
    name = StringField(lazy_gettext("Name"), [obeys(clean_name, UnfitName)])
    language = StringField(lazy_gettext("Language"), [obeys(check_language, UnfitChoice)])
    country = StringField(lazy_gettext("Country"), [obeys(check_country, UnfitChoice)])

    @classmethod
    def of(cls, person: Person) -> "ProfileForm":
        fields = {"name": person.name, "language": person.language, "country": person.country}
        return cls(data=fields | {"version": str(person.version)})


@bp.get("/account/profile")
def profile() -> Response:
    me = get_customer(db.session, this_customer().customer_id)
    return show(ProfileForm.of(me), me)


@bp.post("/account/profile")
def save_profile() -> Response:
    form, me = ProfileForm(), this_customer()
    if not form.validate_on_submit():
        return show(form, get_customer(db.session, me.customer_id), 422)
    try:
        save(form, me.customer_id)
    except StaleContact:
        return show_stale(form, get_customer(db.session, me.customer_id))
    use_language(form.language.data)
    answer = htmx.go_to(url_for("account.profile"), _("Your profile is saved."))
    remember_choice(answer, "lang", form.language.data)
    return answer


def save(form: ProfileForm, customer_id: int) -> None:
    with writing(db.session):
        change_contact(
            db.session,
            customer_id,
            read_version(form.version.data or ""),
            email=get_customer(db.session, customer_id).email,
            name=form.name.data or "",
            country=form.country.data or None,
            language=form.language.data,
        )


def show_stale(form: ProfileForm, saved: Person) -> Response:
    """Shows the typed values beside the newer saved ones, with a form that can be saved."""
    form.version.data = str(saved.version)
    return show(form, saved, 409)


def show(form: ProfileForm, saved: Person, status: int = 200) -> Response:
    page = render_template(
        "account/profile.html",
        form=form,
        saved=saved,
        came_from=came_from(db.session, saved.platform_id),
        countries=countries.choices(reader_locale()),
        is_stale=status == 409,
    )
    return make_response(page, status)


@bp.get("/account/emails")
def emails() -> str:
    me = get_customer(db.session, this_customer().customer_id)
    days = listed(map(number, DAYS_BEFORE))
    return render_template("account/emails.html", me=me, days=days)


@bp.post("/account/emails")
def save_emails() -> ResponseReturnValue:
    """A box that is not ticked is not sent."""
    wanted = "reminders" in request.form
    with writing(db.session):
        choose_reminders(db.session, this_customer().customer_id, wanted=wanted)
    said = _("Reminders are on.") if wanted else _("Reminders are off.")
    return htmx.go_to(url_for("account.emails"), said)

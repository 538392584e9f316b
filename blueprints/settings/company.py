"""The company that sells. What is saved here works at once: it is no draft."""

from functools import partial

from flask import Response, current_app, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import HiddenField, StringField, ValidationError

from blueprints import htmx
from blueprints.forms import obeys, read_version
from blueprints.i18n import translated
from blueprints.locale import reader_locale
from blueprints.pages import country_name
from blueprints.reauth import ConfirmedForm
from blueprints.recording import record
from blueprints.settings import bp
from domain import countries
from domain.catalogue.pending.pending import pending_changes
from domain.company import rules
from domain.company.company import read_versioned, save
from domain.company.errors import StaleVersion, UnfitCompany
from domain.company.rules import CompanyValues
from domain.database import AnySession, write
from extensions import db


class CompanyForm(ConfirmedForm):
    version = HiddenField()
    legal_name = StringField(lazy_gettext("Legal Name"), [obeys(rules.clean_name, UnfitCompany)])
    address = StringField(lazy_gettext("Address"), [obeys(rules.clean_address, UnfitCompany)])
    country = StringField(lazy_gettext("Country"), [obeys(rules.check_country, UnfitCompany)])
    tax_number = StringField(lazy_gettext("Tax Number"))
    email = StringField(lazy_gettext("Email"), [obeys(rules.clean_email, UnfitCompany)])
    phone = StringField(lazy_gettext("Phone"), [obeys(rules.clean_phone, UnfitCompany)])
    terms_url = StringField(lazy_gettext("Link to Terms"), [obeys(rules.clean_link, UnfitCompany)])
    privacy_url = StringField(
        lazy_gettext("Link to Privacy"), [obeys(rules.clean_link, UnfitCompany)]
    )

    @classmethod
    def of(cls, saved: CompanyValues | None, version: int) -> "CompanyForm":
        """The form as it opens, whatever this request sent."""
        values = saved._asdict() if saved else {}
        return cls(formdata=None, data=values | {"version": str(version)})

    def validate_tax_number(self, field: StringField) -> None:
        """Of no country that is known, nothing can be said yet."""
        if self.country.data not in countries.CODES:
            return
        try:
            rules.clean_tax_number(field.data or "", self.country.data)
        except UnfitCompany as problem:
            raise ValidationError(translated(problem)) from None

    @property
    def country_choices(self) -> tuple[tuple[str, str], ...]:
        return countries.choices(reader_locale())

    @property
    def values(self) -> CompanyValues:
        """What is typed."""
        return CompanyValues(*(str(self[name].data or "") for name in CompanyValues._fields))


@bp.get("/company")
def company() -> Response:
    return show(CompanyForm.of(*read_versioned(db.session)))


@bp.post("/company")
def save_company() -> ResponseReturnValue:
    form = CompanyForm()
    if not form.validate_on_submit():
        return form.refuse(show(form))
    version, author = read_version(form.version.data or ""), current_user.email
    try:
        write(db.session, partial(do_save, values=form.values, version=version, author=author))
    except StaleVersion as error:
        theirs, newer = read_versioned(db.session)
        form.version.data = str(newer)
        return show(form, 409, alert=translated(error), theirs=theirs)
    current_app.logger.info("Admin %s changed the company", current_user.admin_id)
    return htmx.go_to(url_for("settings.company"), _("The company is saved."))


def do_save(session: AnySession, values: CompanyValues, version: int, author: str) -> None:
    """With its line of the activity. Raises what `save` raises."""
    if fields := save(session, values, version, author):
        record("company_changed", fields=fields)


def show(
    form: CompanyForm, status: int = 200, *, alert: str = "", theirs: CompanyValues | None = None
) -> Response:
    """The page; a colleague's save since it was opened stands beside what is typed."""
    saved = read_versioned(db.session)[0]
    page = render_template(
        "settings/company.html",
        form=form,
        alert=alert,
        newer=describe_newer(form.values, theirs) if theirs else {},
        is_complete=saved is not None and saved.is_complete,
        pending=pending_changes(db.session),
    )
    return make_response(page, status)


def describe_newer(typed: CompanyValues, theirs: CompanyValues) -> dict[str, str]:
    """What a colleague saved since, for each field in which something else is typed."""
    shown = theirs._replace(country=country_name(theirs.country))
    return {
        name: ", ".join(getattr(shown, name).splitlines()) or _("(empty)")
        for name in CompanyValues._fields
        if getattr(typed, name).splitlines() != getattr(theirs, name).splitlines()
    }

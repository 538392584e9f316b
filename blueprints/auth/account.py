"""What admins say of themselves."""

from flask import Response, make_response, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import htmx
from blueprints.auth import bp
from blueprints.auth.forms import FREQUENCIES, AccountForm, NoticesForm
from domain.accounts.admins import rename
from domain.accounts.second_factor import count_recovery_codes
from domain.catalogue.pending.pending import pending_changes
from domain.database import writing
from domain.notices.choices import choose, list_choices
from domain.notices.rules import KINDS
from extensions import db


@bp.get("/settings/account")
def account() -> Response:
    return show(account_form())


@bp.post("/settings/account/notices")
def save_notices() -> Response:
    form = NoticesForm()
    if not form.validate_on_submit():
        return show(account_form(), 422, notices=form)
    with writing(db.session):
        choose(db.session, current_user.admin_id, {kind: form[kind].data for kind in KINDS})
    return htmx.go_to(url_for("auth.account"), _("Your choice is saved."))


@bp.post("/settings/account")
def save_account() -> Response:
    form = AccountForm()
    if not form.validate_on_submit():
        return show(form, 422)
    with writing(db.session):
        rename(db.session, current_user.admin_id, form.display_name.data)
    return htmx.go_to(url_for("auth.account"), _("Your name is saved."))


def account_form() -> AccountForm:
    """As it opens, whatever this request sent."""
    return AccountForm(formdata=None, data={"display_name": current_user.display_name})


def show(form: AccountForm, status: int = 200, notices: NoticesForm | None = None) -> Response:
    chosen = list_choices(db.session, current_user.admin_id)
    page = render_template(
        "auth/account.html",
        form=form,
        notices=notices or NoticesForm(formdata=None, data=chosen),
        frequencies=FREQUENCIES,
        codes=count_recovery_codes(db.session, current_user.admin_id),
        pending=pending_changes(db.session),
    )
    return make_response(page, status)

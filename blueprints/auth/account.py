"""What admins say of themselves."""

from flask import Response, make_response, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import htmx
from blueprints.auth import bp
from blueprints.auth.forms import AccountForm
from domain.accounts.admins import rename
from domain.catalogue.pending.pending import pending_changes
from domain.database import writing
from extensions import db


@bp.get("/settings/account")
def account() -> Response:
    return show(AccountForm(data={"display_name": current_user.display_name}))


@bp.post("/settings/account")
def save_account() -> Response:
    form = AccountForm()
    if not form.validate_on_submit():
        return show(form, 422)
    with writing(db.session):
        rename(db.session, current_user.admin_id, form.display_name.data)
    return htmx.go_to(url_for("auth.account"), _("Your name is saved."))


def show(form: AccountForm, status: int = 200) -> Response:
    pending = pending_changes(db.session)
    return make_response(render_template("auth/account.html", form=form, pending=pending), status)

"""The admin's own password."""

from collections.abc import Iterator
from typing import Any

from flask import Response, current_app, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user, login_user
from wtforms import Field, PasswordField, ValidationError
from wtforms.validators import InputRequired

from blueprints import htmx
from blueprints.auth import bp
from blueprints.auth.new_password_form import NewPasswordForm
from blueprints.device_labels import this_device
from blueprints.i18n import translated
from blueprints.locale import language
from blueprints.password_checks import own_hosts, prove_password
from blueprints.recording import record
from domain.accounts import sign_in
from domain.accounts.errors import AccountError, NotNow, WrongPassword
from domain.accounts.hashing import hash_new_password
from domain.accounts.password_rules import FEWEST_CHARACTERS, as_bytes
from domain.accounts.sessions import SignedIn
from domain.catalogue.pending.pending import pending_changes
from domain.database import writing
from domain.notices.own_account import tell_owner
from extensions import db


class OwnPasswordForm(NewPasswordForm):
    password = PasswordField(
        lazy_gettext("Current password"),
        [InputRequired(lazy_gettext("Enter your current password."))],
    )

    def __init__(self) -> None:
        super().__init__(*known_of_admin())

    def __iter__(self) -> Iterator[Any]:
        """The current one comes first, as on the page."""
        return iter(sorted(super().__iter__(), key=lambda field: field.name != "password"))

    def validate_new_password(self, field: Field) -> None:
        if as_bytes(field.data) == as_bytes(self.password.data or ""):
            raise ValidationError(_("This is your current password. Choose another one."))
        super().validate_new_password(field)


@bp.get("/settings/account/password")
def password() -> Response:
    return show_password(OwnPasswordForm())


@bp.post("/settings/account/password")
def change_password() -> Response:
    form = OwnPasswordForm()
    if not form.validate_on_submit():
        return show_password(form, 422)
    try:
        signed_in = replace_password(form.password.data, form.new_password.data)
    except (WrongPassword, NotNow) as problem:
        return refuse_password(form, problem)
    # What else this browser keeps stays, also for forms that are open in other tabs.
    login_user(signed_in)
    current_app.logger.info("Admin %s changed their password", signed_in.admin_id)
    changed = _("Your password is changed. All other browsers are signed out.")
    return htmx.go_to(url_for("auth.account"), changed)


def replace_password(current: str, new: str) -> SignedIn:
    """The steps of domain/accounts/sign_in.py. Raises WrongPassword, NotNow."""
    proven = prove_password(current_user.email, current)
    new_hash = hash_new_password(new, *known_of_admin())
    with writing(db.session):
        signed_in = sign_in.change_password(db.session, proven, new_hash, this_device())
        tell_owner(db.session, signed_in.email, "password", language=language())
        record("password_changed", "admin", signed_in.admin_id)
    return signed_in


def known_of_admin() -> tuple[str, ...]:
    """What others know of the reader, and no password should be made of."""
    return (current_user.email, current_user.display_name, *own_hosts())


def refuse_password(form: OwnPasswordForm, problem: AccountError) -> Response:
    """The page that says so beside the current password."""
    current_app.logger.warning("Password refused to %s: %s", request.remote_addr, problem)
    wrong = isinstance(problem, WrongPassword)
    form.password.errors = [_("Wrong password.") if wrong else translated(problem)]
    page = show_password(form, 422)
    if isinstance(problem, NotNow):
        page.status_code = 429
        page.headers["Retry-After"] = str(problem.wait_seconds)
    return page


def show_password(form: OwnPasswordForm, status: int = 200) -> Response:
    page = render_template(
        "auth/password.html",
        form=form,
        fewest=FEWEST_CHARACTERS,
        pending=pending_changes(db.session),
    )
    return make_response(page, status)

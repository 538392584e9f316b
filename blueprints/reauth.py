"""Acts that ask the admin to prove to be there, by the password or by a code of the second factor,
unless they did so in the last ten minutes."""

from collections.abc import Iterator
from typing import Any

from flask import Response, current_app, g, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import Field, PasswordField, ValidationError

from blueprints.forms import Form
from blueprints.i18n import translated
from blueprints.password_checks import count_code, prove_password
from domain.accounts import sessions, sign_in
from domain.accounts.errors import AccountError, NotNow, WrongPassword
from domain.accounts.second_factor import is_app_code, prove_code
from domain.accounts.sign_in_limits import take_back
from domain.database import writing
from extensions import db


class ConfirmedForm(Form):
    """A form that asks for the password in place, beside what is typed, when it has to. An admin
    with a second factor may type a code of the app instead, but no recovery code.

    One press with the right one confirms the sign-in and does what the form is for. A template
    shows the field by `password_field` of macros/reauth.html; a view answers by `refuse`.
    """

    password = PasswordField(
        lazy_gettext("Your password"),
        description=lazy_gettext("You entered it more than 10 minutes ago."),
    )

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - WTForms has no types
        super().__init__(**kwargs)
        self.asks_password = not (current_user.is_confirmed or g.get("is_confirmed"))
        if current_user.has_second_factor:
            self.password.label.text = _("Your password or a code from your app")
            self.password.description = _(
                "You entered one more than 10 minutes ago. A recovery code does not work here."
            )
        self.problem: AccountError | None = None

    def __iter__(self) -> Iterator[Any]:
        """The password comes last, as on the page."""
        return iter(sorted(super().__iter__(), key=lambda field: field.name == "password"))

    def validate_password(self, field: Field) -> None:
        if not self.asks_password:
            return
        if not field.data:
            raise ValidationError(missing())
        try:
            confirm(field.data)
        except AccountError as problem:
            self.problem = problem
            current_app.logger.warning("Password refused to %s: %s", request.remote_addr, problem)
            wrong = isinstance(problem, WrongPassword)
            raise ValidationError(wrong_one() if wrong else translated(problem)) from problem
        self.asks_password = False
        # For the other forms of the answer: who is signed in was read before.
        g.is_confirmed = True

    def refuse(self, page: Response) -> Response:
        """The page with the form, as it is answered when something in it is wrong."""
        page.status_code = 422
        if isinstance(self.problem, NotNow):
            page.status_code = 429
            page.headers["Retry-After"] = str(self.problem.wait_seconds)
        return page


def missing() -> str:
    if current_user.has_second_factor:
        return str(_("Enter your password or a code to go on."))
    return str(_("Enter your password to go on."))


def wrong_one() -> str:
    return str(
        _("Wrong password or code.") if current_user.has_second_factor else _("Wrong password.")
    )


def confirm(typed: str) -> None:
    """For the admin who is signed in. Raises WrongPassword, WrongCode, NotNow."""
    if current_user.has_second_factor and is_app_code(typed):
        confirm_with_code(typed)
    else:
        confirm_with_password(typed)


def confirm_with_code(code: str) -> None:
    admin, secret_key = current_user, current_app.config["SECRET_KEY"]
    admin_id, email, token = admin.admin_id, admin.email, admin.token
    failure_id = count_code(email)
    with writing(db.session):
        prove_code(db.session, admin_id, code, secret_key)
        take_back(db.session, failure_id, email)
        sessions.confirm(db.session, token)


def confirm_with_password(password: str) -> None:
    token, proven = current_user.token, prove_password(current_user.email, password)
    with writing(db.session):
        sign_in.confirm(db.session, proven, token)

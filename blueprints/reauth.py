"""Acts that ask for the admin's password, unless it was typed in the last ten minutes."""

from collections.abc import Iterator
from typing import Any

from flask import Response, current_app, g, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import Field, PasswordField, ValidationError

from blueprints.forms import Form
from blueprints.i18n import translated
from blueprints.password_checks import prove_password
from domain.accounts import sign_in
from domain.accounts.errors import AccountError, TooBusy, TooManyTries, WrongPassword
from domain.database import writing
from extensions import db

BUSY_SECONDS = 5


class ConfirmedForm(Form):
    """A form that asks for the password in place, beside what is typed, when it has to.

    One press with the right one confirms the sign-in and does what the form is for. A template
    shows the field by `password_field` of macros/reauth.html; a view answers by `refuse`.
    """

    password = PasswordField(lazy_gettext("Your password"))

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - WTForms has no types
        super().__init__(**kwargs)
        self.asks_password = not (current_user.is_confirmed or g.get("is_confirmed"))
        self.problem: AccountError | None = None

    def __iter__(self) -> Iterator[Any]:
        """The password comes last, as on the page."""
        return iter(sorted(super().__iter__(), key=lambda field: field.name == "password"))

    def validate_password(self, field: Field) -> None:
        if not self.asks_password:
            return
        if not field.data:
            raise ValidationError(_("Enter your password to go on."))
        try:
            confirm(field.data)
        except AccountError as problem:
            self.problem = problem
            current_app.logger.warning("Password refused to %s: %s", request.remote_addr, problem)
            wrong = isinstance(problem, WrongPassword)
            raise ValidationError(
                _("Wrong password.") if wrong else translated(problem)
            ) from problem
        self.asks_password = False
        # For the other forms of the answer: who is signed in was read before.
        g.is_confirmed = True

    def refuse(self, page: Response) -> Response:
        """The page with the form, as it is answered when something in it is wrong."""
        page.status_code = 422
        if isinstance(self.problem, TooManyTries):
            page.status_code = 429
            page.headers["Retry-After"] = str(self.problem.wait_seconds)
        elif isinstance(self.problem, TooBusy):
            page.status_code = 503
            page.headers["Retry-After"] = str(BUSY_SECONDS)
        return page


def confirm(password: str) -> None:
    """For the admin who is signed in. Raises WrongPassword, TooManyTries, TooBusy."""
    token, proven = current_user.token, prove_password(current_user.email, password)
    with writing(db.session):
        sign_in.confirm(db.session, proven, token)

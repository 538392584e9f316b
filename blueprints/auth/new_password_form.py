"""A new password, typed twice."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import Field, PasswordField, ValidationError
from wtforms.validators import InputRequired

from blueprints.forms import Form
from blueprints.i18n import translated
from domain.accounts.errors import UnfitPassword
from domain.accounts.password_rules import check_new_password


class NewPasswordForm(Form):
    """No password that was typed ever comes back. `known` is what others know of whom it is for."""

    new_password = PasswordField(
        lazy_gettext("New password"), [InputRequired(lazy_gettext("Enter a new password."))]
    )
    new_password_again = PasswordField(lazy_gettext("New password again"))

    def __init__(self, *known: str, **kwargs: Any) -> None:  # noqa: ANN401 - WTForms has no types
        super().__init__(**kwargs)
        self._known = known

    @property
    def known(self) -> tuple[str, ...]:
        return self._known

    def validate_new_password(self, field: Field) -> None:
        try:
            check_new_password(field.data, *self.known)
        except UnfitPassword as problem:
            raise ValidationError(translated(problem)) from None

    def validate_new_password_again(self, field: Field) -> None:
        if field.data != self.new_password.data:
            raise ValidationError(_("The two new passwords differ. Type the same one twice."))

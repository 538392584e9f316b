"""The base of every form."""

from collections.abc import Callable
from typing import Any

from flask import abort, request
from flask_wtf import FlaskForm
from wtforms import HiddenField, ValidationError

from catalogue.rules import InvalidText


class Form(FlaskForm):
    """Takes each of its fields once: a repeated one is a forged or broken request (400)."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - WTForms has no types
        # Only text: an upload under a field's name is no value of that field.
        kwargs.setdefault("formdata", request.form if request.method == "POST" else None)
        super().__init__(**kwargs)

    def is_submitted(self) -> bool:
        if not super().is_submitted():
            return False
        if any(len(request.form.getlist(field.name)) > 1 for field in self):
            abort(400, "A field was sent more than once. Reload the page and try again.")
        return True


class VersionForm(Form):
    """What every write to a draft carries: the version that its author saw."""

    version = HiddenField()

    @property
    def opened_version(self) -> int:
        """That version; 0, which no draft has, for what is no number."""
        self.is_submitted()
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def obeys(rule: Callable[[Any], object]) -> Callable[[Form, Any], None]:
    """A validator that asks the catalogue's own rule."""

    def validate(_form: Form, field: Any) -> None:  # noqa: ANN401 - WTForms has no types
        try:
            rule(field.data or "")
        except InvalidText as error:
            raise ValidationError(str(error)) from None

    return validate

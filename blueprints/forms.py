"""The base of every form."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

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


@dataclass(frozen=True, slots=True)
class Clash:
    """What two admins changed differently: how to say both, and theirs as it is typed."""

    name: str
    label: str
    mine: str
    theirs: str
    typed: dict[str, str]


class VersionForm(Form):
    """What every write to a draft carries: the version that its author saw."""

    version = HiddenField()
    # Fields that are decided along with another one.
    together: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.clashes: list[Clash] = []

    def take_theirs(self) -> None:
        """Fills in what the admin chose with "Keep theirs", before anything is checked."""
        for field in self:
            name = field.short_name
            typed = request.form.get(f"theirs-{name}")
            if typed is not None and self._keep(name) == "theirs":
                field.data = typed

    def _keep(self, name: str) -> str | None:
        return request.form.get(f"keep-{self.together.get(name, name)}")

    def show_conflict(
        self, version: int, names: Collection[str], theirs: dict[str, str], merged: dict[str, str]
    ) -> None:
        """Keeps what is typed in the fields of these names, fills in what both did in the others,
        and lets Save be pressed again."""
        self.version.data = str(version)
        groups = dict.fromkeys(self.together.get(name, name) for name in names)
        for group in groups:
            members = [group, *(n for n, leader in self.together.items() if leader == group)]
            mine, their = (
                " ".join(self.say(n, side) for n in members) for side in (self.data, theirs)
            )
            typed = {n: theirs[n] for n in members}
            self.clashes.append(Clash(group, self[group].label.text, mine, their, typed))
        for name, text in merged.items():
            if self.together.get(name, name) not in groups:
                self[name].data = text

    def say(self, name: str, values: Mapping[str, str]) -> str:
        """A field's text as people read it."""
        return values[name] or ""

    @property
    def opened_version(self) -> int:
        """That version; 0, which no draft has, for what is no number."""
        self.is_submitted()
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def saved_together(others: Collection[str]) -> str:
    """What to say when a save kept what others had changed meanwhile."""
    return f"Saved together with {' and '.join(others)}'s changes."


def obeys(rule: Callable[[Any], object]) -> Callable[[Form, Any], None]:
    """A validator that asks the catalogue's own rule."""

    def validate(_form: Form, field: Any) -> None:  # noqa: ANN401 - WTForms has no types
        try:
            rule(field.data or "")
        except InvalidText as error:
            raise ValidationError(str(error)) from None

    return validate

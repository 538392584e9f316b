"""The base of every form."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, ClassVar

from flask import abort, request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, ValidationError

from blueprints.i18n import listed, translated
from blueprints.people import display_name, display_names, is_reader, sentence_about
from domain.catalogue.errors import EditConflict
from domain.catalogue.rules import InvalidText
from domain.database import MOST_INTEGER
from domain.numbers import whole_number

KEY_CHARACTERS = 32


class Form(FlaskForm):
    """Takes each of its fields once: a repeated one is a forged or broken request (400).

    `answers` are those that a field asks to choose from, as they are sent and as they are read.
    """

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - WTForms has no types
        self.answers: dict[str, list[tuple[str, str]]] = {}
        # Only text: an upload under a field's name is no value of that field.
        kwargs.setdefault("formdata", request.form if request.method == "POST" else None)
        super().__init__(**kwargs)

    def is_submitted(self) -> bool:
        if not super().is_submitted():
            return False
        if any(len(request.form.getlist(field.name)) > 1 for field in self):
            abort(400, _("A field was sent more than once. Reload the page and try again."))
        return True


@dataclass(frozen=True, slots=True)
class Clash:
    """What two admins changed differently: how to say both, and both as they are typed."""

    name: str
    label: str
    mine: str
    theirs: str
    typed_mine: dict[str, str]
    typed_theirs: dict[str, str]


class VersionForm(Form):
    """What every write to a draft carries: the version that its author saw."""

    version = HiddenField()
    # Fields that are decided along with another one.
    together: ClassVar[dict[str, str]] = {}
    # Who removed meanwhile what the form is about, and whose values are told beside what is typed.
    removed_by = ""
    other_author = ""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.clashes: list[Clash] = []

    def take_theirs(self) -> None:
        """Fills in what the admin chose with "Keep theirs", before anything is checked.

        Something else than both sides, typed beside that choice, is the newer wish and stays.
        """
        for group in {self.together.get(field.short_name, field.short_name) for field in self}:
            names = [name for name in self._members(group) if f"theirs-{name}" in request.form]
            is_theirs = request.form.get(f"keep-{group}") == "theirs"
            if is_theirs and not any(self._is_typed_anew(name) for name in names):
                for name in names:
                    self[name].data = request.form[f"theirs-{name}"]

    def _members(self, group: str) -> list[str]:
        return [group, *(name for name, leader in self.together.items() if leader == group)]

    def _is_typed_anew(self, name: str) -> bool:
        """Whether the field holds neither side of its conflict."""
        sides = (request.form.get(f"{side}-{name}", "") for side in ("mine", "theirs"))
        # Browsers send a text's lines with one ending or another.
        return (self[name].data or "").splitlines() not in [side.splitlines() for side in sides]

    def show_conflict(
        self,
        error: Exception,
        version: int,
        names: Collection[str],
        theirs: dict[str, str],
        merged: dict[str, str],
    ) -> None:
        """Keeps what is typed in the fields of these names, fills in what both did in the others,
        and lets Save be pressed again."""
        self.version.data = str(version)
        if isinstance(error, EditConflict) and not is_reader(error.author):
            self.other_author = display_name(error.author)
        groups = dict.fromkeys(self.together.get(name, name) for name in names)
        for group in groups:
            members = self._members(group)
            typed, saved = ({n: side[n] or "" for n in members} for side in (self.data, theirs))
            mine, their = (self.format_value(group, side) for side in (typed, saved))
            self.clashes.append(
                Clash(group, str(self[group].label.text), mine, their, typed, saved)
            )
        for name, text in merged.items():
            if self.together.get(name, name) not in groups:
                self[name].data = text

    def describe_stale(self, error: Exception) -> str:
        """Why nothing was saved, once it is shown what both changed."""
        if not isinstance(error, EditConflict):
            return translated(error)
        is_price = [clash.name for clash in self.clashes] == ["price"]
        fields = _("this price") if is_price else listed(clash.label for clash in self.clashes)
        return sentence_about(
            error.author,
            _("Not saved: you changed %(fields)s in another window."),
            _("Not saved: %(author)s changed %(fields)s while you were editing."),
            fields=fields,
        )

    def format_value(self, name: str, values: Mapping[str, str]) -> str:
        """The text of a field, and of those decided along with it, as people read it."""
        return " ".join(values[member] for member in self._members(name))

    @property
    def opened_version(self) -> int:
        """The version that the form was opened with."""
        self.is_submitted()
        return read_version(self.version.data or "")


def read_version(text: str) -> int:
    """A draft's version; 0, which no draft has, for what is no number."""
    return whole_number(text, MOST_INTEGER) or 0


def read_page(text: str) -> int:
    """Which page of a list; the first for what is no number."""
    return whole_number(text, MOST_INTEGER) or 1


def new_key() -> str:
    """Names one press of a button, so that a second one by mistake does nothing more."""
    return token_hex(KEY_CHARACTERS // 2)


def known_key(typed: str | None) -> str:
    """The key as a form of ours sends it; "" for anything else."""
    key = typed or ""
    return key if len(key) == KEY_CHARACTERS and key.isascii() and key.isalnum() else ""


def saved_together(others: Collection[str]) -> str:
    """What to say when a save kept what others had changed meanwhile."""
    return str(
        _("Saved together with %(authors)s's changes.", authors=listed(display_names(others)))
    )


def obeys(
    rule: Callable[[Any], object], refusal: type[Exception] = InvalidText
) -> Callable[[Form, Any], None]:
    """A validator that asks the domain's own rule, which refuses by raising `refusal`."""

    def validate(_form: Form, field: Any) -> None:  # noqa: ANN401 - WTForms has no types
        try:
            rule(field.data or "")
        except refusal as error:
            raise ValidationError(translated(error)) from None

    return validate

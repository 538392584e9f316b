"""How many credits an admin may give by hand. What is saved here works at once: it is no draft."""

from functools import partial
from typing import Any

from flask import Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import HiddenField, StringField, ValidationError

from blueprints import htmx
from blueprints.i18n import translated
from blueprints.pages import number
from blueprints.reauth import ConfirmedForm
from blueprints.recording import record
from blueprints.settings import bp
from domain import numbers
from domain.catalogue.pending.pending import pending_changes
from domain.customers.errors import StaleLimits, UnfitLimits
from domain.customers.limits import Limits, change_limits, check_limits, read_limits
from domain.database import AnySession, write
from domain.ledger.rules import MOST_CREDITS
from extensions import db


class LimitsForm(ConfirmedForm):
    version = HiddenField()
    at_once = StringField(lazy_gettext("Credits at once"))
    a_day = StringField(lazy_gettext("Credits a day"))

    @classmethod
    def of(cls, limits: Limits) -> "LimitsForm":
        """The form as it opens, whatever this request sent."""
        typed = {"at_once": str(limits.at_once), "a_day": str(limits.a_day)}
        return cls(formdata=None, data=typed | {"version": limits.version})

    def validate_at_once(self, field: Any) -> None:  # noqa: ANN401 - WTForms has no types
        _read(field)

    def validate_a_day(self, field: Any) -> None:  # noqa: ANN401
        a_day = _read(field)
        if self.at_once.errors:
            return
        try:
            check_limits(Limits(_read(self.at_once), a_day))
        except UnfitLimits as problem:
            raise ValidationError(translated(problem)) from None

    @property
    def values(self) -> Limits:
        """What the valid form means."""
        return Limits(_read(self.at_once), _read(self.a_day))


def _read(field: Any) -> int:  # noqa: ANN401
    try:
        credits = numbers.parse_whole(field.data or "")
    except ValueError:
        credits = -1
    if not 0 <= credits <= MOST_CREDITS:
        raise ValidationError(
            _(
                "Enter a whole number from 0 to %(most)s, for example 1000.",
                most=number(MOST_CREDITS),
            )
        )
    return credits


@bp.get("/customers")
def giving() -> Response:
    return show(LimitsForm.of(read_limits(db.session)))


@bp.post("/customers")
def save_limits() -> ResponseReturnValue:
    form = LimitsForm()
    if not form.validate_on_submit():
        return form.refuse(show(form))
    try:
        version = form.version.data or ""
        write(db.session, partial(do_change, limits=form.values, version=version))
    except StaleLimits as error:
        now = read_limits(db.session)
        form.version.data = now.version
        return show(form, 409, alert=translated(error), now=now)
    return htmx.go_to(url_for("settings.giving"), _("The limits are saved."))


def do_change(session: AnySession, limits: Limits, version: str) -> None:
    """With its line of the activity. Raises what `change_limits` raises."""
    if change_limits(session, limits, version):
        record("limits_changed", at_once=limits.at_once, a_day=limits.a_day)


def show(
    form: LimitsForm, status: int = 200, *, alert: str = "", now: Limits | None = None
) -> Response:
    """The page; `now` are newer limits that a colleague has saved."""
    page = render_template(
        "settings/giving.html",
        form=form,
        alert=alert,
        now=now,
        pending=pending_changes(db.session),
    )
    return make_response(page, status)

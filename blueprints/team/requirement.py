"""Requiring a second factor of everyone."""

from flask import Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from blueprints import htmx
from blueprints.reauth import ConfirmedForm
from blueprints.recording import record
from blueprints.team import bp
from blueprints.team.acting import write_as_owner
from domain.accounts import required_factor
from domain.accounts.owners import Owner
from domain.accounts.team import list_members
from domain.catalogue.pending.pending import pending_changes
from domain.database import AnySession
from extensions import db


@bp.get("/second-factor", endpoint="second_factor")
def show_requirement() -> Response:
    return show(ConfirmedForm())


@bp.post("/second-factor/require")
def require_second_factor() -> ResponseReturnValue:
    form = ConfirmedForm()
    if not form.validate_on_submit():
        return form.refuse(show(form))
    write_as_owner(require)
    message = _("From the next sign-in on, everyone needs a second factor.")
    return htmx.go_to(url_for("team.index"), message)


@bp.post("/second-factor/optional")
def make_second_factor_optional() -> ResponseReturnValue:
    form = ConfirmedForm()
    if not form.validate_on_submit():
        return form.refuse(show(form))
    write_as_owner(make_optional)
    return htmx.go_to(url_for("team.index"), _("A second factor is up to each admin again."))


def require(session: AnySession, owner: Owner) -> None:
    """Once, however often it is pressed."""
    if required_factor.require(session, owner.email):
        record("second_factor_required")


def make_optional(session: AnySession, _owner: Owner) -> None:
    if required_factor.make_optional(session):
        record("second_factor_optional")


def show(form: ConfirmedForm) -> Response:
    members = list_members(db.session)
    page = render_template(
        "team/second_factor.html",
        form=form,
        requirement=required_factor.find_requirement(db.session),
        without_factor=[m for m in members if not m.disabled_at and not m.second_factor_since],
        pending=pending_changes(db.session),
    )
    return make_response(page)

"""Settings of the admin's second factor: whether it is on, its recovery codes, turning it off."""

from datetime import UTC, datetime

from flask import Response, current_app, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from blueprints import htmx
from blueprints.auth import bp
from blueprints.i18n import translated
from blueprints.locale import language
from blueprints.pages import number
from blueprints.reauth import ConfirmedForm
from blueprints.recording import record
from domain.accounts import second_factor as domain
from domain.accounts.errors import SecondFactorOff, SecondFactorRequired
from domain.accounts.recovery_codes import MADE
from domain.accounts.remembered_browsers import LASTS, count_browsers
from domain.accounts.remembered_browsers import forget_browsers as forget_all
from domain.accounts.required_factor import is_required
from domain.catalogue.pending.pending import pending_changes
from domain.database import writing
from domain.notices.own_account import tell_owner
from extensions import db

# From so few recovery codes on, the page warns.
FEW_CODES = 3


@bp.get("/settings/account/second-factor")
def second_factor() -> str:
    factor = domain.find_second_factor(db.session, current_user.admin_id)
    return render_template(
        "auth/second_factor.html",
        factor=factor,
        last_used=last_used(factor.last_step) if factor else None,
        codes=domain.count_recovery_codes(db.session, current_user.admin_id),
        most_codes=MADE,
        few_codes=FEW_CODES,
        browsers=count_browsers(db.session, current_user.admin_id),
        days=LASTS.days,
        is_required=is_required(db.session),
        pending=pending_changes(db.session),
    )


def last_used(step: int) -> datetime:
    """When the app showed the code of this step of RFC 6238."""
    return datetime.fromtimestamp(step * domain.STEP_SECONDS, UTC)


@bp.get("/settings/account/second-factor/off", endpoint="turning_off_second_factor")
def ask_before_turning_off() -> Response:
    if is_required(db.session):
        return say_required()
    return show_act("auth/second_factor_off.html", ConfirmedForm())


@bp.post("/settings/account/second-factor/off")
def turn_off_second_factor() -> ResponseReturnValue:
    form = ConfirmedForm()
    if not form.validate_on_submit():
        return form.refuse(show_act("auth/second_factor_off.html", form))
    try:
        with writing(db.session):
            if domain.turn_off(db.session, current_user.admin_id):
                tell_owner(db.session, current_user.email, "app_off", language=language())
                record("second_factor_off", "admin", current_user.admin_id)
    except SecondFactorRequired:
        return say_required()
    current_app.logger.info("Admin %s turned the second factor off", current_user.admin_id)
    return htmx.go_to(url_for("auth.second_factor"), _("The second factor is off."))


def say_required() -> Response:
    return htmx.go_to(url_for("auth.second_factor"), translated(SecondFactorRequired()))


@bp.get("/settings/account/second-factor/recovery-codes", endpoint="renewing_recovery_codes")
def ask_before_renewing() -> Response:
    return show_act("auth/recovery_codes_new.html", ConfirmedForm())


@bp.post("/settings/account/second-factor/recovery-codes")
def renew_recovery_codes() -> ResponseReturnValue:
    """The answer shows them. Loaded again it makes others, so that those in sight always work."""
    form = ConfirmedForm()
    if not form.validate_on_submit():
        return form.refuse(show_act("auth/recovery_codes_new.html", form))
    try:
        with writing(db.session):
            codes = domain.new_recovery_codes(db.session, current_user.admin_id)
            tell_owner(db.session, current_user.email, "recovery_codes", language=language())
            record("recovery_codes_renewed", "admin", current_user.admin_id)
    except SecondFactorOff as problem:
        return htmx.go_to(url_for("auth.second_factor"), translated(problem))
    current_app.logger.info("Admin %s made new recovery codes", current_user.admin_id)
    return show_codes(codes, _("These codes work from now on, and no older ones."))


@bp.post("/settings/account/second-factor/browsers/forget")
def forget_browsers() -> ResponseReturnValue:
    """Asks for no password: nobody gets in by it."""
    with writing(db.session):
        count = count_browsers(db.session, current_user.admin_id)
        forget_all(db.session, current_user.admin_id)
        if count:
            record("browsers_forgotten", "admin", current_user.admin_id)
    message = ngettext(
        "%(count)s browser is forgotten.",
        "%(count)s browsers are forgotten.",
        count,
        count=number(count),
    )
    return htmx.go_to(url_for("auth.second_factor"), message)


def show_act(template: str, form: ConfirmedForm) -> Response:
    """What an act means, with its button."""
    codes = domain.count_recovery_codes(db.session, current_user.admin_id)
    pending = pending_changes(db.session)
    return make_response(render_template(template, form=form, codes=codes, pending=pending))


def show_codes(codes: list[str], done: str) -> Response:
    """The only page that ever shows them."""
    page = render_template(
        "auth/recovery_codes.html", codes=codes, done=done, pending=pending_changes(db.session)
    )
    return make_response(page)

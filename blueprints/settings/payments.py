"""Payments: who takes them, whether their events arrive, and the pause of buying."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from flask import Response, current_app, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import htmx
from blueprints.pages import number
from blueprints.payment_provider import provider
from blueprints.reauth import ConfirmedForm
from blueprints.recording import record
from blueprints.settings import bp
from config import Config
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.settings.rules import Buying
from domain.catalogue.storefront.live import live_release
from domain.database import AnySession, write
from domain.purchases.health import behind_since, find_last_event
from domain.purchases.offering import has_company
from domain.purchases.pause import find_pause, pause, resume
from domain.purchases.restoring import awaits_recovery
from domain.purchases.unknown import count_unknown_payments
from extensions import db

# A worker that is there looks sooner, unless the provider is away.
LATE = timedelta(minutes=10)


@bp.get("/payments")
def payments() -> Response:
    return show(ConfirmedForm())


@bp.post("/payments/pause")
def pause_buying() -> ResponseReturnValue:
    form = ConfirmedForm()
    if not form.validate_on_submit():
        return form.refuse(show(form))
    write(db.session, partial(do_pause, author=current_user.email))
    return htmx.go_to(url_for("settings.payments"), _("Buying is paused."))


@bp.post("/payments/resume")
def resume_buying() -> ResponseReturnValue:
    form = ConfirmedForm()
    if not form.validate_on_submit():
        return form.refuse(show(form))
    write(db.session, do_resume)
    return htmx.go_to(url_for("settings.payments"), _("Packages can be bought again."))


def do_pause(session: AnySession, author: str) -> None:
    if pause(session, author):
        record("buying_paused")


def do_resume(session: AnySession) -> None:
    if resume(session):
        record("buying_resumed")


def show(form: ConfirmedForm) -> Response:
    config: Config = current_app.extensions["scrip"]
    behind = behind_since(db.session)
    page = render_template(
        "settings/payments.html",
        form=form,
        pending=pending_changes(db.session),
        connected=describe_connection(config),
        simulator=config.simulator_address if config.simulates_payments else "",
        webhook=url_for("payments.webhook", _external=True),
        last_event=find_last_event(db.session),
        behind=behind,
        is_late=behind is not None and datetime.now(UTC) - behind > LATE,
        missing=[*list_missing(), *list_lost()],
        is_company_missing=not has_company(db.session),
        pause=find_pause(db.session),
    )
    return make_response(page)


def describe_connection(config: Config) -> str:
    """ "" when nothing is connected."""
    if config.stripe:
        return str(
            _("Stripe, with real money") if config.stripe.is_live else _("Stripe, test mode")
        )
    return str(_("Payment simulator, no real money")) if config.simulates_payments else ""


def list_missing() -> Iterator[str]:
    """What has to be done before anything can be bought here, besides the company."""
    if provider() is None:
        yield _(
            "No payment provider is connected: nothing can be bought. docs/payments.md says how."
        )
    match live_release(db.session).settings.buying:
        case Buying.LINK:
            yield _("Packages are bought at another address: see How packages are bought.")
        case Buying.NOWHERE:
            yield _("Packages have no button Buy: see How packages are bought.")


def list_lost() -> Iterator[str]:
    """What a restored backup may not hold."""
    if awaits_recovery(db.session):
        yield _(
            "This database was made from a backup. Payments that were begun after the backup may "
            "be missing: run recover-payments, as docs/backup.md says."
        )
    if count := count_unknown_payments(db.session):
        yield _(
            "Payments at the provider that belong to no purchase here: %(count)s. Run "
            "recover-payments, as docs/backup.md says; those that need a person are at Purchases.",
            count=number(count),
        )

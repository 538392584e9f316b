"""What an admin does with a purchase: asking the provider at once, sending the receipt again."""

from functools import partial

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from blueprints import htmx
from blueprints.i18n import translated
from blueprints.payment_provider import FOR_A_SYNC, provider, room_for_a_sync
from blueprints.purchases import bp, words
from blueprints.purchases.naming import page_of
from blueprints.purchases.page import find_purchase, show
from blueprints.recording import record
from domain.database import AnySession, write
from domain.purchases.errors import (
    NoAddress,
    NoReceipt,
    NotSynced,
    PurchaseNotFound,
    SentAMomentAgo,
    SentOften,
)
from domain.purchases.provider import Provider, ProviderError
from domain.purchases.sending import send_receipt as put_copy
from domain.purchases.syncing import sync
from domain.purchases.timeline import read_life
from extensions import db


@bp.post("/<id:purchase_id>/sync")
def sync_now(purchase_id: int) -> ResponseReturnValue:
    it = find_purchase(purchase_id)
    connected = provider(FOR_A_SYNC)
    if connected is None or connected.name != it.provider:
        problem = _("Not asked: the provider of this purchase is not connected.")
        return show(it, 409, problem=problem)
    before = read_life(db.session, it).shown
    if problem := ask(connected, purchase_id):
        return show(find_purchase(purchase_id), 503, problem=problem)
    after = read_life(db.session, find_purchase(purchase_id)).shown
    if after == before:
        said = _("In sync with the provider. Its state is the same.")
    else:
        said = _("In sync with the provider. Now: %(state)s.", state=words.STATES[after])
    return htmx.go_to(page_of(purchase_id), said)


def ask(connected: Provider, purchase_id: int) -> str:
    """Why it could not be done; "" when it was."""
    with room_for_a_sync() as has_room:
        if not has_room:
            return str(_("Not asked: the provider is being asked about others. Try again soon."))
        try:
            sync(db.session, connected, purchase_id, partial(note_synced, purchase_id=purchase_id))
        except ProviderError:
            return str(_("The provider does not answer. Scrip asks again by itself."))
        except NotSynced:
            return str(_("This purchase is changing right now. Scrip asks again by itself."))
    return ""


def note_synced(_session: AnySession, purchase_id: int) -> None:
    record("purchase_synced", "purchase", purchase_id)


@bp.post("/<id:purchase_id>/receipt/send")
def send_receipt(purchase_id: int) -> ResponseReturnValue:
    work = partial(do_send, purchase_id=purchase_id, origin=request.host_url.rstrip("/"))
    try:
        write(db.session, work)
    except PurchaseNotFound as error:
        abort(404, translated(error))
    except (NoReceipt, NoAddress, SentAMomentAgo, SentOften) as error:
        return show(find_purchase(purchase_id), 409, problem=translated(error))
    return htmx.go_to(page_of(purchase_id), _("The receipt is on its way."))


def do_send(session: AnySession, purchase_id: int, origin: str) -> None:
    """With its line of the activity. Raises what sending raises."""
    put_copy(session, purchase_id, origin=origin)
    record("receipt_sent", "purchase", purchase_id)

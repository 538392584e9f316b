"""What the provider sends: kept, and answered at once. The worker looks at the purchases."""

import logging
from functools import partial

from flask import Response, abort, request

from blueprints.payment_provider import provider
from blueprints.payments import bp
from domain.database import write
from domain.purchases.events import note_events
from domain.purchases.provider import BadSignature, OtherMode
from extensions import csrf, db

log = logging.getLogger("scrip.payments")


@csrf.exempt
@bp.post("/webhooks/stripe")
def webhook() -> Response:
    """An error of ours stays one, so that the provider sends it again."""
    sender = provider()
    if sender is None:
        abort(404)
    events = sender.parse_webhook(request.get_data(), dict(request.headers))
    write(db.session, partial(note_events, provider=sender.name, events=events))
    return Response("", 200)


@bp.errorhandler(BadSignature)
@bp.errorhandler(OtherMode)
def refuse(problem: BadSignature | OtherMode) -> Response:
    log.warning("a webhook was refused: %s", type(problem).__name__)
    return Response("Refused: not signed by the provider, or of the other mode.\n", 400)

"""What holds for all pages of the checkout: nobody keeps them, and their forms may lead on to the
provider's page."""

from flask import Response

from blueprints.caching import PRIVATE
from blueprints.checkout import bp
from blueprints.payment_provider import provider
from blueprints.security_headers import let_forms_lead_to


@bp.after_request
def keep_private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = PRIVATE
    return answer


@bp.after_request
def let_buyers_pay(answer: Response) -> Response:
    found = provider()
    if found is not None:
        let_forms_lead_to(answer, found.origins)
    return answer

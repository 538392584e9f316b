"""What holds for all pages of withdrawals: nobody keeps them."""

from flask import Response

from blueprints.caching import PRIVATE
from blueprints.withdrawals import bp


@bp.after_request
def keep_private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = PRIVATE
    return answer

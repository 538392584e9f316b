"""What holds for all of the customers' pages: who may read them, and that nobody keeps them."""

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.account import bp
from blueprints.caching import PRIVATE
from blueprints.customer_sign_in import current_customer
from blueprints.resubmit import resubmitted_fields
from blueprints.safe_redirect import this_page
from domain.catalogue.storefront import live
from domain.company.company import find_company
from domain.company.rules import CompanyValues
from extensions import db

# These are there for who is not signed in; all others need a customer.
DOORS = frozenset(
    {"sign_in", "send_code", "code", "check_code", "choose", "open_chosen"}
    | {"sign_out", "choose_language", "enter", "arrive", "go_on"}
)


@bp.before_request
def admit_customers_only() -> ResponseReturnValue | None:
    """Their pages need a sign-in, whether their view remembers to ask for one or not."""
    if is_door() or current_customer():
        return None
    return ask_to_sign_in()


def ask_to_sign_in() -> ResponseReturnValue:
    """A page leads to the sign-in; what was typed into a form is kept until they come back."""
    typed = resubmitted_fields()
    if typed:
        return render_template("account/signed_out.html", typed=typed), 401
    return redirect(url_for("account.sign_in", next=this_page() or None), 303)


def is_door() -> bool:
    return (request.endpoint or "").removeprefix("account.") in DOORS


@bp.after_request
def keep_private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = PRIVATE
    return answer


def platform_name() -> str:
    """For templates, which ask for it, so that error pages need no database."""
    return str(live.live_release(db.session).settings.platform_name)


def selling_company() -> CompanyValues | None:
    """The same for the foot of the pages."""
    return find_company(db.session)

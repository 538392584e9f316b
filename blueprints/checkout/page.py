"""The checkout page as it is shown, with what keeps a buyer from going on."""

from dataclasses import dataclass

from flask import Response, current_app, make_response, render_template
from flask_babel import gettext as _

from blueprints.checkout import bp, withdrawal
from blueprints.checkout.buyer import SignIn
from blueprints.checkout.forms import OrderForm
from blueprints.checkout.offers import Shown, tax_sentence
from blueprints.code_door import config, is_closed, refused
from blueprints.i18n import translated
from blueprints.payment_provider import TooBusy, provider
from domain.customers.errors import TooManyCodes, TooManyGuesses
from domain.purchases.errors import (
    CheckoutOver,
    NotForSale,
    NotSynced,
    PurchaseError,
    SellingPaused,
    TooManyCheckouts,
)
from domain.purchases.offering import refuse_while_paused
from domain.purchases.provider import ProviderError, Refused
from extensions import db

TRY_AGAIN_SECONDS = 10
PAUSE_SECONDS = 600
NotBegun = ProviderError | TooBusy | CheckoutOver | NotSynced


@dataclass
class Page:
    """What is sold, and the forms as they were sent."""

    shown: Shown
    order: OrderForm
    sign_in: SignIn

    def show(
        self, status: int = 200, problem: str = "", title: str = "", *, is_incomplete: bool = False
    ) -> Response:
        page = render_template(
            "checkout/buy.html",
            shown=self.shown,
            sale=self.shown.sale,
            package=self.shown.sale.values,
            tax=tax_sentence(self.shown.sale),
            form=self.order,
            sign_in=self.sign_in,
            buyer=self.sign_in.read_buyer(),
            problem=problem,
            problem_title=title,
            is_incomplete=is_incomplete,
            is_closed=is_closed(),
            is_kept=config().keeps_mail,
            withdrawal=withdrawal,
        )
        return make_response(page, status)

    def show_incomplete(self) -> Response:
        self.sign_in.ask_for_code()
        return self.show(422, is_incomplete=True)

    def show_limit(self, problem: TooManyCodes | TooManyGuesses | TooManyCheckouts) -> Response:
        answer = self.show(problem=translated(problem))
        if not isinstance(problem, TooManyCheckouts):
            return refused(answer, problem)
        return _later(answer, 429, problem.wait_seconds)

    def show_not_begun(self, problem: NotBegun) -> Response:
        """Nothing was paid; what was written down is taken up again by the next press."""
        current_app.logger.warning("No checkout: %r", problem)
        answer = self.show(problem=_why(problem), title=_("You have not been charged."))
        return _later(answer, 503, TRY_AGAIN_SECONDS)


def _why(problem: NotBegun) -> str:
    match problem:
        case TooBusy():
            return str(_("Many people are paying at this moment. Try again in a few seconds."))
        case Refused():
            return str(_("The payment page takes no such payment. Choose another package."))
        case _:
            return str(_("The payment page does not answer. Try again."))


def refuse_where_nothing_is_sold() -> None:
    """Raises SellingPaused."""
    if provider() is None:
        raise SellingPaused
    refuse_while_paused(db.session, needs_company=config().production)


@bp.errorhandler(SellingPaused)
def show_paused(problem: SellingPaused) -> Response:
    return _later(show_refusal(problem, _("Buying is paused")), 503, PAUSE_SECONDS)


@bp.errorhandler(NotForSale)
def show_gone(problem: NotForSale) -> Response:
    answer = show_refusal(problem, _("Not for sale any more"))
    answer.status_code = 410
    return answer


def show_refusal(problem: PurchaseError, title: str) -> Response:
    text = translated(problem)
    page = render_template("checkout/refused.html", title=title, text=text)
    return make_response(page)


def _later(answer: Response, status: int, seconds: int) -> Response:
    answer.status_code = status
    answer.headers["Retry-After"] = str(seconds)
    return answer

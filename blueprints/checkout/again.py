"""Trying again to pay: with a new checkout, once the one before has ended at the provider. Where
that turns out to be paid, nothing is to be paid any more."""

from dataclasses import replace
from functools import partial

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug import Response

from blueprints.checkout import bp
from blueprints.checkout.after import PATH, ask_to_sign_in, read_progress, show
from blueprints.checkout.ordering import connected, lead_on, this_attempt
from blueprints.checkout.page import TRY_AGAIN_SECONDS, show_gone
from blueprints.checkout.visitors import Visitor, visitor_of
from blueprints.checkout.withdrawal import VERSION
from blueprints.i18n import translated
from blueprints.locale import language
from blueprints.payment_provider import TooBusy, room_for_a_checkout
from domain.customers.customers import Person, get_customer
from domain.database import write
from domain.purchases.acts import PAYABLE_AGAIN, refuse_another, try_again
from domain.purchases.errors import (
    CheckoutOver,
    LinkPaid,
    LinkUnderWay,
    NotForSale,
    NotSynced,
    OfferChanged,
    OtherProvider,
    PurchaseError,
    TooManyCheckouts,
)
from domain.purchases.models import Purchase
from domain.purchases.orders import Attempt
from domain.purchases.paying_by_link import refuse_ended, try_again_by_link
from domain.purchases.provider import Provider, ProviderError
from domain.purchases.queries import find_newest_checkout, get_own
from domain.purchases.rules import CheckoutState
from domain.purchases.syncing import sync
from extensions import db


@bp.get(f"{PATH}/again")
def show_purchase(purchase_id: int) -> ResponseReturnValue:
    """Where a page that said why it did not work is loaded once more."""
    country = request.args.get("country")
    here = url_for("checkout.after", purchase_id=purchase_id, country=country, lang=language())
    return redirect(here, 303)


@bp.post(f"{PATH}/again")
def again(purchase_id: int) -> ResponseReturnValue:
    me = visitor_of(purchase_id)
    if me is None:
        return ask_to_sign_in()
    purchase = get_own(db.session, purchase_id, me.customer_id)
    try:
        return begin_again(purchase, get_customer(db.session, me.customer_id), me.link_id)
    except (LinkPaid, LinkUnderWay):
        if get_own(db.session, purchase_id, me.customer_id).state in PAYABLE_AGAIN:
            raise  # by another purchase that was begun through the link
        return back_to_page(purchase_id)
    except (OfferChanged, NotForSale, OtherProvider) as problem:
        return show_other_offer(purchase_id, me, problem)
    except TooManyCheckouts as problem:
        answer = show(read_progress(purchase_id, me), 429, translated(problem))
        answer.headers["Retry-After"] = str(problem.wait_seconds)
        return answer
    except (ProviderError, NotSynced, TooBusy, CheckoutOver) as problem:
        current_app.logger.warning("Purchase %s not begun again: %r", purchase_id, problem)
        words = _("The payment page does not answer. Nothing more has been charged. Try again.")
        answer = show(read_progress(purchase_id, me), 503, words)
        answer.headers["Retry-After"] = str(TRY_AGAIN_SECONDS)
        return answer


def begin_again(purchase: Purchase, person: Person, link_id: int | None) -> Response:
    """Raises OtherProvider, and what begins and ends a checkout raises."""
    found, purchase_id = connected(), purchase.id
    if purchase.provider != found.name:
        raise OtherProvider
    attempt, begin = this_attempt(person, purchase.country), try_again
    if link_id is not None:
        refuse_ended(db.session, link_id)
        attempt = replace(attempt, email=None)
        begin = partial(try_again_by_link, link_id=link_id)
    work = partial(
        begin,
        purchase_id=purchase_id,
        customer_id=person.id,
        consent=VERSION,
        attempt=attempt,
    )
    with room_for_a_checkout():
        end_the_former(found, purchase, attempt)
        started = write(db.session, work)
        if started is None:
            return back_to_page(purchase_id)
        return redirect(lead_on(found, started), 303)


def back_to_page(purchase_id: int) -> Response:
    """It is paid, or may be."""
    return redirect(url_for("checkout.after", purchase_id=purchase_id, returned=1), 303)


def end_the_former(found: Provider, purchase: Purchase, attempt: Attempt) -> None:
    purchase_id = purchase.id
    newest = find_newest_checkout(db.session, purchase_id)
    if newest and newest.state == CheckoutState.OPEN and newest.ref:
        ref = newest.ref
        refuse_another(db.session, purchase.customer_id, attempt)
        db.session.rollback()
        found.expire_checkout(ref)
        sync(db.session, found, purchase_id)


def show_other_offer(purchase_id: int, me: Visitor, problem: PurchaseError) -> Response:
    """Where the package is sold as it is now; who came by a link finds that page behind it."""
    if me.link_id is None:
        return redirect(offer_of(purchase_id, me), 303)
    if isinstance(problem, NotForSale):
        return show_gone(problem)
    title = _("The offer has changed")
    words = _("You have not been charged. Open the link once more to see what it is now.")
    page = render_template("checkout/refused.html", title=title, text=words)
    return make_response(page, 409)


def offer_of(purchase_id: int, me: Visitor) -> str:
    """The checkout page of the package, which says what changed since."""
    purchase = get_own(db.session, purchase_id, me.customer_id)
    return url_for(
        "checkout.buy",
        package_id=purchase.package_id,
        release=purchase.release_number,
        country=purchase.country,
        lang=language(),
    )

"""A purchase's page: its life, what the provider said, what was bought, and its credits."""

from flask import Response, abort, make_response, render_template
from flask_babel import gettext as _
from flask_babel import pgettext

from blueprints.i18n import translated
from blueprints.locale import reader_locale
from blueprints.payment_provider import provider
from blueprints.purchases import bp, words
from blueprints.purchases.life import describe_life
from domain.catalogue.pending.pending import pending_changes
from domain.customers.customers import get_customer
from domain.numbers import tax_rate
from domain.purchases import queries, timeline
from domain.purchases.credit_notes import name_note
from domain.purchases.errors import PurchaseNotFound
from domain.purchases.models import Purchase
from domain.purchases.money_back_models import PaymentDispute, PaymentRefund
from domain.purchases.names import name_purchase
from domain.purchases.shown import Shown
from domain.purchases.taking import sold
from domain.purchases.timeline import Life
from extensions import db


@bp.get("/<id:purchase_id>")
def purchase(purchase_id: int) -> Response:
    return show(find_purchase(purchase_id))


def find_purchase(purchase_id: int) -> Purchase:
    try:
        return queries.get_purchase(db.session, purchase_id)
    except PurchaseNotFound as error:
        abort(404, translated(error))


def show(it: Purchase, status: int = 200, *, problem: str = "") -> Response:
    """With a problem on top, when something could not be done."""
    life = timeline.read_life(db.session, it)
    page = render_template(
        "purchases/purchase.html",
        it=it,
        life=life,
        problem=problem,
        can_sync=can_sync(it),
        can_refund=can_refund(it, life),
        name_note=name_note,
        lines=describe_life(life),
        buckets=list_buckets(life),
        customer=get_customer(db.session, it.customer_id),
        tax_name=name_tax(it),
        words=words,
        name_purchase=name_purchase,
        Shown=Shown,
        pending=pending_changes(db.session),
    )
    return make_response(page, status)


def can_sync(it: Purchase) -> bool:
    """Whether its provider is connected and can be asked."""
    connected = provider()
    return connected is not None and connected.name == it.provider


def can_refund(it: Purchase, life: Life) -> bool:
    """Whether some of the payment that counts is here, as far as the page knows."""
    rows: list[PaymentRefund | PaymentDispute] = [*life.refunds, *life.disputes]
    back = sold(it).add_up(one for one in rows if one.payment_ref == it.payment_ref)
    return can_sync(it) and it.payment_ref is not None and sum(back) < it.price_minor


def name_tax(it: Purchase) -> str:
    """ "VAT 19%"; "" where no tax is in the price."""
    if it.tax != "included":
        return ""
    return str(_("VAT %(rate)s", rate=tax_rate(it.tax_basis_points, reader_locale())))


def list_buckets(life: Life) -> list[tuple[str, int]]:
    """Where the credits of the purchase are: those that may be anywhere, and what there is else."""
    credits = life.credits
    usual = [
        (pgettext("credits", "Free"), credits.get("free", 0)),
        (_("Held"), credits.get("held", 0)),
        (_("Used"), credits.get("spent", 0)),
        (_("Refunded"), credits.get("revoked", 0)),
    ]
    rest = [(_("Frozen"), credits.get("frozen", 0)), (_("Owed"), credits.get("owed", 0))]
    return [*usual, *((name, count) for name, count in rest if count)]

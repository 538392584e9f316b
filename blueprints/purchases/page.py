"""A purchase's page."""

from flask import abort

from blueprints.i18n import translated
from blueprints.purchases import bp
from domain.purchases.errors import PurchaseNotFound
from domain.purchases.models import Purchase
from extensions import db


@bp.get("/<id:purchase_id>")
def purchase(purchase_id: int) -> str:
    return str(find_purchase(purchase_id).id)


def find_purchase(purchase_id: int) -> Purchase:
    found = db.session.get(Purchase, purchase_id)
    if found is None:
        abort(404, translated(PurchaseNotFound()))
    return found

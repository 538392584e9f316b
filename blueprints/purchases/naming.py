"""Where each purchase has its page, and each case of failed payments."""

from flask import url_for

from domain.purchases.failed_payments import Case


def page_of(purchase_id: int) -> str:
    return url_for("purchases.purchase", purchase_id=purchase_id)


def page_of_case(it: Case, anchor: str = "") -> str:
    return url_for(
        "purchases.failed_case",
        customer_id=it.customer_id,
        package_id=it.package_id,
        _anchor=anchor or None,
    )

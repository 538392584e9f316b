"""What the form's price, credits and place come to, said while they are typed."""

from flask import render_template
from flask_babel import gettext as _

from blueprints.locale import reader_locale
from blueprints.packages import bp
from blueprints.packages.forms import PackageForm
from blueprints.pages import country_name
from domain import money
from domain.catalogue.drafts import comparing, drafts, ordering
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.storefront import live
from extensions import db


@bp.post("/echo", defaults={"package_id": None})
@bp.post("/<id:package_id>/echo")
def echo(package_id: int | None) -> str:
    form = PackageForm(package_id)
    form.validate()
    on_sale = live.find_values(db.session, package_id) if package_id else None
    return render_template(
        "packages/_echo.html",
        form=form,
        live=on_sale,
        was_per_credit=_old_unit_price(form, on_sale),
        saving=_find_saving(form),
        place=_describe_place(form),
    )


def _old_unit_price(form: PackageForm, on_sale: PackageValues | None) -> str:
    """What a credit costs now; "" where that stays or cannot be compared."""
    if not (on_sale and form.price_minor and form.credits_number):
        return ""
    old = money.unit_price(on_sale.price_minor, on_sale.credits)
    new = money.unit_price(form.price_minor, form.credits_number)
    is_comparable = on_sale.currency == form.currency.data and old.per == new.per
    if not is_comparable or old == new:
        return ""
    return money.format(old.minor, on_sale.currency, reader_locale())


def _find_saving(form: PackageForm) -> comparing.DraftSaving | None:
    is_known = form.price_minor and form.credits_number
    if not is_known or form.country.errors or form.currency.errors:
        return None
    return comparing.find_saving(db.session, form.compared_values, form.package_id)


def _describe_place(form: PackageForm) -> str:
    if form.country.errors or form.position.errors:
        return ""
    country = form.country.data
    total, is_there = _staying_with(form, country)
    place = form.place or (form.position_number if is_there else None) or total
    return str(
        _(
            "Place %(place)s of %(total)s in %(country)s",
            place=min(place, total),
            total=total,
            country=country_name(country),
        )
    )


def _staying_with(form: PackageForm, country: str) -> tuple[int, bool]:
    """How many packages the country has once this form is saved, and if this one is among them."""
    is_there = (
        form.package_id is not None
        and drafts.get_package(db.session, form.package_id).country == country
    )
    return ordering.count_staying(db.session, country) + (not is_there), is_there

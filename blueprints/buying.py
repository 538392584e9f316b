"""How packages are bought: in words, and the address that a card leads to."""

from flask import request
from flask_babel import lazy_gettext as _

from blueprints.locale import language
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.settings.rules import PACKAGE_MARK, Buying, SettingsValues
from domain.catalogue.storefront.live import LiveRelease
from domain.catalogue.storefront.offers import Offer

BUYING_WORDS = {
    Buying.HERE: _("Here"),
    Buying.LINK: _("At another address"),
    Buying.NOWHERE: _("Nowhere: cards have no button"),
}


def describe_buying(buying: str, link: str) -> str:
    """How packages are bought, in one line; `link` counts only where they are bought there."""
    return link if buying == Buying.LINK and link else str(BUYING_WORDS[Buying(buying)])


def has_button(settings: SettingsValues, package: PackageValues) -> bool:
    """What costs nothing cannot be bought."""
    return settings.buying != Buying.NOWHERE and package.price_minor > 0


def buy_address(release: LiveRelease, country: str, offer: Offer, root: str = "") -> str:
    """Where buyers who look at `country` buy the package, "" where they cannot; `root` is what
    the address of a page here starts with."""
    settings, package_id = release.settings, str(offer.package_id)
    if not has_button(settings, offer.values):
        return ""
    if settings.buying == Buying.LINK:
        return settings.buying_link.replace(PACKAGE_MARK, package_id)
    asked = f"release={release.number}&country={country}&lang={language()}"
    return f"{root or request.script_root}/checkout/{package_id}?{asked}"

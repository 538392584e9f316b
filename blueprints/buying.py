"""How packages are bought: in words, and the address that a card leads to."""

from flask_babel import lazy_gettext as _

from domain.catalogue.settings.rules import Buying

BUYING_WORDS = {
    Buying.HERE: _("Here"),
    Buying.LINK: _("At another address"),
    Buying.NOWHERE: _("Nowhere: cards have no button"),
}


def describe_buying(buying: str, link: str) -> str:
    """How packages are bought, in one line; `link` counts only where they are bought there."""
    return link if buying == Buying.LINK and link else str(BUYING_WORDS[Buying(buying)])

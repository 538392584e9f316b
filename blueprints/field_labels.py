"""What the fields of packages, settings and markets are called where a change of them is told."""

from blueprints.i18n import translated
from domain.languages import LANGUAGES
from domain.messages import message

LABELS = {
    "name": message("Name"),
    "credits": message("Credits"),
    "price_minor": message("Price"),
    "currency": message("Currency"),
    "country": message("Country"),
    "short_info": message("Short Info"),
    "platform_name": message("Platform Name"),
    "default_country": message("Default Country"),
    "main_language": message("Main Language"),
    "time_zone": message("Time Zone"),
    "intro": message("Intro Text"),
    "buying": message("How packages are bought"),
    "tax": message("Tax"),
    "note": message("Note"),
    "position": message("Order"),
}


def field_label(field: str) -> str:
    """What the field is called; a text along with its language."""
    if field in LABELS:
        return translated(LABELS[field])
    text, _underscore, code = field.rpartition("_")
    return f"{translated(LABELS[text])} ({LANGUAGES[code]})"

"""What the settings may hold. Pure; the database repeats the limits as CHECKs."""

from enum import StrEnum
from typing import NamedTuple

from domain import origins
from domain.catalogue.rules import (
    InvalidText,
    Rules,
    check_country,
    clean_lines,
    clean_name,
    clean_text,
)
from domain.languages import LANGUAGES, SOURCE, fields_of
from domain.messages import message
from domain.times import TIME_ZONES

INTRO_LIMIT = 500
LINK_LIMIT = 500
# What stands for the package in a link to where packages are bought.
PACKAGE_MARK = "{id}"
LINK_EXAMPLE = "https://www.example.com/buy?package={id}"
ZONE_LIMIT = 40


class Buying(StrEnum):
    """How packages are bought."""

    HERE = "here"
    LINK = "link"  # at another address
    NOWHERE = "nowhere"  # cards have no button


class SettingsValues(NamedTuple):
    """What buyers see besides packages; a day ends at midnight in `time_zone` (IANA's name).

    The intro is written in several languages. Where one is missing, buyers read `main_language`.
    `buying_link` is an address with {id} in it, "" unless packages are bought there.
    """

    platform_name: str
    default_country: str
    intro_en: str = ""
    intro_tr: str = ""
    intro_de: str = ""
    intro_ar: str = ""
    main_language: str = SOURCE
    time_zone: str = "UTC"
    buying: str = Buying.HERE.value
    buying_link: str = ""


SETTINGS_FIELDS = SettingsValues._fields
INTRO_FIELDS = fields_of("intro")
BUYING_FIELDS = ("buying", "buying_link")
INITIAL_SETTINGS = SettingsValues("Our platform", "US")


def clean_intro(text: str) -> str:
    return clean_lines(text, INTRO_LIMIT)


def check_language(code: str) -> str:
    if code not in LANGUAGES:
        raise InvalidText(message("Choose a language from the list."))
    return code


def check_time_zone(name: str) -> str:
    if name not in TIME_ZONES:
        raise InvalidText(message("Choose a time zone from the list."))
    return name


def check_buying(buying: str) -> str:
    if buying not in [each.value for each in Buying]:
        raise InvalidText(message("Choose how packages are bought."))
    return buying


def clean_buying_link(text: str) -> str:
    """An address of https (http on this machine) with one {id} in it, or ""."""
    text = clean_text(text, LINK_LIMIT)
    if not text:
        return ""
    if text.count(PACKAGE_MARK) != 1 or {*"{}"} & {*text.replace(PACKAGE_MARK, "")}:
        raise InvalidText(
            message(
                "Write {id} once, where the package's number goes, like %(example)s.",
                example=LINK_EXAMPLE,
            )
        )
    try:
        return origins.normal_page(text, LINK_LIMIT)
    except origins.UnfitOrigin as error:
        raise InvalidText(*error.args) from None


SETTINGS_RULES: Rules = {
    "platform_name": clean_name,
    "default_country": check_country,
    "main_language": check_language,
    "time_zone": check_time_zone,
    "buying": check_buying,
    "buying_link": clean_buying_link,
    **dict.fromkeys(INTRO_FIELDS, clean_intro),
}

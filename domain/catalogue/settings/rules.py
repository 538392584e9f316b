"""What the settings may hold. Pure; the database repeats the limits as CHECKs."""

from typing import NamedTuple

from domain.catalogue.rules import InvalidText, Rules, check_country, clean_lines, clean_name
from domain.languages import LANGUAGES, SOURCE, fields_of
from domain.messages import message
from domain.times import ZONES

INTRO_LIMIT = 500
ZONE_LIMIT = 40
# Those with a place's name; the others are aliases and offsets.
AREAS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe"),
    *("Indian", "Pacific"),
)
TIME_ZONES = frozenset({"UTC"}).union(
    zone for zone in ZONES if zone.startswith(tuple(f"{area}/" for area in AREAS))
)


class SettingsValues(NamedTuple):
    """What buyers see besides packages; a day ends at midnight in `time_zone` (IANA's name).

    The intro is written in several languages. Where one is missing, buyers read `main_language`.
    """

    platform_name: str
    default_country: str
    intro_en: str = ""
    intro_tr: str = ""
    intro_de: str = ""
    intro_ar: str = ""
    main_language: str = SOURCE
    time_zone: str = "UTC"


SETTINGS_FIELDS = SettingsValues._fields
INTRO_FIELDS = fields_of("intro")
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


SETTINGS_RULES: Rules = {
    "platform_name": clean_name,
    "default_country": check_country,
    "main_language": check_language,
    "time_zone": check_time_zone,
    **dict.fromkeys(INTRO_FIELDS, clean_intro),
}

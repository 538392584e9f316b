"""The languages that buyers read, and texts that are written in several of them. Pure."""

from collections.abc import Iterable

# Each as it is called in itself; the texts in the code are in the first.
LANGUAGES = {"en": "English", "tr": "Türkçe", "de": "Deutsch", "ar": "العربية"}
SOURCE = "en"
# Those that the pages and mails for admins are written in.
ADMINS_LANGUAGES = (SOURCE, "tr")


def admins_language(main: str) -> str:
    """In which admins are written to where buyers read mainly `main`."""
    return main if main in ADMINS_LANGUAGES else SOURCE


def fields_of(text: str) -> tuple[str, ...]:
    """The fields that hold a text, one for each language: "intro_en", "intro_tr", …"""
    return tuple(f"{text}_{code}" for code in LANGUAGES)


def text_in(values: object, text: str, languages: Iterable[str]) -> str:
    """The text in the first of these languages that it is written in; "" when in none."""
    written = (getattr(values, f"{text}_{code}", "") for code in languages)
    return next((words for words in written if words), "")

"""What of a preview is looked at, as the address of its page says it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import request

from blueprints.locale import address_country, known_language

SIDES = ("draft", "live", "both")
WIDTHS = ("desktop", "phone")
# An address leaves these out.
USUAL = ("", SIDES[0], WIDTHS[0])


@dataclass(frozen=True)
class View:
    """`page` is the address without what is chosen.

    `language` is the one of the cards, "" for the reader's own. The address names it by
    `language_key`: the page around the cards is in a language of its own, but for guests.
    """

    page: str
    language_key: str
    country: str
    show: str
    width: str
    language: str

    @classmethod
    def read(cls, page: str = "", language_key: str = "cards") -> "View":
        """What is no choice is left out."""
        asked = request.args
        return cls(
            page,
            language_key,
            address_country() or "",
            _one_of(SIDES, asked.get("show")),
            _one_of(WIDTHS, asked.get("width")),
            known_language(asked.get(language_key, "")) or "",
        )

    @property
    def query(self) -> dict[str, str]:
        chosen = {
            "country": self.country,
            "show": self.show,
            "width": self.width,
            self.language_key: self.language,
        }
        return {key: value for key, value in chosen.items() if value not in USUAL}

    @property
    def address(self) -> str:
        return f"{self.page}?{urlencode(self.query)}"

    def but(self, **changed: str) -> str:
        """The address of this view but for one choice."""
        return replace(self, **changed).address


def _one_of(choices: Sequence[str], asked: str | None) -> str:
    """The first where none of them is asked for."""
    return asked if asked and asked in choices else choices[0]

"""The words with which buyers withdraw.

They have a version, which the withdrawal keeps. So words that were ever shown are never changed:
others get a version and files of their own, and the former ones stay.
"""

VERSION = "2026-12"
WORDS = {
    "2026-12": {
        "en": "withdrawals/declaration/2026-12/en.html",
        "tr": "withdrawals/declaration/2026-12/tr.html",
        "de": "withdrawals/declaration/2026-12/de.html",
        "ar": "withdrawals/declaration/2026-12/ar.html",
    },
}


def words_in(language: str, version: str = VERSION) -> str:
    """The template that says them."""
    return WORDS[version][language]

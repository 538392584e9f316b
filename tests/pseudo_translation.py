"""A language in which every text that is looked up stands in ⟦⟧, to find those that are not."""

import re
from collections.abc import Iterable

from babel.support import NullTranslations

from tests.html import text_without, texts, values

SCRIPTS = (
    *("error", "retry", "unreachable", "unanswered", "unsaved", "copied", "selected", "unmoved"),
    *("first", "last", "stays", "moving", "typed", "one", "several"),
)
NAMES = ("aria-label", "title", "placeholder", "alt", *(f"data-{script}" for script in SCRIPTS))
# What people typed, times, choices by their own names, and code to copy.
DATA = (
    "script, [dir=auto], bdi, time, pre, select, textarea, .languages, .language-choice, .initials"
)


class Marked(NullTranslations):
    """English, and what is looked up in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:  # noqa: ARG002 - as Babel has it
        return self.gettext(message)

    ugettext, ungettext, upgettext = gettext, ngettext, pgettext


def unmarked(html: str, data: Iterable[str] = ()) -> list[str]:
    """The words in `html` that were not looked up, names and titles included, and are no data."""
    # The code to copy is HTML too, and some of it will be read by people.
    pages = [html, *texts(html, "pre")]
    names = [name for page in pages for kind in NAMES for name in values(page, f"[{kind}]", kind)]
    said = " | ".join([*names, *(text_without(page, DATA) for page in pages)])
    while re.search("⟦[^⟦⟧]*⟧", said):
        said = re.sub("⟦[^⟦⟧]*⟧", "", said)
    for word in sorted(data, key=len, reverse=True):
        said = said.replace(word, "")
    return re.findall(r"[^\W\d_]+", said)

"""A language in which every text that is looked up stands in ⟦⟧, to find those that are not."""

import re
from collections.abc import Iterable

from babel.support import NullTranslations

SCRIPTS = (
    "error|retry|unreachable|unanswered|unsaved|copied|selected|unmoved|first|last|stays|moving|typed"
    "|one|several"
)
NAMES = rf' (?:aria-label|title|placeholder|alt|data-(?:{SCRIPTS}))="([^"]*)"'
# What people typed, times, choices by their own names, and code to copy.
DATA = (
    r"<(\w+)[^>]* dir=\"auto\"[^>]*>.*?</\1>|<bdi>.*?</bdi>|<time.*?</time>|<pre.*?</pre>"
    r"|<select.*?</select>|<textarea.*?</textarea>|<nav class=\"languages\".*?</nav>"
)


class Marked(NullTranslations):
    """English, and what is looked up in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    ugettext, ungettext = gettext, ngettext


def unmarked(html: str, data: Iterable[str] = ()) -> list[str]:
    """The words in `html` that were not looked up, names and titles included, and are no data."""
    html = re.sub(r"<script.*?</script>|<!--.*?-->", "", html, flags=re.DOTALL)
    names = " | ".join(re.findall(NAMES, html))
    text = re.sub(r"<[^>]*>", " ", re.sub(DATA, " ", html, flags=re.DOTALL))
    said = f"{names} | {text}"
    while re.search("⟦[^⟦⟧]*⟧", said):
        said = re.sub("⟦[^⟦⟧]*⟧", "", said)
    for word in sorted(data, key=len, reverse=True):
        said = said.replace(word, "")
    return re.findall(r"[^\W\d_]+", said)

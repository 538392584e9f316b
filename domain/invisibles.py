"""Characters that show as nothing: with one, two texts that look alike are not the same. Pure.

Look-alikes that show, such as a Cyrillic "а" for a Latin one, are none of them.
"""

import re
import unicodedata

# Unicode's Default_Ignorable_Code_Point property, what separates lines, and what is as blank as a
# space without being one; with them U+FFFD, which stands for what was no text.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\ufffd\U00016fe4\U0001bca0-\U0001bca3"
    "\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Scripts from Arabic to Burmese, Khmer, Mongolian, and Arabic in its old forms.
_JOINING = "\u0600-\u109f\u1780-\u18af\ufb50-\ufdff"
_EMOJI = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf"
_EMOJI += "\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_IDEOGRAPHS = "\u3400-\u9fff\U00020000-\U0003ffff"
# Where they change what shows: می‌خواهم, 👩‍💻, ❤️, 1️⃣, 葛󠄀, the flag of England.
_NEEDED = re.compile(
    f"(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
    f"|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])"
    f"|(?<=[{_EMOJI}])[\ufe0e\ufe0f]"
    "|(?<=[0-9#*])\ufe0f(?=\u20e3)"
    f"|(?<=[{_IDEOGRAPHS}])[\U000e0100-\U000e01ef]"
    "|\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]+\U000e007f"
)


# They show as nothing and do not print, but Persian and Indian names are written with them.
_JOINERS = "\u200c\u200d"


def one_line(text: str) -> str:
    """In NFC, with single spaces between its words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def has_unseen(line: str) -> bool:
    """Whether a line holds an invisible character, or one that does not print, such as a bell."""
    return has_invisible(line) or not all(char.isprintable() or char in _JOINERS for char in line)


def has_invisible(text: str) -> bool:
    """Whether it holds one where no script and no emoji needs it."""
    # Most texts hold none at all, and that is told ten times as fast.
    return bool(_INVISIBLE.search(text) and _INVISIBLE.search(_NEEDED.sub("", text)))


def without_invisibles(text: str) -> str:
    return _INVISIBLE.sub("", text)

"""Characters that show as nothing: with one, two texts that look alike are not the same. Pure.

Look-alikes that show, such as a Cyrillic "а" for a Latin one, are none of them.
"""

import re
import unicodedata

# Unicode's property Default_Ignorable_Code_Point, whole.
_DEFAULT_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# With them what separates lines, what is as blank as a space without being one (of Braille, of
# Egyptian, Khitan and musical writing), and U+FFFD, which stands for what was no text.
ALSO_INVISIBLE = "\u2028\u2029\u2800\ufffd\U00013441\U00013442\U00016fe4\U0001d159"
_INVISIBLE = re.compile(f"[{_DEFAULT_IGNORABLE}{ALSO_INVISIBLE}]")
# Scripts from Arabic to Burmese, Khmer, Mongolian, and Arabic in its old forms.
_JOINING = "\u0600-\u109f\u1780-\u18af\ufb50-\ufdff"
_EMOJI = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf"
_EMOJI += "\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_IDEOGRAPHS = "\u3400-\u9fff\U00020000-\U0003ffff"
# Where they change what shows: می‌خواهم, 👩‍💻, ❤️, 1️⃣, 葛󠄀, and the flags of England, Scotland and
# Wales, the only ones that are written so. In others the same letters would hide any text.
_NEEDED = re.compile(
    f"(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
    f"|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])"
    f"|(?<=[{_EMOJI}])[\ufe0e\ufe0f]"
    "|(?<=[0-9#*])\ufe0f(?=\u20e3)"
    f"|(?<=[{_IDEOGRAPHS}])[\U000e0100-\U000e01ef]"
    "|\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067"
    "|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f"
)


def one_line(text: str) -> str:
    """In NFC, with single spaces between its words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def has_unseen(line: str) -> bool:
    """Whether a line holds an invisible character, or one that does not print, such as a bell."""
    return has_invisible(line) or not _NEEDED.sub("", line).isprintable()


def has_invisible(text: str) -> bool:
    """Whether it holds one where no script and no emoji needs it, or accents without a letter."""
    # Most texts hold none at all, and that is told ten times as fast.
    is_hiding = bool(_INVISIBLE.search(text) and _INVISIBLE.search(_NEEDED.sub("", text)))
    return is_hiding or _is_bare(text.strip())


def _is_bare(text: str) -> bool:
    """Whether nothing stands under its accents: of Unicode's categories it has M and Z alone."""
    return text != "" and all(unicodedata.category(char)[0] in "MZ" for char in text)


def without_invisibles(text: str) -> str:
    return _INVISIBLE.sub("", text)

"""Whether a password is easy to guess, by zxcvbn's estimate: common passwords, words and names,
dates, sequences, walks over the keyboard. Pure.

What people vary to get past such a check counts nothing: capitals, accents, spaces, the same word
again, a year, a sign at the end.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from math import prod
from typing import Any

from domain.invisibles import one_line, without_invisibles

# zxcvbn's score 3 of 4: "safely unguessable", for hashes that are slow to try.
FEWEST_GUESSES = 10**8
# Two words that are said twice have fewer characters when they are said once.
FEWEST_SAID_ONCE = 12
# What comes after is not looked at. Limited are also the characters, squared, times the ways to
# read signs as letters ("p4$$w0rd"): zxcvbn tries them all, and would take seconds.
MOST_ESTIMATED = 64
MOST_WORK = 20_000
SHORTEST_WORD = 3
# Shorter ones are found in numbers that were drawn at random.
SHORTEST_DATE = 6
HABITS = frozenset({"regex", "repeat", "sequence", "spatial"})
# Our own name, and the words of the passphrase that all the world knows.
KNOWN_TO_ALL = ("scrip", "correct", "horse", "battery", "staple")

_ACCENTS = re.compile("[\u0300-\u036f]")
_PART = re.compile(r"[^\W\d_]+|\d+|[\W_]+")
_REPEATED = re.compile(r"(.{3,}?)\1+|(.)\2{2,}")
_UNSAID = re.compile(r" |(?<!\d)(19|20)\d\d(?!\d)")


def is_easy_to_guess(password: str, known: Iterable[str]) -> bool:
    """`known` is what others know about who uses it: texts, and the words in them."""
    words = [*KNOWN_TO_ALL, *_words(known)]
    text = _said_once(_plain(password), words)
    if len(text) < FEWEST_SAID_ONCE:
        return True
    whole = _estimate(_UNSAID.sub("", text), words)
    ideas = [part["token"] for part in whole["sequence"] if not _is_habit(part)]
    # All of it mostly: then it is not estimated again.
    is_all = len(ideas) == len(whole["sequence"])
    estimate = whole if is_all else _estimate("".join(ideas), words)
    return bool(estimate["guesses"] < FEWEST_GUESSES)


def _plain(text: str) -> str:
    """In small letters without accents, with single spaces and nothing invisible."""
    letters = unicodedata.normalize("NFKD", without_invisibles(text).casefold())
    return one_line(_ACCENTS.sub("", letters).replace("ı", "i"))


def _said_once(text: str, known: list[str]) -> str:
    """With one of each word, without those that are known, and with one of what repeats at once."""
    kept: list[str] = []
    for part in _PART.findall(_REPEATED.sub(r"\1\2", text)):
        if len(part) < SHORTEST_WORD or part not in (*known, *kept):
            kept.append(part)
    return "".join(kept)


def _words(known: Iterable[str]) -> Iterator[str]:
    """Each text without its spaces, and its words."""
    for text in map(_plain, known):
        for word in (text.replace(" ", ""), *_PART.findall(text)):
            if len(word) >= SHORTEST_WORD:
                yield word


def _is_habit(part: dict[str, Any]) -> bool:
    """Whether a part, as zxcvbn describes it, is what many put before or after a word."""
    pattern, length = part["pattern"], len(part["token"])
    if length < SHORTEST_WORD or pattern in HABITS:
        return True
    if pattern == "date" or (pattern == "dictionary" and part["token"].isdecimal()):
        return length >= SHORTEST_DATE
    return part.get("dictionary_name") == "user_inputs"


def _estimate(text: str, known: list[str]) -> dict[str, Any]:
    """Its "guesses", and the "sequence" of parts that they are made of."""
    if not text:
        return {"guesses": 1, "sequence": []}
    from zxcvbn import matching, scoring  # noqa: PLC0415 - its lists take long to load

    text = text[: estimated_length(text)]
    # Not by zxcvbn(): it keeps the known words where those of another thread replace them.
    words = matching.RANKED_DICTIONARIES | {"user_inputs": matching.build_ranked_dict(known)}
    matches = matching.omnimatch(text, words)
    estimate: dict[str, Any] = scoring.most_guessable_match_sequence(text, matches)
    return estimate


def estimated_length(text: str) -> int:
    """How many of its characters are looked at."""
    length = min(len(text), MOST_ESTIMATED)
    while _ways_to_read(text[:length]) * length**2 > MOST_WORK:
        length -= 1
    return length


def _ways_to_read(text: str) -> int:
    from zxcvbn import matching  # noqa: PLC0415 - its lists take long to load

    signs = matching.relevant_l33t_subtable(text, matching.L33T_TABLE)
    return prod(len(letters) for letters in signs.values())

"""Sentences that say themselves in English and can be said in other languages. Pure."""

from collections.abc import Mapping


class Sentence(str):
    """English text that keeps what another language needs: `texts` as they stand in the code (the
    second is for several), and `parts` for their %(names)s. A part may be a sentence itself."""

    __slots__ = ("parts", "texts")
    texts: tuple[str, ...]
    parts: Mapping[str, str | int]

    def __new__(cls, texts: tuple[str, ...], parts: Mapping[str, str | int]) -> "Sentence":
        text = texts[0] if parts.get("count", 1) == 1 else texts[-1]
        self = super().__new__(cls, text % {name: _english(part) for name, part in parts.items()})
        self.texts, self.parts = texts, parts
        return self


def sentence(text: str, /, **parts: str | int) -> Sentence:
    """`text` with `parts`; a "%" in it is written twice. Whole numbers are written in groups."""
    return Sentence((text,), parts)


def counted(one: str, several: str, /, *, count: int, **parts: str | int) -> Sentence:
    """`one` or `several`, as it fits `count`."""
    return Sentence((one, several), {"count": count, **parts})


def _english(part: str | int) -> str:
    return f"{part:,}" if isinstance(part, int) else part

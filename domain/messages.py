"""Messages in English that can be translated later, when it is known who reads them. Pure."""

from collections.abc import Mapping


class Message(str):
    """English text that keeps what another language needs: `texts` as they stand in the code (the
    second is for several), and `parts` for their %(names)s. A part may be a message itself."""

    __slots__ = ("parts", "texts")
    texts: tuple[str, ...]
    parts: Mapping[str, str | int]

    def __new__(cls, texts: tuple[str, ...], parts: Mapping[str, str | int]) -> "Message":
        text = texts[0] if parts.get("count", 1) == 1 else texts[-1]
        self = super().__new__(cls, text % {name: _english(part) for name, part in parts.items()})
        self.texts, self.parts = texts, parts
        return self


def message(text: str, /, **parts: str | int) -> Message:
    """`text` with `parts`; a "%" in it is written twice. Whole numbers are written in groups."""
    return Message((text,), parts)


def plural_message(one: str, several: str, /, *, count: int, **parts: str | int) -> Message:
    """`one` or `several`, as it fits `count`."""
    return Message((one, several), {"count": count, **parts})


def _english(part: str | int) -> str:
    return f"{part:,}" if isinstance(part, int) else part

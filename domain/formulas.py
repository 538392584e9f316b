"""Texts in cells of a spreadsheet, kept from being formulas, and read back as they were. Pure."""

import unicodedata

# A spreadsheet takes a text for a formula that begins with one of these, in any width.
FORMULAS = ("=", "+", "-", "@", "\N{MINUS SIGN}")


def harmless(text: str) -> str:
    """The text with a ' before whatever would be a formula, or would be read back as one that was
    made harmless. Where decimals have a comma, spreadsheets begin a new cell behind each semicolon,
    also within quotes."""
    return ";".join(
        f"'{part}" if is_formula(part.lstrip("'")) else part for part in text.split(";")
    )


def as_typed(cell: str) -> str:
    """The text that `harmless` made this cell of."""
    return ";".join(
        part[1:] if part.startswith("'") and is_formula(part.lstrip("'")) else part
        for part in cell.split(";")
    )


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might take the text for a formula."""
    bare = unicodedata.normalize("NFKC", text).lstrip()
    return text.startswith(("\t", "\r")) or bare.startswith(FORMULAS)

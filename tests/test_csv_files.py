"""Files of comma-separated values: what a spreadsheet would take for a formula."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.formulas import as_typed, harmless, is_formula


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@sum(1)",
        "\t=1",
        "\r=1",
        "  =1",
        "＝1",
        "＋1",
        "－1",
        "＠1",
        "\u3000=1",
        "−1",
    ],
)
def test_no_text_is_a_formula(text: str) -> None:
    """Caught: spaces before the sign, which spreadsheets skip; the signs of Japanese keyboards."""
    assert is_formula(text)


@pytest.mark.parametrize("text", ["", "Ayşe", "a=1", "1-2", "(=1)", "'=1", "a@b.example"])
def test_other_text_is_left_alone(text: str) -> None:
    assert not is_formula(text)


def test_a_semicolon_begins_no_formula() -> None:
    """Caught: a customer who calls themselves "A;=HYPERLINK(…)", read by a German Excel."""
    assert harmless('A;=HYPERLINK("x");b; @c') == """A;'=HYPERLINK("x");b;' @c"""
    assert harmless("=a;b") == "'=a;b"
    assert harmless("Ayşe; Bora") == "Ayşe; Bora"


@given(st.text(alphabet="'=+-@;\t a−＝", max_size=12))
def test_a_harmless_text_is_read_back_as_it_was_typed(text: str) -> None:
    """Caught: `'=x` that somebody typed read back as `=x`."""
    assert as_typed(harmless(text)) == text
    assert not any(is_formula(part) for part in harmless(text).split(";"))

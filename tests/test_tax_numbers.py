"""Tax numbers: those that exist are taken as people write them, slips are found."""

import pytest
from stdnum.util import get_cc_module

from domain.tax_numbers import FURTHER, UnfitTaxNumber, check_tax_number

FIT = [
    *(("DE", "DE 136 695 976"), ("DE", "136695976"), ("DE", "181/815/08155")),
    *(("TR", "4540536920"), ("TR", "17291716060"), ("GB", "GB 980 7806 84")),
    *(("IN", "27AAPFU0939F1ZV"), ("GR", "EL 094259216"), ("US", "91-1144442")),
    # Registered in another country, and where no number is known.
    *(("CH", "ATU13585627"), ("AE", "100 2345 6789 0003"), ("SA", "-")),
]


@pytest.mark.parametrize(("country", "text"), FIT)
def test_numbers_that_exist_are_taken(country: str, text: str) -> None:
    """Caught: the country's number for VAT alone."""
    check_tax_number(text, country)


@pytest.mark.parametrize(
    ("country", "text"),
    [
        *(("DE", "DE 136 695 977"), ("TR", "4540536921"), ("TR", "17291716061"), ("DE", "ß" * 40)),
        *(("GB", "GB 980 7806 85"), ("IN", "27AAPFU0939F1ZX"), ("GR", "²٣½"), ("CH", "DE1")),
    ],
)
def test_slips_are_found(country: str, text: str) -> None:
    with pytest.raises(UnfitTaxNumber, match="This is no tax number in .*Check each digit."):
        check_tax_number(text, country)


@pytest.mark.parametrize("country", FURTHER)
def test_further_numbers_are_known_to_the_library(country: str) -> None:
    """Caught: a module that it does not have, which was skipped in silence."""
    assert all(get_cc_module(country, name) for name in FURTHER[country])

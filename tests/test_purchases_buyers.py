"""What buyers may say of the company that they buy for."""

import pytest

from domain.purchases.buyers import UnfitBuyer, clean_company, clean_tax_number
from domain.purchases.rules import COMPANY_CHARACTERS, TAX_NUMBER_CHARACTERS


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        *(("DE 136 695 976", "DE"), ("136695976", "DE"), ("4540536920", "TR"), ("", "TR")),
        # Of the country that it begins with.
        *(("ATU13585627", "TR"), ("GB 980 7806 84", "DE"), ("atu13585627", "AE")),
        ("100 2345 6789 0003", "AE"),
    ],
)
def test_a_tax_number_is_that_of_the_market_or_of_its_prefix(typed: str, country: str) -> None:
    """Caught: a British number refused in Germany."""
    assert clean_tax_number(f" {typed}\t", country) == typed


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        *(("DE 136 695 977", "DE"), ("GB 980 7806 85", "DE"), ("ATU13585628", "AE")),
        *(("1" * (TAX_NUMBER_CHARACTERS + 1), "AE"), ("1\u200b2", "AE"), ("12", "TR")),
    ],
)
def test_slips_are_found(typed: str, country: str) -> None:
    with pytest.raises(UnfitBuyer):
        clean_tax_number(typed, country)


def test_a_company_is_one_line_of_no_more_than_fits() -> None:
    assert clean_company(" Lotus \n GmbH ") == "Lotus GmbH"
    for typed in ("L" * (COMPANY_CHARACTERS + 1), "Lotus\u202eGmbH", "Lotus\0"):
        with pytest.raises(UnfitBuyer):
            clean_company(typed)

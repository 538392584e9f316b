"""What buyers may say of the company that they buy for. Pure."""

from domain import countries
from domain.invisibles import has_unseen, one_line
from domain.messages import message
from domain.purchases.rules import COMPANY_CHARACTERS, TAX_NUMBER_CHARACTERS
from domain.tax_numbers import UnfitTaxNumber, check_tax_number

PREFIX = 2


class UnfitBuyer(ValueError):
    """This is no name of a company, or no tax number; says what to do."""


def clean_company(text: str) -> str:
    """ "" for none. Raises UnfitBuyer."""
    return _clean_line(text, COMPANY_CHARACTERS)


def clean_tax_number(text: str, country: str) -> str:
    """That of a company in the country, or in the one whose code it begins with. "" for none.
    Raises UnfitBuyer."""
    number = _clean_line(text, TAX_NUMBER_CHARACTERS)
    if number:
        _check_tax_number(number, country)
    return number


def _check_tax_number(number: str, country: str) -> None:
    prefix = number[:PREFIX].upper()
    try:
        check_tax_number(number, prefix if prefix in countries.CODES else country)
    except UnfitTaxNumber as problem:
        raise UnfitBuyer(*problem.args) from None


def _clean_line(text: str, most: int) -> str:
    line = one_line(text)
    if has_unseen(line):
        raise UnfitBuyer(message("It holds an invisible character. Type the text by hand."))
    if len(line) > most:
        raise UnfitBuyer(
            message("The text is too long. Use at most %(most)s characters.", most=most)
        )
    return line

"""What may be said of the company. Pure; the database repeats the limits as CHECKs."""

from typing import NamedTuple

from domain import countries
from domain.company.errors import UnfitCompany
from domain.emails import UnfitAddress, normal_address
from domain.invisibles import has_unseen, one_line
from domain.messages import message
from domain.origins import UnfitOrigin, normal_page
from domain.tax_numbers import UnfitTaxNumber, check_tax_number

NAME_CHARACTERS = 120
ADDRESS_CHARACTERS = 400
TAX_NUMBER_CHARACTERS = 40
PHONE_CHARACTERS = 40
URL_CHARACTERS = 500


class CompanyValues(NamedTuple):
    """What buyers are told about who sells. The address has several lines; tax number, phone and
    the links to terms and privacy may be ""."""

    legal_name: str
    address: str
    country: str
    tax_number: str
    email: str
    phone: str
    terms_url: str
    privacy_url: str

    @property
    def is_complete(self) -> bool:
        """Whether all is said that buyers have to be told before they pay real money."""
        needed = (self.legal_name, self.address, self.country, self.email)
        return all((*needed, self.terms_url, self.privacy_url))


def clean_values(values: CompanyValues) -> CompanyValues:
    """As it is kept. Raises UnfitCompany."""
    check_country(values.country)
    return CompanyValues(
        legal_name=clean_name(values.legal_name),
        address=clean_address(values.address),
        country=values.country,
        tax_number=clean_tax_number(values.tax_number, values.country),
        email=clean_email(values.email),
        phone=clean_phone(values.phone),
        terms_url=clean_link(values.terms_url),
        privacy_url=clean_link(values.privacy_url),
    )


def clean_name(text: str) -> str:
    name = _clean_line(text, NAME_CHARACTERS)
    if not name:
        raise UnfitCompany(message("Enter the name as it stands in the register."))
    return name


def clean_address(text: str) -> str:
    """Its lines, without empty ones."""
    lines = [_clean_line(line, ADDRESS_CHARACTERS) for line in text.splitlines()]
    address = "\n".join(line for line in lines if line)
    if not address:
        raise UnfitCompany(message("Enter street, place and postal code."))
    return _check_length(address, ADDRESS_CHARACTERS)


def check_country(code: str) -> None:
    if code not in countries.CODES:
        raise UnfitCompany(message("Choose a country from the list."))


def clean_tax_number(text: str, country: str) -> str:
    """ "" for none."""
    number = _clean_line(text, TAX_NUMBER_CHARACTERS)
    try:
        if number:
            check_tax_number(number, country)
    except UnfitTaxNumber as error:
        raise UnfitCompany(*error.args) from None
    return number


def clean_email(text: str) -> str:
    try:
        return normal_address(text)
    except UnfitAddress as error:
        raise UnfitCompany(*error.args) from None


def clean_phone(text: str) -> str:
    """ "" for none."""
    phone = _clean_line(text, PHONE_CHARACTERS)
    if phone and not any(char.isdecimal() for char in phone):
        raise UnfitCompany(message("Enter a phone number, like +49 30 1234567."))
    return phone


def clean_link(text: str) -> str:
    """ "" for none."""
    try:
        return normal_page(text, URL_CHARACTERS) if text.strip() else ""
    except UnfitOrigin as error:
        raise UnfitCompany(*error.args) from None


def _clean_line(text: str, most: int) -> str:
    line = one_line(text)
    if has_unseen(line):
        raise UnfitCompany(message("It holds an invisible character. Type the text by hand."))
    return _check_length(line, most)


def _check_length(text: str, most: int) -> str:
    if len(text) > most:
        raise UnfitCompany(
            message("The text is too long. Use at most %(most)s characters.", most=most)
        )
    return text

"""Tax numbers of companies and people, as far as they tell whether they were mistyped. Pure."""

from domain.countries import Country
from domain.messages import message

# Numbers for tax besides the one for VAT: modules of python-stdnum, by country. Where it knows no
# number of a country at all, any text will do.
FURTHER = {
    "AT": ("tin",),
    "AU": ("acn", "tfn"),
    "BR": ("cpf",),
    "CH": ("uid",),
    "CR": ("cpf", "cr"),
    "DE": ("stnr", "idnr"),
    "DO": ("cedula",),
    "EC": ("ci",),
    "EE": ("registrikood",),
    "FI": ("ytunnus",),
    "FR": ("siren", "siret", "nif"),
    "GB": ("utr",),
    "IE": ("pps",),
    "IL": ("idnr",),
    "IN": ("pan",),
    "IT": ("codicefiscale",),
    "MD": ("idno",),
    "NO": ("orgnr",),
    "PL": ("pesel", "regon"),
    "RO": ("cnp",),
    "RU": ("ogrn",),
    "SE": ("orgnr", "personnummer"),
    "SK": ("rc",),
    "TH": ("tin", "pin"),
    "TR": ("tckimlik",),
    "UA": ("edrpou", "rntrc"),
    "US": ("tin", "ein"),
    "ZA": ("tin",),
}


class UnfitTaxNumber(ValueError):
    """This text is no tax number; says what to do."""


def check_tax_number(text: str, country: str) -> None:
    """Of a company in this country, or one for VAT that begins with the country of its own in the
    European Union. Raises UnfitTaxNumber."""
    # When it is needed: it takes a tenth of a start.
    from stdnum.eu import vat  # noqa: PLC0415
    from stdnum.util import get_cc_module  # noqa: PLC0415

    kinds = [get_cc_module(country, name) for name in ("vat", *FURTHER.get(country, ()))]
    known = [kind for kind in kinds if kind is not None]
    if known and not any(kind.is_valid(text) for kind in (*known, vat)):
        raise UnfitTaxNumber(
            message(
                "This is no tax number in %(country)s. Check each digit.", country=Country(country)
            )
        )

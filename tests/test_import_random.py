"""Export, then import: whatever the catalogue holds, and however a spreadsheet writes the file."""

import csv
import io
from dataclasses import dataclass

from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.catalogue.imports.comparing import Outcome
from domain.catalogue.imports.files import get_file, keep_file, read_file
from domain.catalogue.imports.reading import decode
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import CREDITS_LIMIT, PRICE_LIMIT, clean_short_info
from domain.catalogue.rules import InvalidText, clean_name
from domain.database import writing
from tests.conftest import ADMIN
from tests.page_helpers import LIST, add

CURRENCIES = {"US": "USD", "TR": "TRY", "DE": "EUR", "JP": "JPY", "KW": "KWD"}
EACH = 2
# What means something to CSV or to a spreadsheet, and some that do not.
SIGNS = "\"',;=+-@−＝\t\n\r|\\ 　aßİ1.,دينار"


def fits(text: str, clean: object) -> bool:
    try:
        return clean(text) == text  # type: ignore[operator, no-any-return]
    except InvalidText:
        return False


TEXT = st.text(SIGNS, max_size=12).map(lambda text: " ".join(text.split("\n")).strip())
NAME = TEXT.filter(lambda text: fits(text, clean_name))
INFO = TEXT.filter(lambda text: fits(text, clean_short_info))
PACKAGE = st.fixed_dictionaries(
    {
        "name": NAME,
        "short_info": INFO,
        "credits": st.integers(1, 10**4) | st.integers(1, CREDITS_LIMIT),
        "price_minor": st.integers(0, 10**5) | st.integers(0, PRICE_LIMIT),
    }
)


@dataclass(frozen=True)
class Spreadsheet:
    """How one writes a file again that it has read."""

    separator: str
    ends: str
    quoting: int
    encoding: str
    first: bool  # a line that names the separator
    numbers: bool  # the columns that say which package a line was exported from

    def rewrite(self, exported: bytes, separator: str) -> bytes:
        text = exported.decode("utf-8-sig")
        rows = [*csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
        written = io.StringIO()
        if self.first:
            written.write(f"sep={self.separator}{self.ends}")
        how = {"delimiter": self.separator, "lineterminator": self.ends, "quoting": self.quoting}
        writer = csv.writer(written, **how)  # type: ignore[arg-type]
        writer.writerows(row if self.numbers else row[2:] for row in rows)
        return written.getvalue().encode(self.encoding)


SPREADSHEET = st.builds(
    Spreadsheet,
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.booleans(),
    st.booleans(),
)


def test_an_export_changes_nothing_whatever_it_holds(
    signed_in: FlaskClient, session: Session
) -> None:
    """In five currencies, with none to three decimals. Caught: two decimals for each; a text that
    keeps the ' of a formula; cells told apart by commas only; a line "sep=;" that ends as old
    spreadsheets end it; a byte order mark that stays."""
    for country, currency in CURRENCIES.items():
        add(session, *"AB"[:EACH], country=country, currency=currency)

    def fill(packages: list[dict[str, object]]) -> None:
        with writing(session):
            for id, values in enumerate(packages, start=1):
                row = update(CreditPackage).where(CreditPackage.id == id)
                session.execute(row.values(**values))

    # Making a failing one smaller would take minutes.
    @settings(phases=[Phase.generate], max_examples=40, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(PACKAGE, min_size=EACH * len(CURRENCIES), max_size=EACH * len(CURRENCIES)),
        st.sampled_from(["point", "comma"]),
        SPREADSHEET,
    )
    def check(packages: list[dict[str, object]], decimal: str, sheet: Spreadsheet) -> None:
        if not sheet.numbers:  # then a country, a name and credits mean one package
            packages = [values | {"credits": n} for n, values in enumerate(packages, start=1)]
        fill(packages)
        file = signed_in.get(f"{LIST}export.csv", query_string={"decimal": decimal}).data
        sign = "," if decimal == "comma" else "."
        text = decode(sheet.rewrite(file, ";" if decimal == "comma" else ","))
        how = {"name": "a.csv", "decimal_sign": sign, "author": ADMIN}
        with writing(session):
            kept = keep_file(session, text, removes=True, **how)
            comparison = read_file(get_file(session, kept, ADMIN), {}).compare(session)
        assert comparison.errors == []
        assert comparison.counts == {Outcome.SAME: len(packages)}

    check()

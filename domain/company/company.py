"""The company that sells: reading and changing it."""

from sqlalchemy import select

from domain.company.errors import StaleVersion
from domain.company.models import Company
from domain.company.rules import CompanyValues, clean_values
from domain.database import AnySession, lock

# The version of what was never saved: a form that carries none is stale.
NEVER_SAVED = 1
NOTHING = CompanyValues(*("" for _ in CompanyValues._fields))


def find_company(session: AnySession) -> CompanyValues | None:
    """None until somebody has filled it in."""
    return read_versioned(session)[0]


def read_versioned(session: AnySession) -> tuple[CompanyValues | None, int]:
    """The company with its version, which a form carries."""
    columns = [getattr(Company, name) for name in CompanyValues._fields]
    row = session.execute(select(Company.version, *columns)).one_or_none()
    return (CompanyValues(*row[1:]), row.version) if row else (None, NEVER_SAVED)


def save(session: AnySession, values: CompanyValues, version: int, author: str) -> list[str]:
    """From now on it sells: receipts that were issued keep who it was. The names of what is another
    value than before. Raises UnfitCompany; StaleVersion when it is not that of this version any
    more."""
    values = clean_values(values)
    lock(session, "company")
    before, newest = read_versioned(session)
    if newest != version:
        raise StaleVersion
    row = Company(id=1, version=version + 1, changed_by=author, **values._asdict())
    session.merge(row)
    session.flush()
    return _changed(before or NOTHING, values)


def _changed(before: CompanyValues, values: CompanyValues) -> list[str]:
    names = zip(CompanyValues._fields, before, values, strict=True)
    return [name for name, old, new in names if old != new]

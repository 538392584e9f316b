"""The company that sells, for the foot of the pages."""

from domain.company.company import find_company
from domain.company.rules import CompanyValues
from extensions import db


def find_seller() -> CompanyValues | None:
    return find_company(db.session)

"""What platforms do that have no releases: a second table, written anew from the drafts.

Nothing is compared, looked at or kept, and no order is worked out: what has an order is copied.
"""

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from domain.catalogue.models import CreditPackage
from domain.catalogue.rules import PACKAGE_FIELDS
from tools.bench.catalogues import Catalogue
from tools.bench.timing import Task

COLUMNS = ("id", "rank", *PACKAGE_FIELDS)


class _Base(DeclarativeBase):
    pass


class Published(_Base):
    __tablename__ = "published"

    id: Mapped[int] = mapped_column(primary_key=True)
    rank: Mapped[int] = mapped_column(index=True)
    name: Mapped[str]
    credits: Mapped[int]
    price_minor: Mapped[int]
    currency: Mapped[str]
    country: Mapped[str] = mapped_column(index=True)
    short_info: Mapped[str]


def _write(session: Session) -> None:
    drafts = session.scalars(select(CreditPackage).where(CreditPackage.removed_at.is_(None)))
    rows = [{name: getattr(draft, name) for name in COLUMNS} for draft in drafts]
    session.execute(delete(Published))
    session.execute(insert(Published), rows)


def write_second_table(catalogue: Catalogue) -> Task:
    """By the quickest way that the ORM has for it."""
    with catalogue.writing() as session:
        _Base.metadata.create_all(session.connection())
    return lambda: catalogue.writer(_write)

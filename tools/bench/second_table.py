"""What platforms do that have no releases: a second table that follows the drafts.

The rows that were written to since are compared and written, by the objects of the ORM. No price
is checked, no author asked, nothing kept, no order worked out: what has an order is copied.
"""

from collections.abc import Callable

from sqlalchemy import func, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from domain.catalogue.drafts.drafts import lock_catalogue
from domain.catalogue.models import DraftRevision
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import PACKAGE_FIELDS
from tools.bench.catalogues import Catalogue
from tools.bench.timing import Task

COLUMNS = ("id", "rank", *PACKAGE_FIELDS)


class _Base(DeclarativeBase):
    pass


class Published(_Base):
    __tablename__ = "published"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rank: Mapped[int] = mapped_column(index=True)
    name: Mapped[str]
    credits: Mapped[int]
    price_minor: Mapped[int]
    currency: Mapped[str]
    country: Mapped[str] = mapped_column(index=True)
    short_info: Mapped[str]


def write_second_table(number: int) -> Callable[[Catalogue], Task]:
    """So many changes, which Scrip has applied before."""

    def task(catalogue: Catalogue) -> Task:
        with catalogue.writing() as session:
            _Base.metadata.create_all(session.connection())
            if session.scalar(select(Published.id).limit(1)) is None:
                columns = [getattr(CreditPackage, name) for name in COLUMNS]
                session.execute(insert(Published).from_select(COLUMNS, select(*columns)))

        def prepare() -> Callable[[], None]:
            with catalogue.reading() as session:
                newest = session.scalar(select(func.max(DraftRevision.id))) or 0
            catalogue.change(number)
            catalogue.apply()
            return catalogue.writer(lambda session: _follow(session, newest))

        return prepare

    return task


def _follow(session: Session, revision_id: int) -> None:
    lock_catalogue(session)
    written = select(DraftRevision.item_id).where(DraftRevision.id > revision_id).distinct()
    ids = session.scalars(written).all()
    drafts = session.scalars(select(CreditPackage).where(CreditPackage.id.in_(ids))).all()
    published = select(Published).where(Published.id.in_(ids))
    there = {row.id: row for row in session.scalars(published)}
    for draft in drafts:
        row = there.get(draft.id)
        if draft.removed_at is not None:
            if row:
                session.delete(row)
        elif row is None:
            session.add(Published(**{name: getattr(draft, name) for name in COLUMNS}))
        else:
            for name in COLUMNS:
                if getattr(row, name) != getattr(draft, name):
                    setattr(row, name, getattr(draft, name))
    session.flush()

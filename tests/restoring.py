"""Going back to a backup within one test."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, delete, make_url
from sqlalchemy.orm import Session

from domain.backup import back_up
from domain.database import writing
from domain.purchases.lost_models import OriginalDatabase
from domain.purchases.restoring import find_restoration
from tests.kept_sqlite import KeptSqlite
from tests.postgres import Reused

GoBack = Callable[[], None]


def backed_up(session: Session, kept: KeptSqlite | Reused, folder: Path) -> GoBack:
    """What puts the database back to how it is now, as a restored backup is. With SQLite it is a
    real one; on PostgreSQL the rows are put back, which takes a hundredth of the time."""
    session.rollback()
    if isinstance(kept, KeptSqlite):
        engine = session.get_bind()
        assert isinstance(engine, Engine)
        file = folder / f"backup {len(list(folder.iterdir()))}"
        back_up(make_url(str(engine.url)), file)

        def copy_back() -> None:
            forget(session)
            with closing(sqlite3.connect(file)) as copy:
                kept.put_back(copy)

        return copy_back
    rows = kept.keep()

    def put_back() -> None:
        forget(session)
        kept.put_back(rows)
        with writing(session):
            session.execute(delete(OriginalDatabase))

    return put_back


def forget(session: Session) -> None:
    """Rows that were loaded, and are gone after the restore."""
    session.rollback()
    session.expunge_all()


def code_now(session: Session) -> str:
    session.rollback()
    found = find_restoration(session)
    return found.code if found else ""

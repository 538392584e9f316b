"""Changes that the database guards against."""

import sqlite3
from contextlib import closing

from sqlalchemy import Engine


def change_by_hand(engine: Engine, change: str, *, guarded: bool = False) -> None:
    """As the owner of the database can, without its guards; `guarded` makes them again."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(writing=True) as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.exec_driver_sql(change)
            connection.commit()
        return
    with closing(sqlite3.connect(engine.url.database or "")) as file:
        triggers = file.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            file.execute(f"DROP TRIGGER {name}")
        file.execute(change)
        for _, sql in triggers if guarded else ():
            file.execute(sql)
        file.commit()

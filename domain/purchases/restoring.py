"""Whether this database was made from a backup. Numbers that were given after that backup are lost
here, but stand on papers of buyers: none of them is given again.

A backup of ours says so by itself, as it lacks the row of `original_database`. The first to notice
that begins a new series of receipts: the start of the server, `recover-payments`, or the next
receipt.
"""

import secrets
from datetime import datetime

from sqlalchemy import exists, insert, select, text

from domain.customers.models import Customer
from domain.database import AnySession, insert_for, lock, read_clock
from domain.purchases.lost_models import OriginalDatabase, Restoration
from domain.purchases.models import Purchase
from domain.purchases.names import CODE_LETTERS, name_series
from domain.purchases.rules import CODE_CHARACTERS

# More than are given between two backups.
SKIPPED = 10_000


def series_now(session: AnySession, kind: str) -> str:
    """In which series papers of this kind are numbered."""
    note_restored(session)
    newest = find_restoration(session)
    return name_series(kind, newest.code if newest else "")


def note_restored(session: AnySession) -> bool:
    """Whether the database was made from a backup, and nobody had noted that yet."""
    if _is_original(session):
        return False
    _lock(session)
    if _is_original(session):
        return False
    _begin_anew(session)
    return True


def note_restored_after(session: AnySession, moment: datetime) -> bool:
    """For what was begun here at that moment, and is not here now: so the database was made from
    an older state since then, by whatever means. Whether nobody had noted that yet."""
    _lock(session)
    newest = find_restoration(session)
    if _is_original(session) and newest and newest.noted_at >= moment:
        return False
    _begin_anew(session)
    return True


def find_restoration(session: AnySession) -> Restoration | None:
    """The newest one; None in a database that never was made from a backup."""
    return session.scalars(select(Restoration).order_by(Restoration.id.desc()).limit(1)).first()


def awaits_recovery(session: AnySession) -> bool:
    """Whether nobody has gone through the provider's payments since the last restore."""
    newest = find_restoration(session)
    return not _is_original(session) or (newest is not None and newest.recovered_at is None)


def note_recovered(session: AnySession) -> None:
    """The provider's payments were gone through."""
    if newest := find_restoration(session):
        newest.recovered_at = read_clock(session)


def skip_to(session: AnySession, table: str, number: int) -> None:
    """Where numbers are given by PostgreSQL, which else would give one that was taken by hand."""
    if session.connection().dialect.name == "postgresql":
        session.execute(
            text(
                "SELECT setval(pg_get_serial_sequence(:name, 'id'),"
                " greatest(nextval(pg_get_serial_sequence(:name, 'id')), :number))"
            ),
            {"name": table, "number": number},
        )


def _lock(session: AnySession) -> None:
    lock(session, "restored")


def _is_original(session: AnySession) -> bool:
    return bool(session.scalar(select(exists().where(OriginalDatabase.id == 1))))


def _begin_anew(session: AnySession) -> None:
    """The code is made at random: counted, it would come twice after two restores of one backup."""
    now = read_clock(session)
    code = "".join(secrets.choice(CODE_LETTERS) for _letter in range(CODE_CHARACTERS))
    session.execute(insert(Restoration).values(code=code, noted_at=now))
    this = insert_for(session)(OriginalDatabase).values(id=1, since=now)
    session.execute(this.on_conflict_do_nothing())
    for table in (Purchase.__tablename__, Customer.__tablename__):
        _skip(session, table)


def _skip(session: AnySession, table: str) -> None:
    """Leaves out as many numbers as may have been given and lost: to purchases that come back, and
    to customers, who must not be taken for those of before."""
    if session.connection().dialect.name == "postgresql":
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        session.execute(text(f"SELECT setval({sequence}, nextval({sequence}) + {SKIPPED})"))
        return
    named = {"name": table, "more": SKIPPED}
    there = text("SELECT count(*) FROM sqlite_sequence WHERE name = :name")
    if session.scalar(there, named):
        session.execute(
            text("UPDATE sqlite_sequence SET seq = seq + :more WHERE name = :name"), named
        )
    else:
        session.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :more)"), named
        )

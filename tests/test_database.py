"""The one way to write, and what the database refuses outside of it."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, event, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

import domain.database as our_database
from domain import connections
from domain.catalogue.drafts.drafts import lock_catalogue
from domain.catalogue.models import Release
from domain.catalogue.settings.models import StorefrontSettings
from domain.connections import connect
from domain.database import AnySession, RunAgain, UtcDateTime, lock, utc_now, write, writing
from domain.embedding.models import EmbeddingSite
from tests.conftest import only_postgres, only_sqlite


def test_a_write_outside_writing_is_refused(session: Session) -> None:
    """Caught: leaving out PRAGMA query_only, or set_readonly."""
    session.execute(select(StorefrontSettings)).scalar_one().intro_en = "x"
    with pytest.raises(DBAPIError, match="read-?only"):
        session.flush()


def test_writing_commits(engine: Engine) -> None:
    with Session(engine) as session, writing(session):
        session.execute(select(StorefrontSettings)).scalar_one().intro_en = "x"
    with Session(engine) as session:
        assert session.execute(select(StorefrontSettings)).scalar_one().intro_en == "x"


def test_an_error_undoes_everything(engine: Engine) -> None:
    with pytest.raises(RuntimeError), Session(engine) as session, writing(session):
        session.execute(select(StorefrontSettings)).scalar_one().intro_en = "x"
        session.flush()
        raise RuntimeError
    with Session(engine) as session:
        assert session.execute(select(StorefrontSettings)).scalar_one().intro_en == ""


def test_reading_after_writing_cannot_write(session: Session) -> None:
    with writing(session):
        pass
    with pytest.raises(DBAPIError, match="read-?only"):
        session.execute(text("UPDATE storefront_settings SET version = 2"))


def test_no_update_is_lost(engine: Engine) -> None:
    """Caught: a deferred BEGIN (errors), SQLAlchemy's default begin (lost updates), and reading
    the row on PostgreSQL without its lock (lost updates)."""

    def add_one_often() -> None:
        for _ in range(25):
            with Session(engine) as session, writing(session):
                lock_catalogue(session).version += 1

    threads = [threading.Thread(target=add_one_often) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session:
        assert session.execute(select(StorefrontSettings)).scalar_one().version == 1 + 6 * 25


def test_readers_never_wait_for_a_writer(engine: Engine) -> None:
    with Session(engine) as writer, writing(writer), Session(engine) as reader:
        writer.execute(text("UPDATE storefront_settings SET version = 9"))
        assert reader.execute(select(StorefrontSettings.version)).scalar_one() == 1


def test_a_reader_sees_one_state_in_all_its_statements(engine: Engine) -> None:
    """Caught: readers in READ COMMITTED; a page then mixed what was before and after a write."""
    with Session(engine) as reader:
        assert reader.scalar(select(StorefrontSettings.version)) == 1
        with Session(engine) as writer, writing(writer):
            writer.execute(text("UPDATE storefront_settings SET version = 2"))
        assert reader.scalar(select(StorefrontSettings.version)) == 1
        reader.rollback()
        assert reader.scalar(select(StorefrontSettings.version)) == 2


def test_a_lock_lets_one_at_a_time_read_and_write(engine: Engine) -> None:
    """Caught: `lock` without its statement on PostgreSQL, and one for the whole session."""

    def add_one_often() -> None:
        for _ in range(10):
            with Session(engine) as session, writing(session):
                lock(session, "counting")
                version = session.scalar(select(StorefrontSettings.version)) or 0
                session.execute(update(StorefrontSettings).values(version=version + 1))

    threads = [threading.Thread(target=add_one_often) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session:
        assert session.scalar(select(StorefrontSettings.version)) == 1 + 6 * 10


@only_sqlite
@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
def test_connection_is_set_up(engine: Engine, pragma: str, value: object) -> None:
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


@only_postgres
@pytest.mark.parametrize("writes", [False, True])
def test_a_postgresql_transaction_is_set_up(session: Session, writes: bool) -> None:
    names = ("transaction_isolation", "transaction_read_only", "lock_timeout", "statement_timeout")
    if writes:
        session.connection(execution_options={"writing": True})
    found = [session.scalar(text(f"SHOW {name}")) for name in names]
    begun = ["read committed", "off"] if writes else ["repeatable read", "on"]
    assert found == [*begun, "4s", "30s"]


def test_the_clock_compares_with_stored_times(session: Session) -> None:
    """Caught: CURRENT_TIMESTAMP, whose text without a fraction sorts before "now"."""
    with writing(session):
        session.add(Release(number=1, revision_id=0, author="ana", note=""))
    created = session.scalar(select(Release.created_at))
    assert session.scalar(select(Release.number).where(Release.live_from <= utc_now())) == 1
    assert created is not None
    assert abs(datetime.now(UTC) - created) < timedelta(minutes=1)


def test_a_time_needs_its_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), None)  # type: ignore[arg-type]


def test_a_time_comes_back_as_it_was(session: Session) -> None:
    at = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
    with writing(session):
        session.add(
            Release(number=1, revision_id=0, author="a", note="", live_from=at, created_at=at)
        )
    session.expire_all()
    assert session.scalar(select(Release.live_from)) == at


def test_a_busy_database_is_an_error_not_a_wait_for_ever(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LOCK_TIMEOUT_SECONDS", 0.05)
    engine = connect(database)
    with Session(engine) as first, writing(first):
        lock_catalogue(first)
        second = Session(engine)
        with pytest.raises(OperationalError, match="lock"), writing(second):
            lock_catalogue(second)
        second.close()
    engine.dispose()


def test_write_returns_what_the_work_returns_once_it_is_committed(engine: Engine) -> None:
    with Session(engine) as session:
        assert write(session, set_version) == 7
    with Session(engine) as session:
        assert session.scalar(select(StorefrontSettings.version)) == 7


def set_version(session: AnySession) -> int:
    session.execute(update(StorefrontSettings).values(version=7))
    return 7


@only_postgres
def test_write_runs_again_after_a_deadlock(engine: Engine) -> None:
    """Two transactions each have what the other wants: one is undone, and done again.

    Caught: no retry (one of the two fails), and `barrier` missing (no deadlock, so no second run).
    """
    with Session(engine) as session, writing(session):
        session.add_all(EmbeddingSite(origin=f"https://{n}.example", author="a") for n in "ab")
    barrier, runs = threading.Barrier(2), []

    def rename(first: str, second: str, session: AnySession) -> None:
        runs.append(first)
        for name in (first, second):
            site = EmbeddingSite.origin == f"https://{name}.example"
            session.execute(update(EmbeddingSite).where(site).values(author=first + second))
            if name == first and len(runs) <= 2:
                barrier.wait(timeout=5)

    def write_both(first: str, second: str) -> None:
        with Session(engine) as session:
            write(session, partial(rename, first, second))

    with ThreadPoolExecutor(2) as pool:
        for doing in [pool.submit(write_both, "a", "b"), pool.submit(write_both, "b", "a")]:
            doing.result()
    assert len(runs) == 3
    with Session(engine) as session:
        assert len(set(session.scalars(select(EmbeddingSite.author)))) == 1


@only_sqlite
def test_write_does_not_wait_twice_for_a_busy_database(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: one more try after the database had waited for as long as a request may."""
    for module in (our_database, connections):
        monkeypatch.setattr(module, "LOCK_TIMEOUT_SECONDS", 0.05)
    engine, tries = connect(database), []
    with Session(engine) as first, writing(first), Session(engine) as second:
        event.listen(engine, "checkout", lambda *_: tries.append("one"))
        with pytest.raises(RunAgain, match="locked"):
            write(second, set_version)
    engine.dispose()
    assert tries == ["one"]


def test_write_gives_up_after_a_few_tries(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(our_database, "PAUSES", (0, 0))
    runs = []

    def work(_session: AnySession) -> None:
        runs.append("one")
        raise OperationalError("COMMIT", None, busy())

    with pytest.raises(RunAgain):
        write(session, work)
    assert len(runs) == 3


def busy() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error

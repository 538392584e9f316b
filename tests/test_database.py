"""The one way to write, and what the database refuses outside of it."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from catalogue.models import Release, StorefrontSettings
from database import UtcDateTime, connect, utc_now, writing


def test_a_write_outside_writing_is_refused(session: Session) -> None:
    """Caught: leaving out PRAGMA query_only."""
    session.execute(select(StorefrontSettings)).scalar_one().intro_text = "x"
    with pytest.raises(OperationalError, match="readonly"):
        session.flush()


def test_writing_commits(engine: Engine) -> None:
    with Session(engine) as session, writing(session):
        session.execute(select(StorefrontSettings)).scalar_one().intro_text = "x"
    with Session(engine) as session:
        assert session.execute(select(StorefrontSettings)).scalar_one().intro_text == "x"


def test_an_error_undoes_everything(engine: Engine) -> None:
    with pytest.raises(RuntimeError), Session(engine) as session, writing(session):
        session.execute(select(StorefrontSettings)).scalar_one().intro_text = "x"
        session.flush()
        raise RuntimeError
    with Session(engine) as session:
        assert session.execute(select(StorefrontSettings)).scalar_one().intro_text == ""


def test_reading_after_writing_cannot_write(session: Session) -> None:
    with writing(session):
        pass
    with pytest.raises(OperationalError, match="readonly"):
        session.execute(text("UPDATE storefront_settings SET version = 2"))


def test_no_update_is_lost(engine: Engine) -> None:
    """Caught: a deferred BEGIN (errors) and SQLAlchemy's default begin (lost updates)."""

    def add_one_often() -> None:
        for _ in range(25):
            with Session(engine) as session, writing(session):
                settings = session.execute(select(StorefrontSettings)).scalar_one()
                settings.version += 1

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


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
def test_connection_is_set_up(engine: Engine, pragma: str, value: object) -> None:
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


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
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connect.__globals__["ENGINE_OPTIONS"], "connect_args", {"timeout": 0.05})
    engine = connect(f"sqlite:///{database}")
    with Session(engine) as first, writing(first):
        second = Session(engine)
        with pytest.raises(OperationalError, match="locked"), writing(second):
            pass
        second.close()
    engine.dispose()

"""A database made from a backup knows it, and gives no number again that was given after that."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError, local

import pytest
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from domain.customers.models import Customer
from domain.database import write, writing
from domain.purchases import restoring
from domain.purchases.filters import Selection
from domain.purchases.listing import iterate_purchases
from domain.purchases.lost_models import OriginalDatabase, Restoration
from domain.purchases.models import Purchase
from domain.purchases.money_back_models import CreditNote
from domain.purchases.names import is_test_series, name_receipt, normal_number
from domain.purchases.queries import find_by_number
from domain.purchases.receipts import find_receipt
from domain.purchases.restoring import (
    SKIPPED,
    awaits_recovery,
    note_recovered,
    note_restored,
    note_restored_after,
)
from tests.clock import Clock
from tests.kept_sqlite import KeptSqlite
from tests.postgres import Reused
from tests.purchases import new_buyer, paid_purchase, refund, settled, snapshot
from tests.restoring import backed_up, code_now


def as_restored(session: Session) -> None:
    with writing(session):
        session.execute(delete(OriginalDatabase))


def number_of(session: Session, purchase_id: int) -> str:
    session.rollback()
    found = find_receipt(session, purchase_id)
    assert found
    assert is_test_series(found.series)
    return name_receipt(found.series, found.year, found.number)


def found_by(session: Session, text: str) -> list[int]:
    session.rollback()
    return [one.id for one in iterate_purchases(session, Selection(search=text))]


def test_a_restored_database_numbers_its_receipts_in_a_new_series(session: Session) -> None:
    """Though nobody has noted the restore. Caught: a series by the mode of the purchase alone."""
    old = paid_purchase(session).purchase_id
    before = number_of(session, old)
    as_restored(session)
    assert awaits_recovery(session)
    new = [paid_purchase(session).purchase_id for _ in range(2)]
    year, code = before.split("-")[1], code_now(session)
    assert [number_of(session, one) for one in new] == [
        f"TEST-{year}-{code}-000001",
        f"TEST-{year}-{code}-000002",
    ]
    assert found_by(session, f"{year}-{code.lower()}-000001") == new[:1]
    assert found_by(session, f"{year}-000001") == [old]
    assert find_by_number(session, normal_number(f"test-{year}-{code.lower()}-1")) == new[0]
    assert find_by_number(session, normal_number(f"TEST-{year}-1")) == old
    assert awaits_recovery(session)
    write(session, note_recovered)
    assert not awaits_recovery(session)


def test_credit_notes_are_in_a_new_series_too(session: Session) -> None:
    """Caught: `CREDIT_NOTES` alone in credit_notes.py."""
    started = paid_purchase(session)
    as_restored(session)
    settled(session, snapshot(session, started, refunds=(refund(),)))
    note = session.scalars(select(CreditNote)).one()
    code = code_now(session)
    name = name_receipt(note.series, note.year, note.number)
    assert name == f"TEST-CN-{note.year}-{code}-000001"


def test_numbers_of_purchases_and_customers_are_left_out(session: Session) -> None:
    """Those given after the backup. Caught: a customer with the number of one who is lost."""
    last = paid_purchase(session).purchase_id
    buyer = session.scalar(select(func.max(Customer.id))) or 0
    as_restored(session)
    assert write(session, note_restored)
    assert not write(session, note_restored)
    assert new_buyer(session) > buyer + SKIPPED
    assert paid_purchase(session).purchase_id > last + SKIPPED
    assert session.scalar(select(func.count()).select_from(Purchase)) == 2


def test_an_empty_database_leaves_numbers_out_too(session: Session) -> None:
    """Caught: nothing left out where nobody had a number when the backup was made."""
    as_restored(session)
    assert write(session, note_restored)
    assert new_buyer(session) > SKIPPED


def test_what_was_begun_here_and_is_not_here_tells_of_a_restore(
    clock: Clock, session: Session
) -> None:
    """By a backup that was not Scrip's, of which the database knows nothing."""
    begun = clock.go_on(minutes=-10)

    def note(session: object) -> bool:
        return note_restored_after(session, begun)  # type: ignore[arg-type]

    clock.go_on(minutes=20)
    assert write(session, note)
    code = code_now(session)
    assert not write(session, note)
    begun = clock.go_on(minutes=5)
    clock.go_on(minutes=5)
    assert write(session, note)
    assert code_now(session) != code


def test_who_looks_first_notes_it_alone(
    engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have seen that nobody has noted it. Caught: no lock, and two series at once."""
    as_restored(session)
    both, has_looked, look = Barrier(2), local(), restoring._is_original

    def look_together(session: Session) -> bool:
        seen = look(session)
        if not hasattr(has_looked, "once"):
            has_looked.once = True
            with suppress(BrokenBarrierError):  # SQLite lets one in at a time
                both.wait(0.5)
        return seen

    def note(_number: int) -> bool:
        with Session(engine) as own:
            return write(own, note_restored)

    monkeypatch.setattr(restoring, "_is_original", look_together)
    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(note, range(2))) == 1
    assert session.scalar(select(func.count()).select_from(Restoration)) == 1


def test_two_restores_of_one_backup_have_two_series(
    request: pytest.FixtureRequest, database: str, session: Session, tmp_path: Path
) -> None:
    """Caught: a code that counts restores, which the second one has forgotten."""
    is_sqlite = database.startswith("sqlite:")
    kept: KeptSqlite | Reused = request.getfixturevalue("kept_sqlite" if is_sqlite else "reused")
    go_back = backed_up(session, kept, tmp_path)
    codes = []
    for _restore in range(2):
        go_back()
        assert write(session, note_restored)
        codes.append(code_now(session))
    assert codes[0] != codes[1]

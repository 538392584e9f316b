"""An entry keeps the digest of a note about it, not the note; its hash covers the digest."""

from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.connections import connect
from domain.database import AnySession, write
from domain.ledger import acts, corrections, rows
from domain.ledger.book import INSERTS, lock_and_read
from domain.ledger.chain import fits, note_digest
from domain.ledger.errors import UnfitTerms
from domain.ledger.models import entry
from domain.ledger.plans import plan_grant
from domain.ledger.verify import Verified
from domain.ledger.wallet import NewLot, Plan
from domain.ledger.wallets import open_wallet
from tests.test_migrations import migrate_to
from tests.unguarded import change_by_hand
from tests.wallets import TestWallet

SALT, OTHER_SALT = "5a" * 16, "17" * 16
NOTE = "Sorry for the delay, Ayşe 🌷\nSee you soon."
DIGEST = note_digest(SALT, NOTE)


def kept(session: AnySession) -> list[tuple[str, str | None, int]]:
    columns = (entry.c.kind, entry.c.note_digest, entry.c.hash_format)
    return [tuple(row) for row in session.execute(select(*columns).order_by(entry.c.seq))]


def found(session: Session) -> list[str]:
    return [one.text for one in Verified(session).differences()]


def test_a_note_fits_its_digest_and_no_other_does() -> None:
    """Caught: the text alone hashed; salt and text as one string."""
    assert fits(DIGEST, SALT, NOTE)
    assert not fits(DIGEST, SALT, NOTE + " ")
    assert not fits(DIGEST, OTHER_SALT, NOTE)
    assert not fits(note_digest("ab", "c"), "a", "bc")
    assert not fits(None, SALT, NOTE)


def test_what_people_do_to_credits_can_have_a_note(wallet: TestWallet, session: Session) -> None:
    """Caught: an act that drops its digest."""
    noted = {"note_digest": DIGEST, "actor": "admin:1"}
    terms = {"kind": "bought", "source": "purchase:1", "purchase_id": 1}
    wallet.entry(acts.grant, 9, **terms, **noted)
    wallet.entry(corrections.adjust, -3, reason="mistake", **noted)
    wallet.spend(5)
    wallet.entry(corrections.revoke, 4, purchase_id=1, may_owe=True, **noted)
    wallet.entry(corrections.forgive, 1, reason="sorry", **noted)
    kinds = ("grant", "adjust", "spend", "revoke", "forgive")
    assert kept(session) == [(kind, None if kind == "spend" else DIGEST, 2) for kind in kinds]
    assert found(session) == []


@pytest.mark.parametrize("digest", ["", "f" * 63, "F" * 64, f"{'f' * 64}\n", NOTE, 7])
def test_a_digest_is_64_digits(wallet: TestWallet, session: Session, digest: object) -> None:
    """Caught: the note itself, in place of its digest."""
    with pytest.raises(UnfitTerms, match="64 hexadecimal digits"):
        wallet.do(corrections.adjust, 1, reason="x", actor="x", note_digest=digest)
    assert kept(session) == []


@pytest.mark.parametrize(
    "change", ["UPDATE entry SET note_digest = NULL", "UPDATE entry SET note_digest = hash"]
)
def test_a_digest_that_was_changed_by_hand_is_named(
    change: str, wallet: TestWallet, session: Session, engine: Engine
) -> None:
    """Caught: hashes that do not cover it."""
    wallet.entry(corrections.adjust, 5, reason="x", actor="admin:1", note_digest=DIGEST)
    change_by_hand(engine, change)
    assert "entry 1 does not fit its hash" in found(session)[0]


@pytest.fixture
def old(empty_database: str) -> Iterator[Engine]:
    """A database from before there were digests."""
    migrate_to(empty_database, "0013")
    engine = connect(empty_database)
    yield engine
    engine.dispose()


def grant_as_before(session: AnySession, wallet_id: int) -> None:
    """As an older version writes it: format 1, and no digest."""
    wallet = lock_and_read(session, wallet_id)
    plan = plan_grant(wallet, NewLot(wallet.last_lot + 1, "gift", 5, f"old:{wallet.last_lot}"))
    assert isinstance(plan, Plan)
    written = rows.entry_rows(wallet, plan, "admin:1", None)
    written[-1][0].pop("note_digest")
    for statement, its in zip(INSERTS, written, strict=True):
        if its:
            session.execute(statement, its)


def test_old_entries_keep_their_hashes(
    old: Engine, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that an old version still writes into the new tables too. Caught: one format for all
    entries; a digest beside a hash that does not cover it."""
    with Session(old) as session:
        wallet_id = write(session, partial(open_wallet, customer_id=1, mode="test"))
        with monkeypatch.context() as patch:
            patch.setattr(rows, "FORMAT", 1)
            write(session, partial(grant_as_before, wallet_id=wallet_id))
            session.rollback()
            migrate_to(empty_database, "head")
            write(session, partial(grant_as_before, wallet_id=wallet_id))
        TestWallet(session, wallet_id).entry(
            corrections.adjust, 1, reason="x", actor="admin:1", note_digest=DIGEST
        )
        assert kept(session) == [("grant", None, 1), ("grant", None, 1), ("adjust", DIGEST, 2)]
        session.rollback()
        assert found(session) == []
        change_by_hand(old, "UPDATE entry SET note_digest = hash WHERE seq = 1")
        assert found(session) == ["entry 1 has a digest of a note that its hash does not cover."]

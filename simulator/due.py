"""What happens by itself when its time has come."""

from simulator.bank import end_bank_payment
from simulator.refunds import end_refund
from simulator.sessions import expire_when_over
from simulator.store import Store, Transaction

OVER = """
SELECT id FROM thing WHERE object = 'checkout.session'
AND json_extract(body, '$.status') = 'open' AND json_extract(body, '$.expires_at') <= ?
"""


def do_due(store: Store) -> None:
    """Looks first without a lock, so that a wait for work disturbs nobody."""
    with store.reading() as kept:
        if not _is_due(kept):
            return
    with store.writing() as kept:
        do_due_now(kept)


def do_due_now(kept: Transaction) -> None:
    for (session_id,) in kept.connection.execute(OVER, (kept.now(),)).fetchall():
        expire_when_over(kept, kept.the(session_id))
    for row_id, act, target in kept.connection.execute(
        "SELECT id, act, target FROM later WHERE due <= ? ORDER BY due, id", (kept.now(),)
    ).fetchall():
        kept.connection.execute("DELETE FROM later WHERE id = ?", (row_id,))
        _do(kept, act, target)


def _is_due(kept: Transaction) -> bool:
    now = (kept.now(),)
    later = kept.connection.execute("SELECT 1 FROM later WHERE due <= ? LIMIT 1", now).fetchone()
    return bool(later or kept.connection.execute(f"{OVER} LIMIT 1", now).fetchone())


def _do(kept: Transaction, act: str, target: str) -> None:
    if act.startswith("bank "):
        end_bank_payment(kept, target, succeeds=act == "bank succeeds")
    else:
        end_refund(kept, target, "failed" if act == "refund fails later" else "succeeded")

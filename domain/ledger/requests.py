"""One answer for each request, however often it is sent. The key is kept with what the request did.

Key rows are read and written under the wallet's lock, so two that run at once take turns. Source of
the rules: the IETF draft "The Idempotency-Key HTTP Header Field", 07.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Select, bindparam, delete, insert, select

from domain.database import AnySession, read_clock
from domain.ledger.book import lock_wallet
from domain.ledger.errors import KeyReused, UnfitKey
from domain.ledger.models import request_key
from domain.ledger.rules import KEY_CHARACTERS, KEY_LIFE, OWNER_CHARACTERS
from domain.ledger.terms import check_text

# Put together once: this is on the way of every request.
KNOWN = select(request_key.c.fingerprint, request_key.c.status, request_key.c.body).where(
    *(request_key.c[name] == bindparam(name) for name in ("wallet_id", "owner", "key"))
)
KEEP = insert(request_key)
PRINTABLE = re.compile(rf"[!-~]{{1,{KEY_CHARACTERS}}}")


class RequestKey(NamedTuple):
    """`owner` is who sent it, not with which API key: rotating that between two tries must not
    charge twice. `fingerprint` is the SHA-256, in hex, of all that was asked."""

    owner: str
    key: str
    fingerprint: str


class Answer(NamedTuple):
    """An HTTP status and a body as sent; `replayed` when an earlier request had done the work."""

    status: int
    body: str
    replayed: bool = False


def answer_once(
    session: AnySession, wallet_id: int, asked: RequestKey, work: Callable[[AnySession], Answer]
) -> Answer:
    """The answer that was given to this key, or that of `work`, kept from now on.

    A refusal is an answer too. What `work` raises is none, and nothing is kept. Raises KeyReused.
    """
    if not PRINTABLE.fullmatch(asked.key):
        raise UnfitKey(KEY_CHARACTERS)
    check_text("owner", asked.owner, OWNER_CHARACTERS)
    lock_wallet(session, wallet_id)
    this = {"wallet_id": wallet_id, "owner": asked.owner, "key": asked.key}
    known = session.execute(KNOWN, this).one_or_none()
    if known is not None:
        if known.fingerprint != asked.fingerprint:
            raise KeyReused
        return Answer(known.status, known.body, replayed=True)
    answer = work(session)
    kept = this | {"fingerprint": asked.fingerprint, "status": answer.status, "body": answer.body}
    session.execute(KEEP, [kept])
    return answer


def has_old_keys(session: AnySession) -> bool:
    """Whether there are keys that nobody may ask for again."""
    return session.scalar(_old_keys(session).limit(1)) is not None


def forget_old_keys(session: AnySession, most: int) -> int:
    """Deletes up to `most` of them; how many."""
    rows = session.execute(_old_keys(session).limit(most)).all()
    for wallet_id, owner, key in rows:
        this = {"wallet_id": wallet_id, "owner": owner, "key": key}
        session.execute(delete(request_key).filter_by(**this))
    return len(rows)


def _old_keys(session: AnySession) -> Select[tuple[int, str, str]]:
    now = read_clock(session)
    columns = (request_key.c.wallet_id, request_key.c.owner, request_key.c.key)
    old = select(*columns).where(request_key.c.created_at < now - KEY_LIFE)
    return old.order_by(request_key.c.created_at)

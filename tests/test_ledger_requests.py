"""One answer for each request key, kept with what the request did."""

from functools import partial

import pytest
from sqlalchemy.exc import IntegrityError

from domain.database import AnySession, write
from domain.ledger import acts
from domain.ledger.errors import KeyReused, LedgerError, NotEnough, Refusal, UnfitKey, UnfitTerms
from domain.ledger.queries import balance
from domain.ledger.requests import Answer, RequestKey, answer_once, forget_old_keys
from domain.ledger.rules import Purpose
from tests.clock import Clock
from tests.wallets import TestWallet

DIGEST = "a" * 64


def ask(wallet: TestWallet, key: RequestKey, credits: int = 3) -> Answer:
    """Asks for a spend of so many credits for the same call."""

    def work(session: AnySession) -> Answer:
        purpose = Purpose("call", f"call-{credits}")
        done = acts.spend(session, wallet.id, credits, purpose, actor="customer:1")
        return Answer(402, done.code) if isinstance(done, Refusal) else Answer(200, str(done.seq))

    return write(wallet.session, partial(answer_once, wallet_id=wallet.id, asked=key, work=work))


def free(wallet: TestWallet) -> int:
    return write(wallet.session, partial(balance, wallet_id=wallet.id)).free


def test_a_key_that_cannot_be_kept_undoes_what_was_done(wallet: TestWallet) -> None:
    """Caught: the key stored after the commit of what it asked for."""
    wallet.gift(10)
    with pytest.raises(IntegrityError):
        ask(wallet, RequestKey("app", "key-a", fingerprint="short"))
    assert free(wallet) == 10
    assert ask(wallet, RequestKey("app", "key-a", DIGEST)) == Answer(200, "2")
    assert free(wallet) == 7


def test_a_refusal_is_the_answer_for_good(wallet: TestWallet) -> None:
    """Caught: refusals not kept. After a top-up, a new key asks anew."""
    first = RequestKey("app", "key-a", DIGEST)
    assert ask(wallet, first) == Answer(402, NotEnough.code)
    wallet.gift(10)
    assert ask(wallet, first) == Answer(402, NotEnough.code, replayed=True)
    assert ask(wallet, first._replace(key="key-b")).status == 200


def test_a_key_is_for_one_request_of_one_owner_and_wallet(wallet: TestWallet, clock: Clock) -> None:
    """Caught: the owner left out of the key."""
    wallet.gift(10)
    key = RequestKey("app", "key-a", DIGEST)
    assert ask(wallet, key).body == "2"
    with pytest.raises(KeyReused):
        ask(wallet, key._replace(fingerprint="b" * 64))
    assert not ask(wallet, key._replace(owner="other"), credits=4).replayed
    assert free(wallet) == 3
    clock.go_on(days=31)
    assert write(wallet.session, partial(forget_old_keys, most=9)) == 0
    assert ask(wallet, key).replayed
    clock.go_on(days=2)
    assert write(wallet.session, partial(forget_old_keys, most=9)) == 3


def test_what_is_raised_is_no_answer(wallet: TestWallet) -> None:
    wallet.gift(10)
    key = RequestKey("app", "key-a", DIGEST)
    with pytest.raises(LedgerError):
        ask(wallet, key, credits=0)
    assert ask(wallet, key) == Answer(200, "2")


@pytest.mark.parametrize("key", ["", "a b", "é", "a\n", "k" * 256])
def test_only_keys_of_printable_characters_are_taken(wallet: TestWallet, key: str) -> None:
    with pytest.raises(UnfitKey):
        ask(wallet, RequestKey("app", key, DIGEST))


@pytest.mark.parametrize("owner", ["", "a\0b", "o" * 81])
def test_only_owners_that_can_be_kept_are_taken(wallet: TestWallet, owner: str) -> None:
    with pytest.raises(UnfitTerms):
        ask(wallet, RequestKey(owner, "key-a", DIGEST))

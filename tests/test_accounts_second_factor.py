"""The second factor without HTTP: codes of an app, recovery codes. The clock is the database's."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.accounts import second_factor
from domain.accounts.admins import find_admin, save_admin
from domain.accounts.errors import SecondFactorOff, UnknownAdmin, WrongCode
from domain.accounts.models import FACTORS, FailedSignIn, RecoveryCode, SecondFactor
from domain.accounts.recovery_codes import ALPHABET, MADE, as_typed
from domain.accounts.second_factor import (
    Proof,
    count_recovery_codes,
    new_recovery_codes,
    new_salt,
    prove_code,
    secret_of,
    turn_off,
    turn_on,
)
from domain.accounts.sessions import find_session, find_waiting_session, open_session
from domain.accounts.sessions import open_waiting_session as wait_for_code
from domain.accounts.sign_in import Attempt, change_password
from domain.accounts.sign_in_limits import Try, account_key, count_failure
from domain.database import AnySession, writing
from tests.clock import NOON, Clock
from tests.meeting import Meeting
from tests.second_factor import KEY, STEP, App, set_up_app

ANA, BOB = "ana@example.com", "bob@example.com"


@pytest.fixture
def ana(clock: Clock, session: Session) -> int:  # noqa: ARG001 - for its effect
    return make_admin(session, ANA)


@pytest.fixture
def phone(ana: int, session: Session) -> App:  # noqa: ARG001 - whose it is
    return set_up_app(session, ANA)


def make_admin(session: Session, email: str) -> int:
    with writing(session):
        save_admin(session, email, "hash")
        admin = find_admin(session, email)
        assert admin
        return admin.id


def try_code(session: AnySession, admin_id: int, code: str) -> Proof | None:
    """None for a code that is refused."""
    try:
        return prove_code(session, admin_id, code, KEY)
    except WrongCode:
        return None


def prove(session: Session, admin_id: int, code: str) -> Proof | None:
    with writing(session):
        return try_code(session, admin_id, code)


def test_a_code_of_the_app_is_good_once(session: Session, ana: int, phone: App) -> None:
    """Caught: `step > used` left out, which is what `TOTP.verify` of pyotp does; the step not
    written."""
    code = phone.code()
    assert prove(session, ana, f"{(int(code) + 1) % 10**6:06}") is None
    assert prove(session, ana, f" {code[:3]}\u00a0{code[3:]}\u200e") == "app"
    assert prove(session, ana, code) is None
    assert prove(session, ana, phone.code(-1)) is None
    assert prove(session, ana, phone.code(1)) == "app"


@pytest.mark.parametrize(
    ("steps", "proof"), [(-2, None), (-1, "app"), (0, "app"), (1, "app"), (2, None)]
)
def test_clocks_may_differ_by_a_step(
    session: Session, ana: int, clock: Clock, phone: App, steps: int, proof: Proof | None
) -> None:
    """Caught: a step of drift more, and one less."""
    clock.set(NOON + 10 * STEP)
    assert prove(session, ana, phone.code(steps)) == proof


def test_a_clock_that_was_set_back_makes_no_code_good_again(
    session: Session, ana: int, clock: Clock, phone: App
) -> None:
    """Caught: `step != used` for `step > used`. A recovery code still signs the owner in."""
    seen = [phone.code(), phone.code(1)]
    clock.set(NOON + STEP)
    assert prove(session, ana, seen[1]) == "app"
    clock.set(NOON)
    assert [prove(session, ana, code) for code in (*seen, phone.code(-1))] == [None] * 3
    assert prove(session, ana, phone.recovery_codes[0]) == "recovery"
    clock.set(NOON + 2 * STEP)
    assert prove(session, ana, phone.code()) == "app"


@pytest.mark.parametrize("of", [App.code, lambda phone: phone.recovery_codes[3]])
def test_of_two_with_the_same_code_at_the_same_moment_one_gets_in(
    engine: Engine, ana: int, phone: App, of: Callable[[App], str]
) -> None:
    """Caught: `lock_admins` left out, `used_at` written without a look at it."""
    code = of(phone)

    def work(session: AnySession) -> Proof | None:
        return try_code(session, ana, code)

    assert [bool(proof) for proof in Meeting(engine).of(work, work)] == [True, False]


def test_a_recovery_code_is_good_once(session: Session, ana: int, phone: App) -> None:
    """Caught: `used_at.is_(None)` left out of `use`."""
    first, second, third, *_ = phone.recovery_codes
    assert len(set(phone.recovery_codes)) == MADE == count_recovery_codes(session, ana)
    assert prove(session, ana, first) == "recovery"
    assert prove(session, ana, first) is None
    assert prove(session, ana, f" {second.lower().replace('-', ' ')} ") == "recovery"
    assert prove(session, ana, third.replace("-", "\u2013").replace("0", "o")) == "recovery"
    assert count_recovery_codes(session, ana) == MADE - 3


def test_codes_are_good_for_their_own_admin_alone(session: Session, ana: int, phone: App) -> None:
    """Caught: `admin_id` left out of `use` of recovery codes."""
    bob = make_admin(session, BOB)
    other = set_up_app(session, BOB)
    for code in (phone.code(), *phone.recovery_codes[:2]):
        assert prove(session, bob, code) is None
    assert prove(session, ana, other.recovery_codes[0]) is None
    assert prove(session, ana, phone.code()) == "app"


def test_the_database_holds_nothing_that_makes_a_code(session: Session, phone: App) -> None:
    """Caught: the code itself kept, in place of its digest."""
    kept = [
        str(vars(row)) for table in (RecoveryCode, SecondFactor) for row in all_of(session, table)
    ]
    secrets = [phone.secret, *phone.recovery_codes, *map(as_typed, phone.recovery_codes)]
    assert not [secret for secret in secrets if any(secret in row for row in kept)]
    assert {char for code in phone.recovery_codes for char in as_typed(code)} <= set(ALPHABET)
    one, other = new_salt(), new_salt()
    assert len({secret_of(one, 1, KEY), secret_of(other, 1, KEY), secret_of(one, 2, KEY)}) == 3
    assert secret_of(one, 1, "x" * 32) != secret_of(one, 1, KEY)


def all_of(session: Session, table: type[RecoveryCode] | type[SecondFactor]) -> list[object]:
    return list(session.scalars(select(table)))


@pytest.mark.long
@pytest.mark.parametrize(
    "junk",
    ["", " ", "0", "\0", "\ud800", "12345", "1234567", "x" * 100_000, "９" * 6, "²" * 6, "-" * 19],
)
def test_junk_is_no_code(session: Session, ana: int, phone: App, junk: str) -> None:
    assert phone.code() not in ("999999", "222222")
    assert prove(session, ana, junk) is None


def test_another_app_takes_the_place_of_the_first(session: Session, ana: int, phone: App) -> None:
    """Caught: the old recovery codes left, which whoever found the old list could use."""
    newer = set_up_app(session, ANA)
    for code in (phone.code(1), *phone.recovery_codes):
        assert prove(session, ana, code) is None
    assert prove(session, ana, newer.recovery_codes[9]) == "recovery"
    assert prove(session, ana, newer.code()) == "app"
    with writing(session):
        codes = new_recovery_codes(session, ana)
    assert prove(session, ana, newer.recovery_codes[0]) is None
    assert prove(session, ana, codes[0]) == "recovery"


def test_the_code_that_turns_it_on_is_used(session: Session, ana: int) -> None:
    """Caught: `last_step=0`. The same form sent again makes no other recovery codes."""
    salt = new_salt()
    app = App(session, secret_of(salt, ana, KEY))
    code = app.code()
    with pytest.raises(WrongCode), writing(session):
        turn_on(session, ana, salt, app.code(-2), KEY)
    with writing(session):
        turn_on(session, ana, salt, code, KEY)
    with pytest.raises(WrongCode), writing(session):
        turn_on(session, ana, salt, code, KEY)
    assert prove(session, ana, code) is None


def off(session: Session, admin_id: int) -> None:
    turn_off(session, admin_id)


def by_reset(session: Session, _admin_id: int) -> None:
    assert second_factor.reset(session, ANA)


@pytest.mark.parametrize("end", [off, by_reset])
def test_without_a_second_factor_no_code_is_good_and_none_is_waited_for(
    session: Session, ana: int, phone: App, end: Callable[[Session, int], None]
) -> None:
    """Caught: recovery codes left by `turn_off`; browsers that wait left, for whom the password
    would have been enough."""
    bob = make_admin(session, BOB)
    set_up_app(session, BOB)
    with writing(session):
        admin, other = find_admin(session, ANA), find_admin(session, BOB)
        assert admin
        assert other
        waiting, signed_in = wait_for_code(session, admin), open_session(session, admin)
        others = wait_for_code(session, other)
        end(session, ana)
    assert find_waiting_session(session, waiting.token) is None
    assert (find_session(session, signed_in.token) is None) == (end is by_reset)
    assert find_waiting_session(session, others.token) == others
    for code in (phone.code(), *phone.recovery_codes):
        assert prove(session, ana, code) is None
    assert (count_recovery_codes(session, ana), count_recovery_codes(session, bob)) == (0, MADE)
    with pytest.raises(SecondFactorOff), writing(session):
        new_recovery_codes(session, ana)


def by_password(session: Session, _admin_id: int) -> None:
    save_admin(session, ANA, "another hash")


def by_own_page(session: Session, admin_id: int) -> None:
    change_password(session, Attempt(0, admin_id, "hash"), "another hash")


@pytest.mark.parametrize("begin_anew", [off, by_reset, by_password, by_own_page])
def test_codes_are_counted_anew_for_another_app_or_password(
    session: Session, ana: int, phone: App, begin_anew: Callable[[Session, int], None]
) -> None:
    """Caught: `forget_codes` left out of `save_admin`, `change_password`, `_remove`. Passwords that
    were tried still count, and codes of others."""
    tries = [Try(email, "203.0.113.7", factor=f) for email in (ANA, BOB) for f in FACTORS]
    with writing(session):
        for tried in tries:
            count_failure(session, tried)
        begin_anew(session, ana)
    left = session.execute(select(FailedSignIn.account, FailedSignIn.factor)).all()
    expected = {(account_key(ANA), "password")} | {(account_key(BOB), f) for f in FACTORS}
    assert set(left) == expected
    assert phone.secret


def test_a_reset_of_what_is_not_there_changes_nothing(session: Session, ana: int) -> None:
    with writing(session):
        admin = find_admin(session, ANA)
        assert admin
        signed_in = open_session(session, admin)
    with writing(session):
        assert not second_factor.reset(session, ANA)
    assert find_session(session, signed_in.token)
    with pytest.raises(UnknownAdmin, match=BOB), writing(session):
        second_factor.reset(session, BOB)
    assert ana


def test_apps_can_read_the_address(session: Session, phone: App) -> None:
    session.rollback()
    address = second_factor.provisioning_uri(phone.secret, ANA, "Scrip credits.example.com")
    assert address == (
        f"otpauth://totp/Scrip%20credits.example.com:ana%40example.com?secret={phone.secret}"
        "&issuer=Scrip%20credits.example.com"
    )

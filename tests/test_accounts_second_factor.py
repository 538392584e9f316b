"""The second factor without HTTP: codes of an app, recovery codes. The clock is the database's."""

from datetime import timedelta

import pytest
from pyotp import TOTP
from sqlalchemy.orm import Session

from domain.accounts import second_factor
from domain.accounts.admins import find_admin, save_admin
from domain.accounts.errors import WrongCode
from domain.accounts.second_factor import Proof, prove_code, secret_of
from domain.database import writing
from tests.clock import NOON, Clock

ANA, BOB, KEY = "ana@example.com", "bob@example.com", "k" * 32
STEP = timedelta(seconds=second_factor.STEP_SECONDS)


@pytest.fixture
def ana(clock: Clock, session: Session) -> int:  # noqa: ARG001 - for its effect
    return make_admin(session, ANA)


def make_admin(session: Session, email: str) -> int:
    with writing(session):
        save_admin(session, email, "hash")
        admin = find_admin(session, email)
        assert admin
        return admin.id


def code_at(admin_id: int, salt: str, steps: int = 0) -> str:
    """What the app shows so many steps after noon."""
    return TOTP(secret_of(salt, admin_id, KEY)).at(NOON + steps * STEP)


def turn_on(session: Session, admin_id: int, salt: str, steps: int = -1) -> list[str]:
    """With the code of the step before noon, so that those of noon are unused."""
    with writing(session):
        code = code_at(admin_id, salt, steps)
        return second_factor.turn_on(session, admin_id, salt, code, KEY)


def prove(session: Session, admin_id: int, code: str) -> Proof | None:
    """None for a code that is refused."""
    try:
        with writing(session):
            return prove_code(session, admin_id, code, KEY)
    except WrongCode:
        return None


def test_a_code_of_the_app_is_good_once(session: Session, ana: int) -> None:
    """Caught: `TOTP.verify` alone, which takes a code as often as it is typed."""
    salt = second_factor.new_salt()
    turn_on(session, ana, salt)
    code = code_at(ana, salt)
    assert prove(session, ana, "000000" if code != "000000" else "000001") is None
    assert prove(session, ana, f" {code[:3]} {code[3:]}\u200e") == "app"
    assert prove(session, ana, code) is None
    assert prove(session, ana, code_at(ana, salt, -1)) is None
    assert prove(session, ana, code_at(ana, salt, 1)) == "app"


@pytest.mark.parametrize(("steps", "proof"), [(-2, None), (-1, "app"), (1, "app"), (2, None)])
def test_clocks_may_differ_by_a_step(
    session: Session, ana: int, clock: Clock, steps: int, proof: Proof | None
) -> None:
    """Caught: two steps of drift."""
    salt = second_factor.new_salt()
    clock.set(NOON - 10 * STEP)
    turn_on(session, ana, salt, -10)
    clock.set(NOON)
    assert prove(session, ana, code_at(ana, salt, steps)) == proof

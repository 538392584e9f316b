"""The second factor of an admin: codes of an authenticator app, and recovery codes for when it is
lost.

Codes are those of RFC 6238 and RFC 4226 as every app has them: SHA-1, six digits, 30 seconds. The
codes of the steps before and after now are taken too, for clocks that differ. Each step is used
once: a code is good only when its step comes after the last one that was used. The secret is
derived from SECRET_KEY whenever it is needed, and kept nowhere.
"""

import hmac
import secrets
from base64 import b32encode
from datetime import datetime
from typing import Literal

from domain.accounts import recovery_codes
from domain.accounts.admins import find_admin, lock_admins
from domain.accounts.errors import SecondFactorOff, SecondFactorRequired, UnknownAdmin, WrongCode
from domain.accounts.models import SALT_CHARACTERS, Admin, SecondFactor
from domain.accounts.remembered_browsers import forget_browsers
from domain.accounts.required_factor import is_required
from domain.accounts.sessions import (
    end_all_sessions,
    end_waiting_sessions,
    second_factor_is_set_up,
)
from domain.accounts.sign_in_limits import forget_codes
from domain.database import AnySession, read_clock

STEP_SECONDS = 30
DIGITS = 6
STEPS_OF_DRIFT = 1
SECRET_BYTES = 20

# By what a code was proven to be right: one of the app, or a recovery code, which is used up then.
Proof = Literal["app", "recovery"]


def new_salt() -> str:
    """Makes the secret of one more app a new one; it may be seen."""
    return secrets.token_hex(SALT_CHARACTERS // 2)


def secret_of(salt: str, admin_id: int, secret_key: str) -> str:
    """What the app is set up with: 32 characters of base32, 160 bits."""
    purpose = f"second factor\0{admin_id}\0{salt}".encode(errors="replace")
    return b32encode(hmac.digest(secret_key.encode(), purpose, "sha256")[:SECRET_BYTES]).decode()


def provisioning_uri(secret: str, email: str, issuer: str) -> str:
    """The otpauth: address that the app reads from a QR code; it shows `issuer` and `email`."""
    from pyotp import TOTP  # noqa: PLC0415 - few need it

    return TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def find_second_factor(session: AnySession, admin_id: int) -> SecondFactor | None:
    """The admin's app, with when it was set up; None when a password is enough."""
    return session.get(SecondFactor, admin_id, populate_existing=True)


def turn_on(session: AnySession, admin_id: int, salt: str, code: str, secret_key: str) -> list[str]:
    """Asks for codes of the app that was set up with this salt's secret, instead of another one,
    if `code` is one of them. Raises WrongCode.

    The ten new recovery codes, to be shown this one time. Browsers that were remembered are
    forgotten.
    """
    lock_admins(session)
    former = find_second_factor(session, admin_id)
    used = former.last_step if former and former.salt == salt else 0
    step = _accepted_step(session, secret_of(salt, admin_id, secret_key), code, used)
    _remove(session, admin_id)
    session.add(SecondFactor(admin_id=admin_id, salt=salt, last_step=step))
    second_factor_is_set_up(session, admin_id)
    return recovery_codes.replace_all(session, admin_id)


def turn_off(session: AnySession, admin_id: int) -> bool:
    """The password alone signs in from now on; False when it did before. Raises
    SecondFactorRequired."""
    lock_admins(session)
    if find_second_factor(session, admin_id) is None:
        return False
    if is_required(session):
        raise SecondFactorRequired
    _remove(session, admin_id)
    return True


def turn_off_for(session: AnySession, admin_id: int) -> None:
    """For who holds the lock and removes the admin: whoever comes back sets up another one."""
    _remove(session, admin_id)


def new_recovery_codes(session: AnySession, admin_id: int) -> list[str]:
    """Ten in place of all others, to be shown this one time. Raises SecondFactorOff."""
    lock_admins(session)
    if find_second_factor(session, admin_id) is None:
        raise SecondFactorOff
    return recovery_codes.replace_all(session, admin_id)


def count_recovery_codes(session: AnySession, admin_id: int) -> int:
    """How many are left."""
    return recovery_codes.count_left(session, admin_id)


def is_app_code(code: str) -> bool:
    """Whether this looks like a code of an app rather than a recovery code or a password."""
    typed = recovery_codes.as_typed(code)
    return len(typed) == DIGITS and typed.isdecimal()


def prove_code(session: AnySession, admin_id: int, code: str, secret_key: str) -> Proof:
    """Uses the code up: one of the app or a recovery code, however it was typed. Raises WrongCode,
    also when the admin has no second factor.

    The caller counts the try before, as domain/accounts/sign_in_limits.py has it.
    """
    lock_admins(session)
    factor = find_second_factor(session, admin_id)
    if factor is None:
        raise WrongCode
    if not is_app_code(code):
        recovery_codes.use(session, admin_id, recovery_codes.as_typed(code))
        return "recovery"
    secret = secret_of(factor.salt, admin_id, secret_key)
    factor.last_step = _accepted_step(session, secret, code, factor.last_step)
    session.flush()
    return "app"


def reset(session: AnySession, email: str) -> bool:
    """Removes the second factor of who lost it, and signs them out everywhere; False when there is
    none, and then nothing is changed. Raises UnknownAdmin."""
    lock_admins(session)
    admin = find_admin(session, email)
    if admin is None:
        raise UnknownAdmin(f"No admin has the email {email}.")
    if find_second_factor(session, admin.id) is None:
        return False
    _remove(session, admin.id)
    end_all_sessions(session, admin.id)
    return True


def _remove(session: AnySession, admin_id: int) -> None:
    """With all that rests on it."""
    factor = find_second_factor(session, admin_id)
    if factor is not None:
        session.delete(factor)
    recovery_codes.remove_all(session, admin_id)
    forget_browsers(session, admin_id)
    end_waiting_sessions(session, admin_id)
    forget_codes(session, session.get_one(Admin, admin_id).email)
    session.flush()


def _accepted_step(session: AnySession, secret: str, code: str, used: int) -> int:
    """The step after `used`, near now, whose code this is. Raises WrongCode."""
    typed = recovery_codes.as_typed(code)
    now = _step_at(read_clock(session))
    near = range(now - STEPS_OF_DRIFT, now + STEPS_OF_DRIFT + 1)
    found = [step for step in near if _is_code_of(secret, step, typed) and step > used]
    if not found:
        raise WrongCode
    return found[0]


def _step_at(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP_SECONDS


def _is_code_of(secret: str, step: int, typed: str) -> bool:
    from pyotp import TOTP  # noqa: PLC0415 - few need it

    return hmac.compare_digest(TOTP(secret).generate_otp(step).encode(), typed.encode())

"""Recovery codes: ten for each second factor, each good once, when the authenticator app is lost.

A code has 16 characters of Crockford's base32, which leaves out I, L, O and U: 80 random bits. So
its plain SHA-256 is no help to someone who reads the database.
"""

import secrets
import unicodedata
from hashlib import sha256

from sqlalchemy import delete, func, select, update

from domain.accounts.errors import WrongRecoveryCode
from domain.accounts.models import RecoveryCode
from domain.database import AnySession, utc_now

MADE = 10
CHARACTERS = 16
GROUP = 4
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LONGEST_TYPED = 64
_LOOK_ALIKES = str.maketrans("OILİ", "0111")


def replace_all(session: AnySession, admin_id: int) -> list[str]:
    """New ones in place of all that the admin had, each like XXXX-XXXX-XXXX-XXXX."""
    remove_all(session, admin_id)
    codes = [_new_code() for _ in range(MADE)]
    session.add_all(RecoveryCode(admin_id=admin_id, code_hash=_digest(code)) for code in codes)
    session.flush()
    return [_in_groups(code) for code in codes]


def remove_all(session: AnySession, admin_id: int) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.admin_id == admin_id))


def count_left(session: AnySession, admin_id: int) -> int:
    left = select(func.count(RecoveryCode.id)).where(
        RecoveryCode.admin_id == admin_id, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(left) or 0


def use(session: AnySession, admin_id: int, code: str) -> None:
    """Uses up the code, which is as `as_typed` has it. Raises WrongRecoveryCode."""
    used = session.scalar(
        update(RecoveryCode)
        .where(RecoveryCode.admin_id == admin_id, RecoveryCode.code_hash == _digest(code))
        .where(RecoveryCode.used_at.is_(None))
        .values(used_at=utc_now())
        .returning(RecoveryCode.id)
    )
    if used is None:
        raise WrongRecoveryCode


def as_typed(text: str) -> str:
    """The letters and digits of a code, however it was typed: in any case, width or script of
    digits, with or without dashes and spaces. "" for what is too long to be one."""
    if len(text) > LONGEST_TYPED:
        return ""
    plain = unicodedata.normalize("NFKC", text)
    digits = (str(unicodedata.decimal(c)) if c.isdecimal() else c for c in plain if c.isalnum())
    return "".join(digits).upper().translate(_LOOK_ALIKES)


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CHARACTERS))


def _in_groups(code: str) -> str:
    return "-".join(code[start : start + GROUP] for start in range(0, CHARACTERS, GROUP))


def _digest(code: str) -> str:
    return sha256(code.encode(errors="replace")).hexdigest()

"""An authenticator app that an admin of a test has set up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pyotp import TOTP
from sqlalchemy.orm import Session

from domain.accounts.admins import find_admin
from domain.accounts.models import SecondFactor
from domain.accounts.second_factor import STEP_SECONDS, new_salt, secret_of, turn_on
from domain.database import read_clock, writing

KEY = "k" * 32  # of config_for in tests/conftest.py
STEP = timedelta(seconds=STEP_SECONDS)


@dataclass(frozen=True)
class App:
    """Goes by the clock of the database, as Scrip does."""

    session: Session
    secret: str
    recovery_codes: tuple[str, ...] = ()

    def code(self, steps: int = 0) -> str:
        """What it shows so many steps of 30 seconds from now."""
        return self.code_at(read_clock(self.session) + steps * STEP)

    def code_at(self, moment: datetime) -> str:
        self.session.rollback()
        return TOTP(self.secret).at(moment)


def set_up_app(session: Session, email: str) -> App:
    """Turned on by a code that is then as good as unused: those of now and of the next are left,
    also when a step ends in the middle."""
    with writing(session):
        admin = find_admin(session, email)
        assert admin
        salt = new_salt()
        app = App(session, secret_of(salt, admin.id, KEY))
        code = TOTP(app.secret).at(read_clock(session))
        codes = turn_on(session, admin.id, salt, code, KEY)
        session.get_one(SecondFactor, admin.id).last_step -= 1
        return App(session, app.secret, tuple(codes))
